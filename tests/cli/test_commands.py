# SPDX-License-Identifier: Apache-2.0
"""epsilon validate, --version, --help, and mistakes in the command line."""

import re

import pytest


def test_version(epsilon):
    done = epsilon("--version")
    assert re.fullmatch(r"epsilon \d+\.\d+\.\d+ \(.+\)\n", done.stdout)
    assert (done.stderr, done.returncode) == ("", 0)


@pytest.mark.parametrize("args", [["--help"], ["-h"], ["run", "--help"], ["validate", "--help"]])
def test_help(epsilon, args):
    done = epsilon(*args)
    assert "Usage: epsilon" in done.stdout
    assert (done.stderr, done.returncode) == ("", 0)


def test_validate(epsilon, module):
    first, second = module("(func)"), module("(memory 1)")
    done = epsilon("validate", first, second)
    assert done.stdout == f"{first}: valid\n{second}: valid\n"
    assert (done.stderr, done.returncode) == ("", 0)


def test_validate_says_what_is_wrong_with_each(epsilon, module, tmp_path):
    good, bad, ugly = module("(func)"), module("(func (result i32))"), tmp_path / "text.wasm"
    ugly.write_text("(module)")
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
    "args",
    [[], ["run"], ["validate"], ["--bogus", "x.wasm"], ["run", "--bogus", "x.wasm"]]
    + [["run", "--invoke"], ["run", "-x"], ["validate", "--bogus"], ["--timeout"]],
)
def test_mistakes(epsilon, args):
    done = epsilon(*args)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("epsilon: ")
    assert done.stderr.endswith("Try 'epsilon --help'.\n")
