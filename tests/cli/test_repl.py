# SPDX-License-Identifier: Apache-2.0
"""epsilon repl with its commands from a file or a pipe: tests/cli/test_repl_terminal.py has a
terminal."""

import os
import subprocess

import pytest

CALC = """(module $calc
  (memory (export "memory") 1)
  (data (i32.const 4) "hello, world\\00\\ff and more")
  (global (export "g") (mut i32) (i32.const 5))
  (global (export "pi") f64 (f64.const 3.25))
  (global (export "f") (mut funcref) (ref.null func))
  (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add)
  (func $div (export "div") (param i32 i32) (result i32) local.get 0 local.get 1 i32.div_s)
  (func (export "a b.c") (result i32 i64) i32.const 1 i64.const -2)
  (func $spin (export "spin") (loop (br 0))))"""

USER = """(module
  (import "calc" "add" (func $add (param i32 i32) (result i32)))
  (import "calc" "memory" (memory 1))
  (import "calc" "g" (global $g (mut i32)))
  (func (export "twice") (param i32) (result i32)
    (global.set $g (local.get 0))
    (call $add (local.get 0) (local.get 0))))"""


@pytest.fixture
def folder(module, tmp_path):
    """A folder with two modules."""
    module(CALC).rename(tmp_path / "calc.wasm")
    module(USER).rename(tmp_path / "user.wasm")
    return tmp_path


@pytest.fixture
def session(epsilon, folder):
    """Gives commands to the program, and returns what it did."""

    def run(*lines, options=(), end="\n", **more):
        text = "\n".join(lines) + end
        return epsilon("repl", *options, stdin=text.encode(), cwd=folder, **more)

    return run


def test_a_session(session):
    done = session(
        "# comment", "", "   ",
        "load calc.wasm", "invoke add 5 0x25", "Invoke default.add -1 1", 'INVOKE "a b.c"',
        'INVOKE default."a b.c"', "GET g", "SET g 0x10", "get default.g", "GET pi", "GET f",
        "SET f null", "MEM 0 20", "MEM default.memory 0xfffa 6", "MEM default 65536 0", "quit",
        "nothing after it",
    )  # fmt: skip
    assert done.stdout.splitlines() == [
        "42", "0", "1", "-2", "1", "-2", "5", "16", "3.25", "null",
        "00000000  00 00 00 00 68 65 6c 6c  6f 2c 20 77 6f 72 6c 64  |....hello, world|",
        "00000010  00 ff 20 61                                       |.. a|",
        "0000fffa  00 00 00 00 00 00                                 |......|",
    ]  # fmt: skip
    assert (done.stderr, done.returncode) == ("", 0)


def test_modules_are_linked_by_name(session):
    done = session(
        "LOAD calc calc.wasm", "LOAD user user.wasm", "INVOKE user.twice 21", "GET calc.g", "LIST",
        "LIST user",
    )  # fmt: skip
    listed = ["user: user.wasm", "  func twice: [i32] -> [i32]"]
    assert done.stdout.splitlines() == [
        "42", "21", "calc: calc.wasm", "  memory memory: at least 1 page",
        "  global g: (mut i32)", "  global pi: f64", "  global f: (mut funcref)",
        "  func add: [i32 i32] -> [i32]", "  func div: [i32 i32] -> [i32]",
        '  func "a b.c": [] -> [i32 i64]', "  func spin: [] -> []", *listed, *listed,
    ]  # fmt: skip
    assert (done.stderr, done.returncode) == ("", 0)


