# SPDX-License-Identifier: Apache-2.0
"""epsilon validate, --version, --help, and mistakes in the command line."""

import re

import pytest

COMMANDS = ["run", "repl", "validate", "inspect", "wat", "help"]


def test_version(epsilon):
    done = epsilon("--version")
    assert re.fullmatch(r"epsilon \d+\.\d+\.\d+ \(.+\)\n", done.stdout)
    assert (done.stderr, done.returncode) == ("", 0)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_a_command(epsilon, command):
    done = epsilon(command, "--help")
    assert f"\n\nUsage: epsilon {command} " in done.stdout
    assert "\n\nExamples:\n  epsilon " in done.stdout
    assert (done.stderr, done.returncode) == ("", 0)
    assert epsilon(command, "-h").stdout == done.stdout
    assert epsilon("help", command).stdout == done.stdout


def test_help(epsilon):
    done = epsilon("--help")
    for command in COMMANDS:
        assert re.search(rf"^(Usage:|      ) epsilon {command} ", done.stdout, re.MULTILINE)
        assert re.search(rf"^  {command} +[A-Z]", done.stdout, re.MULTILINE)
    assert "\nExamples:\n  epsilon run " in done.stdout
    assert (done.stderr, done.returncode) == ("", 0)
    assert epsilon("-h").stdout == epsilon("help").stdout == done.stdout


@pytest.mark.parametrize("command", [[], *([command] for command in COMMANDS)])
def test_help_fits_into_a_terminal(epsilon, command):
    assert max(map(len, epsilon(*command, "--help").stdout.splitlines())) <= 100


def test_validate(epsilon, module):
    first, second = module("(func)"), module("(memory 1)")
    done = epsilon("validate", first, second)
    assert done.stdout == f"{first}: valid\n{second}: valid\n"
    assert (done.stderr, done.returncode) == ("", 0)


def test_validate_says_what_is_wrong_with_each(epsilon, module, tmp_path):
    good, bad, ugly = module("(func)"), module("(func (result i32))"), tmp_path / "ugly.wasm"
    ugly.write_text("module")
    done = epsilon("validate", bad, good, tmp_path / "missing.wasm", ugly)
    assert done.stdout == f"{good}: valid\n"
    lines = done.stderr.splitlines()
    assert re.match(rf"epsilon: {bad}: invalid: type mismatch.*\(at byte 0x[0-9a-f]+\)$", lines[0])
    assert lines[1] == f"epsilon: {tmp_path}/missing.wasm: No such file or directory"
    assert lines[2].startswith(f"epsilon: {ugly}: malformed: magic header not detected")
    assert lines[2].endswith("(at byte 0x0)")
    assert (done.returncode, len(lines)) == (1, 3)


def test_validate_does_not_run(epsilon, module):
    path = module("(func $f unreachable) (start $f)")
    assert epsilon("validate", path).returncode == 0
    done = epsilon("validate", "-", stdin=path.read_bytes())
    assert done.stdout == "standard input: valid\n"


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ([], "no file given"),
        (["run"], "no file given"),
        (["validate"], "no file given"),
        (["--fuel", "5"], "no file given"),
        (["inspect"], "no file given"),
        (["repl", "x.wasm"], "repl takes no file; its LOAD does"),
        (["repl", "--", "x.wasm"], "repl takes no file; its LOAD does"),
        (["repl", "--bogus"], "unknown option --bogus"),
        (["repl", "--invoke", "f"], "unknown option --invoke"),
        (["repl", "--fuel"], "--fuel needs a value"),
        (["repl", "--fuel", "x"], "--fuel x: expected a number of instructions"),
        (["inspect", "--json"], "no file given"),
        (["wat"], "no file given"),
        (["wat", "a", "b"], "wat takes one file"),
        (["help", "run", "wat"], "help takes one command at most"),
        (["--bogus", "x.wasm"], "unknown option --bogus"),
        (["run", "--bogus", "x.wasm"], "unknown option --bogus"),
        (["run", "-x"], "unknown option -x"),
        (["validate", "--bogus"], "unknown option --bogus"),
        (["validate", "--bogus=5", "x.wasm"], "unknown option --bogus"),
        (["help", "--bogus"], "unknown option --bogus"),
        (["run", "--bo\x1b[2Jgus"], r"unknown option --bo\1b[2Jgus"),
        (["run", "--invoke"], "--invoke needs a value"),
        (["--timeout"], "--timeout needs a value"),
        (["wat", "x.wasm", "-o"], "--output needs a value"),
        (["wat", "x.wasm", "--output", ""], "--output : expected a file"),
        (
            ["--timeout", "x", "run", "x.wasm"],
            "--timeout x: expected milliseconds, or a number with a unit such as 500ms, 1.5s, 2m",
        ),
        # What was probably meant.
        (["run", "--tmeout", "5", "x"], "unknown option --tmeout; did you mean --timeout?"),
        (["run", "--tmieout=5", "x"], "unknown option --tmieout; did you mean --timeout?"),
        (["--max-mem", "5", "x"], "unknown option --max-mem; did you mean --max-memory?"),
        (["run", "--ivoke", "f", "x"], "unknown option --ivoke; did you mean --invoke?"),
        (["inspect", "--jsno", "x"], "unknown option --jsno; did you mean --json?"),
        (["wat", "--out", "x"], "unknown option --out; did you mean --output?"),
        (["validate", "--hepl"], "unknown option --hepl; did you mean --help?"),
        (["inspct", "x.wasm"], 'no file and no command "inspct"; did you mean inspect?'),
        (["insp", "x.wasm"], 'no file and no command "insp"; did you mean inspect?'),
        (["rnu", "x.wasm"], 'no file and no command "rnu"; did you mean run?'),
        (["help", "valid"], 'no command "valid"; did you mean validate?'),
        (["help", "x"], 'no command "x"'),
        (["help", "/"], 'no command "/"'),
    ],
)
def test_mistakes(epsilon, tmp_path, args, message):
    done = epsilon(*args, cwd=tmp_path)
    command = next((f"{arg} " for arg in args if arg in COMMANDS), "")
    assert done.stderr == f"epsilon: {message}\nTry 'epsilon {command}--help'.\n"
    assert (done.stdout, done.returncode) == ("", 2)


