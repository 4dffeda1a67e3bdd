# SPDX-License-Identifier: Apache-2.0
"""Output that nobody reads to its end, or that cannot be written."""

import signal
import subprocess

import pytest

ADD = """(func (export "add") (param i32 i32) (result i32)
           local.get 0 local.get 1 i32.add)"""
# More than a pipe holds.
BIG = " ".join(f'(func (export "function number {i}"))' for i in range(20_000))


def first_line_of(command, **options):
    """What `command | head -1` gives: the line, standard error, and the status."""
    process = subprocess.Popen(
        [str(part) for part in command],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options,
    )  # fmt: skip
    line = process.stdout.readline()
    process.stdout.close()
    errors = process.stderr.read()
    process.stderr.close()
    return line.decode(), errors.decode(), process.wait(60)


def test_broken_pipes_end_quietly(program, module):
    path = module(BIG)
    # By the signal, which a shell passes over.
    assert first_line_of([program, "inspect", path]) == (
        f"{path}: {path.stat().st_size} bytes\n",
        "",
        -signal.SIGPIPE,
    )
    with subprocess.Popen(
        [program, "inspect", "--json", str(path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout.read(9) == b'{"file":"'
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == -signal.SIGPIPE


def test_broken_pipes_where_the_signal_is_ignored(program, module):
    path = module(BIG)
    line, errors, status = first_line_of(
        [program, "inspect", path],
        restore_signals=False,
        preexec_fn=lambda: signal.signal(signal.SIGPIPE, signal.SIG_IGN),
    )
    assert line.startswith(f"{path}: ")
    assert (errors, status) == ("", 1)


@pytest.mark.parametrize(
    "args",
    [["--help"], ["help", "run"], ["--version"], ["inspect"], ["inspect", "--json"]]
    + [["validate"], ["wat"], ["run", "--invoke", "add"]],
)
def test_a_full_disk_is_no_success(program, module, environment, args):
    path = module(ADD + (BIG if args[0] == "inspect" else ""))
    if not any(arg.endswith("help") or arg == "--version" for arg in args):
        args = [*args, path, *([1, 2] if args[0] == "run" else [])]
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [program, *map(str, args)],
            stdout=full, stderr=subprocess.PIPE, env=environment, timeout=60, check=False,
        )  # fmt: skip
    assert done.stderr == b"epsilon: standard output: No space left on device\n"
    assert done.returncode == 1


def test_closed_output_is_no_success(program, module):
    done = subprocess.run(
        ["sh", "-c", '"$0" validate "$1" >&-', program, module(ADD)],
        stderr=subprocess.PIPE, timeout=60, check=False,
    )  # fmt: skip
    assert done.stderr == b"epsilon: standard output: Bad file descriptor\n"
    assert done.returncode == 1