def test_the_module_that_is_meant(session):
    """ "default" where there is one, else the only one."""
    done = session("LOAD calc calc.wasm", "INVOKE add 1 2", "LOAD user.wasm", "INVOKE twice 2",
                   "INVOKE calc.add 3 4")  # fmt: skip
    assert (done.stdout, done.stderr, done.returncode) == ("3\n4\n7\n", "", 0)
    done = session("LOAD a calc.wasm", "LOAD b calc.wasm", "INVOKE add 1 2", "MEM 0 1")
    assert done.stderr == (
        "epsilon: line 3: which module? several are loaded: name one, as in a.add\n"
        "epsilon: line 4: which module? several are loaded: name one, as in a.memory\n"
    )


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("exit", 'no command "exit"; HELP lists them'),
        ("inovke add", 'no command "inovke"; did you mean INVOKE?'),
        ("INVOKE", "usage: INVOKE [MODULE.]FUNCTION [ARG...]"),
        ("LOAD", "usage: LOAD [NAME] FILE"),
        ("LOAD a b c", "usage: LOAD [NAME] FILE"),
        ("GET", "usage: GET [MODULE.]GLOBAL"),
        ("SET g", "usage: SET [MODULE.]GLOBAL VALUE"),
        ("MEM 0", "usage: MEM [MODULE[.MEMORY]] OFFSET LENGTH"),
        ("LIST a b", "usage: LIST [MODULE]"),
        ("CLEAR all", "usage: CLEAR"),
        ("QUIT now", "usage: QUIT"),
        ("HELP me", 'no command "me"; did you mean MEM?'),
        ("HELP us", 'no command "us"; HELP lists them'),
        ("INVOKE ad 1 2", 'module "default" exports no func "ad"; did you mean add?'),
        (
            "INVOKE nothing",
            'module "default" exports no func "nothing"; there are: add, div, a b.c, spin',
        ),
        ("INVOKE m.add 1 2", 'no module "m" is loaded'),
        ("INVOKE defalt.add 1 2", 'no module "defalt" is loaded; did you mean default?'),
        (
            "INVOKE default.",
            'module "default" exports no func ""; there are: add, div, a b.c, spin',
        ),
        ("INVOKE g", 'export "g" of module "default" is a global, not a func'),
        ("GET add", 'export "add" of module "default" is a func, not a global'),
        ("INVOKE add 1", 'function "add" [i32 i32] -> [i32] takes 2 arguments, 1 given'),
        (
            "INVOKE add 1 x",
            'function "add": parameter 2 (i32): "x" is not an integer from -2147483648 to '
            "4294967295, decimal or 0x hexadecimal",
        ),
        ("INVOKE div 1 0", "trap: integer divide by zero\n  at calc!div (0x...)"),
        ("SET pi 4", 'global "pi" is immutable'),
        (
            "SET g 4294967296",
            'global "g" (i32): "4294967296" is not an integer from -2147483648 to 4294967295, '
            "decimal or 0x hexadecimal",
        ),
        ("SET f add", 'global "f" (funcref): "add" is not null'),
        ("MEM 65530 7", 'memory "memory" has 65536 bytes: 7 bytes at 65530 are not inside it'),
        (
            "MEM 0xffffffffffffffff 0xffffffffffffffff",
            'memory "memory" has 65536 bytes: 18446744073709551615 bytes at 18446744073709551615 '
            "are not inside it",
        ),
        ("MEM x 1", 'OFFSET: "x" is not a number of bytes, decimal or 0x hexadecimal'),
        ("MEM 0 -1", 'LENGTH: "-1" is not a number of bytes, decimal or 0x hexadecimal'),
        ("MEM g 0 1", 'export "g" of module "default" is a global, not a memory'),
        ("LIST x", 'no module "x" is loaded'),
        (
            "LOAD calc.wasm",
            'a module "default" is loaded already; LOAD NAME FILE gives another name, CLEAR '
            "unloads all",
        ),
        ("LOAD x missing.wasm", "missing.wasm: No such file or directory"),
        ("LOAD x .", ".: Is a directory"),
        ("LOAD x -", "standard input is where commands come from"),
        ('LOAD x "calc.wasm\\00.wat"', "calc.wasm\\00.wat: no file has such a name"),
        ("LOAD x user.wasm", 'user.wasm: link: unknown import calc.add'),
        ('INVOKE "add', "quotes without an end"),
        ('INVOKE "\\q"', "\\q is no escape in quotes"),
        ('INVOKE "\\u{d800}"', "\\u is no escape in quotes"),
        ("INVOKE \x1b[2J", 'module "default" exports no func "\\1b[2J"; there are: add, div, a b.c,'
         " spin"),
    ],
)  # fmt: skip
def test_a_command_that_fails(session, line, message):
    done = session("LOAD calc.wasm", line, "INVOKE add 1 2")
    expected, dots, _ = f"epsilon: line 2: {message}".partition("...)")
    assert done.stderr.startswith(expected)
    if not dots and "link" not in message:
        assert done.stderr == expected + "\n"
    assert (done.stdout, done.returncode) == ("3\n", 1)