def test_a_file_named_like_a_command_with_a_slip(epsilon, module, tmp_path):
    module("""(func (export "f") (result i32) (i32.const 7))""").rename(tmp_path / "inspct")
    assert epsilon("inspct", "f", cwd=tmp_path).stdout == "7\n"


def test_a_file_named_as_a_command(epsilon, module, tmp_path):
    module("""(func (export "f") (result i32) (i32.const 7))""").rename(tmp_path / "wat")
    assert epsilon("./wat", "f", cwd=tmp_path).stdout == "7\n"


def test_the_last_of_an_option_holds(epsilon, module):
    path = module("""(func (export "f") (result i32) (i32.const 7))""")
    done = epsilon("run", "--invoke", "g", "--fuel=0", "--fuel=9", "--invoke", "f", path)
    assert (done.stdout, done.stderr, done.returncode) == ("7\n", "", 0)


def test_an_empty_value_is_no_limit(epsilon, module):
    done = epsilon("run", "--timeout=", module("(func)"))
    assert done.stderr.startswith("epsilon: --timeout ")
    assert done.returncode == 2


def test_options_before_the_command(epsilon, module):
    """They are not lost: what is limited must not run without limits."""
    path = module("""(func (export "f") (loop (br 0)))""")
    for options in (["--fuel", 9, "run"], ["--fuel=9", "run"], ["--fuel", 5, "run", "--fuel=9"]):
        done = epsilon(*options, "--timeout=30s", "--invoke", "f", path)
        assert done.stderr.splitlines()[0] == f"epsilon: {path}: fuel: fuel exhausted"
        assert done.returncode == 1
    for command in ("validate", "inspect", "wat"):
        done = epsilon("--fuel", 9, command, path)
        assert done.stderr == (f"epsilon: unknown option --fuel\nTry 'epsilon {command} --help'.\n")
        assert (done.stdout, done.returncode) == ("", 2)


def test_the_end_of_options(epsilon, module, tmp_path):
    module("""(func (export "--f") (param i32) (result i32) (local.get 0))""").rename(
        tmp_path / "-x"
    )
    assert epsilon("run", "--invoke", "--f", "--", "-x", "-7", cwd=tmp_path).stdout == "-7\n"
    assert epsilon("run", "--fuel=9", "--invoke=--f", "--", "-x", "5", cwd=tmp_path).stdout == "5\n"
    assert epsilon("--", "-x", "--f", "-7", cwd=tmp_path).stdout == "-7\n"
    done = epsilon("run", "--invoke", "--f", "./-x", "--", cwd=tmp_path)
    assert '"--" is not an integer' in done.stderr


def test_options_after_the_files(epsilon, module):
    path = module("(func)")
    assert epsilon("inspect", path, "--json").stdout.startswith("{")
    done = epsilon("validate", "--", path)
    assert (done.stdout, done.returncode) == (f"{path}: valid\n", 0)


def test_files_whose_names_begin_with_a_dash(epsilon, module, tmp_path):
    module("(func)").rename(tmp_path / "--json")
    done = epsilon("validate", "--", "--json", cwd=tmp_path)
    assert (done.stdout, done.returncode) == ("--json: valid\n", 0)


def test_names_of_files_are_fit_for_terminals(epsilon, module, tmp_path):
    path = tmp_path / "a\x1b[31m\u202eb\nc\u00e9"
    module("(func)").rename(path)
    done = epsilon("validate", path)
    assert done.stdout == f"{tmp_path}/a\\1b[31m\\u{{202e}}b\\0ac\u00e9: valid\n"
    done = epsilon("validate", bytes(tmp_path) + b"/\xff\xc0\xaf\xed\xa0\x80")
    assert done.stderr == (
        f"epsilon: {tmp_path}/\\ff\\c0\\af\\ed\\a0\\80: No such file or directory\n"
    )