def test_without_a_module(session):
    done = session("GET g", "LIST", "CLEAR", "MEM 0 1", "INVOKE a.b")
    assert done.stderr == (
        "epsilon: line 1: no module is loaded; LOAD FILE loads one\n"
        "epsilon: line 4: no module is loaded; LOAD FILE loads one\n"
        'epsilon: line 5: no module "a" is loaded\n'
    )
    assert (done.stdout, done.returncode) == ("", 1)


def test_clear_unloads_everything(session):
    done = session("LOAD calc.wasm", "SET g 9", "CLEAR", "LIST", "LOAD calc.wasm", "GET g")
    assert (done.stdout, done.stderr, done.returncode) == ("5\n", "", 0)


def test_cleared_memory_is_given_back(session):
    lines = ["LOAD calc.wasm", "CLEAR"] * 20
    done = session(*lines, options=["--max-total-memory=130K"])
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)


def test_limits_hold_for_each_call(session):
    done = session(
        "LOAD calc.wasm", "INVOKE add 1 2", "INVOKE add 1 2", "INVOKE add 1 2", "INVOKE spin",
        "INVOKE add 1 3", options=["--fuel=12"],
    )  # fmt: skip
    assert done.stdout == "3\n3\n3\n4\n"
    assert done.stderr.startswith("epsilon: line 5: fuel: fuel exhausted\n  at calc!spin (0x")
    done = session("LOAD calc.wasm", "INVOKE spin", "INVOKE spin", "INVOKE add 1 2",
                   options=["--timeout=100ms"])  # fmt: skip
    assert done.stdout == "3\n"
    assert done.stderr.count(": timeout: execution timed out\n  at calc!spin (0x") == 2
    done = session("LOAD calc.wasm", options=["--max-total-memory=1K"])
    assert done.stderr.startswith("epsilon: line 1: calc.wasm: limit: ")
    assert done.returncode == 1


def test_limits_hold_for_start_functions(session, module, folder):
    path = module("(func $f (loop (br 0))) (start $f)")
    done = session(f"LOAD {path}", "LIST", options=["--fuel=1000"])
    assert done.stderr.startswith(f"epsilon: line 1: {path}: fuel: fuel exhausted\n")
    assert (done.stdout, done.returncode) == ("", 1)


def test_constructors_are_called_once(session, module):
    text = """(module (global $g (export "n") (mut i32) (i32.const 0))
      (func (export "_initialize") (global.set $g (i32.add (global.get $g) (i32.const 1))))
      {}
      (func (export "f")))"""
    library, program = module(text.format("")), module(text.format('(func (export "_start"))'))
    done = session(f"LOAD {library}", "INVOKE f", "GET n", f"LOAD p {program}", "GET p.n")
    assert (done.stdout, done.stderr, done.returncode) == ("1\n0\n", "", 0)
    failing = module('(func (export "_initialize") unreachable)')
    done = session(f"LOAD {failing}", "LIST")
    assert done.stderr.startswith("epsilon: line 1: trap: unreachable\n")
    assert done.stdout == ""


def test_names_are_printed_as_they_are_read(session, module, folder):
    names = ['a\\"b', "\\\\", "", "#x", "a.b", "\\0a\\09", "\\u{202e}", "é", "\\00"]
    exports = " ".join(f'(export "{name}")' for name in names)
    path = module(f"(func {exports} (result i32) (i32.const 7))")
    path.rename(folder / "odd name.wasm")
    listed = session('LOAD "a b" "odd name.wasm"', "LIST").stdout.splitlines()
    assert listed[0] == '"a b": odd name.wasm'
    words = [row[len("  func ") : row.rindex(": ")] for row in listed[1:]]
    assert words == ['"a\\"b"', '"\\\\"', '""', '"#x"', '"a.b"', '"\\0a\\09"', '"\\u{202e}"', "é",
                     '"\\00"']  # fmt: skip
    calls = [f'INVOKE "a b".{word}' for word in words]
    done = session('LOAD "a b" "odd name.wasm"', *calls)
    assert (done.stdout, done.stderr) == ("7\n" * len(names), "")


def test_a_name_with_dots_needs_quotes_only_where_a_module_is_meant_by_it(session, module):
    path = module("""(func (export "x.y") (result i32) (i32.const 1))""")
    other = module("""(func (export "y") (result i32) (i32.const 2))""")
    done = session(f"LOAD {path}", "INVOKE x.y", f"LOAD x {other}", "INVOKE x.y", 'INVOKE "x.y"')
    assert (done.stdout, done.stderr) == ("1\n2\n1\n", "")


def test_text_form(session, folder):
    (folder / "a.wat").write_text('(module (func (export "f") (result i32) (i32.const 3)))')
    (folder / "bad.wat").write_text("(module\n (func x))")
    done = session("LOAD a.wat", "INVOKE f", "LOAD b bad.wat")
    assert done.stdout == "3\n"
    assert done.stderr.startswith("epsilon: line 3: bad.wat: malformed: ")


def test_a_bad_module(session, folder):
    (folder / "bad.wasm").write_bytes(b"\0asm\x02\0\0\0")
    done = session("LOAD bad.wasm", "LIST")
    assert done.stderr == (
        "epsilon: line 1: bad.wasm: malformed: unknown binary version: expected 01 00 00 00, found "
        "02 00 00 00 (at byte 0x4)\n"
    )
    assert (done.stdout, done.returncode) == ("", 1)


def test_memories_by_name(session, module):
    path = module("""(memory (export "a") 1) (memory (export "b.c") 1) (data (memory 1)
                     (i32.const 0) "x")""")
    done = session(f"LOAD m {path}", 'MEM m."b.c" 0 1', "MEM m 0 1", 'MEM "b.c" 0 1')
    row = f"00000000  78{' ' * 48}|x|\n"
    assert done.stdout == row * 2
    assert done.stderr == (
        'epsilon: line 3: module "m" exports no memory "memory"; there are: a, b.c\n'
    )
    done = session(f"LOAD {module('(func)')}", "MEM 0 1")
    assert done.stderr == 'epsilon: line 2: module "default" exports no memory\n'


def test_help(session):
    done = session("HELP", "help Mem")
    rows = done.stdout.splitlines()
    names = ["LOAD", "INVOKE", "GET", "SET", "MEM", "LIST", "HELP", "CLEAR", "QUIT"]
    assert [row.split()[0] for row in rows[:9]] == names
    assert rows[9] == "MEM [MODULE[.MEMORY]] OFFSET LENGTH"
    assert max(map(len, rows)) < 100
    assert done.returncode == 0
    for name in names:
        rows = session(f"HELP {name}").stdout.splitlines()
        assert rows[0].split()[0] == name and len(rows) > 1


def test_the_end_in_the_middle_of_a_line(session):
    done = session("LOAD calc.wasm", "INVOKE add 1 2", end="")
    assert (done.stdout, done.stderr, done.returncode) == ("3\n", "", 0)
    done = session("LOAD calc.wasm", 'INVOKE "add', end="")
    assert done.stderr == "epsilon: line 2: quotes without an end\n"
    done = session("", end="")
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)


def test_files_of_other_systems(session):
    done = session("\ufeffLOAD calc.wasm\r", "INVOKE add 1 2\r", "\tGET\tg\t", end="\r\n")
    assert (done.stdout, done.stderr, done.returncode) == ("3\n5\n", "", 0)


def test_bytes_that_are_no_text(epsilon, folder):
    lines = b"LOAD calc.wasm\nGET a\0b\n\xff\xfe \x80\nINVOKE add 1 \xc3\nGET g\n"
    done = epsilon("repl", stdin=lines, cwd=folder)
    assert done.stdout == "5\n"
    assert done.stderr == (
        'epsilon: line 2: module "default" exports no global "a\\00b"; there are: g, pi, f\n'
        'epsilon: line 3: no command "\\ff\\fe"; HELP lists them\n'
        'epsilon: line 4: function "add": parameter 2 (i32): "\\c3" is not an integer from '
        "-2147483648 to 4294967295, decimal or 0x hexadecimal\n"
    )
    noise = bytes(i * 7919 % 65521 % 256 for i in range(100000))
    done = epsilon("repl", stdin=noise)
    assert (done.stdout, done.returncode) == ("", 1)
    assert done.stderr.startswith("epsilon: line 1: ")


def test_long_lines(session):
    done = session("GET " + "x" * (1 << 20), "LOAD calc.wasm", "a " * (1 << 20),
                   "GET " + "y" * 1000000, "x" * (3 << 20), "INVOKE add 1 2")  # fmt: skip
    assert done.stdout == "3\n"
    assert done.stderr == (
        "epsilon: line 1: a line longer than 1048576 bytes\n"
        "epsilon: line 3: a line longer than 1048576 bytes\n"
        f'epsilon: line 4: module "default" exports no global "{"y" * 100}"...; there are: g, pi, '
        "f\nepsilon: line 5: a line longer than 1048576 bytes\n"
    )


def test_standard_files_that_cannot_be_used(program, folder):
    def run(redirection, text=b"HELP quit\nHELP quit\n"):
        return subprocess.run(
            ["sh", "-c", f'"$1" repl {redirection}', "sh", program],
            input=text, cwd=folder, capture_output=True, timeout=60, check=False,
        )  # fmt: skip

    done = run("<&-")
    assert done.stderr == b"epsilon: line 1: standard input: Bad file descriptor\n"
    assert done.returncode == 1
    done = run("</")
    assert done.stderr == b"epsilon: line 1: standard input: Is a directory\n"
    done = run(">&-")
    assert (done.stderr, done.returncode) == (
        b"epsilon: standard output: Bad file descriptor\n", 1,
    )  # fmt: skip
    done = run(">/dev/full")
    assert (done.stderr, done.returncode) == (
        b"epsilon: standard output: No space left on device\n", 1,
    )  # fmt: skip
    done = run("2>&-", b"BAD\nHELP quit\n")
    assert (done.stdout, done.returncode) == (b"QUIT\nLeaves the program, as Ctrl-D does.\n", 1)


def test_results_come_at_once(program, folder):
    """For programs that hold a conversation with it."""
    with subprocess.Popen(
        [program, "repl"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=folder, text=True
    ) as process:
        process.stdin.write("LOAD calc.wasm\n")
        for number in range(3):
            process.stdin.write(f"INVOKE add {number} 1\n")
            process.stdin.flush()
            assert process.stdout.readline() == f"{number + 1}\n"
        process.stdin.close()
        assert process.wait(60) == 0


def test_no_history_and_no_colour_without_a_terminal(session, environment, tmp_path):
    environment.update(XDG_STATE_HOME=str(tmp_path / "state"), TERM="xterm")
    done = session("LOAD calc.wasm", "INVOKE add 1 2", "x", env=environment)
    assert "\x1b" not in done.stdout + done.stderr
    assert not os.path.exists(tmp_path / "state")


def test_without_a_terminal_the_program_alone_is_a_mistake(epsilon):
    done = epsilon()
    assert done.stderr == "epsilon: no file given\nTry 'epsilon --help'.\n"
    assert (done.stdout, done.returncode) == ("", 2)
