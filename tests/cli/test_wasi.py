# SPDX-License-Identifier: Apache-2.0
"""Programs for WASI in the shell: arguments, environment, directories, streams, exit statuses."""

import os
import pty
import signal
import subprocess

import pytest

IMPORTS = """
(import "wasi_snapshot_preview1" "args_sizes_get" (func $args_sizes (param i32 i32) (result i32)))
(import "wasi_snapshot_preview1" "args_get" (func $args (param i32 i32) (result i32)))
(import "wasi_snapshot_preview1" "environ_sizes_get"
  (func $environ_sizes (param i32 i32) (result i32)))
(import "wasi_snapshot_preview1" "environ_get" (func $environ (param i32 i32) (result i32)))
(import "wasi_snapshot_preview1" "fd_write"
  (func $fd_write (param i32 i32 i32 i32) (result i32)))
(import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
(import "wasi_snapshot_preview1" "path_open"
  (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
(import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
(memory (export "memory") 2)
(func $write (param $fd i32) (param $at i32) (param $size i32)
  (i32.store (i32.const 0) (local.get $at))
  (i32.store (i32.const 4) (local.get $size))
  (if (call $fd_write (local.get $fd) (i32.const 0) (i32.const 1) (i32.const 8))
    (then (call $proc_exit (i32.const 99)))))
"""

# Prints what it was given, with a NUL byte behind each.
ARGS = f"""(module {IMPORTS}
  (func (export "_start")
    (drop (call $args_sizes (i32.const 16) (i32.const 20)))
    (drop (call $args (i32.const 1024) (i32.const 8192)))
    (call $write (i32.const 1) (i32.const 8192) (i32.load (i32.const 20)))))"""
ENVIRON = f"""(module {IMPORTS}
  (func (export "_start")
    (drop (call $environ_sizes (i32.const 16) (i32.const 20)))
    (drop (call $environ (i32.const 1024) (i32.const 8192)))
    (call $write (i32.const 1) (i32.const 8192) (i32.load (i32.const 20)))))"""
# Copies standard input to standard output.
COPY = f"""(module {IMPORTS}
  (func (export "_start")
    (loop $next
      (i32.store (i32.const 0) (i32.const 1024))
      (i32.store (i32.const 4) (i32.const 4096))
      (if (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8))
        (then (call $proc_exit (i32.const 98))))
      (if (i32.load (i32.const 8))
        (then (call $write (i32.const 1) (i32.const 1024) (i32.load (i32.const 8)))
              (br $next))))))"""


def opens(path: str, oflags: int = 0, rights: int = 2, fd: int = 3) -> str:
    """Prints the file's first bytes, if it was opened for reading; exits with the errno."""
    return f"""(module {IMPORTS} (data (i32.const 512) "{path}")
      (func (export "_start") (local $errno i32)
        (local.set $errno (call $path_open (i32.const {fd}) (i32.const 1) (i32.const 512)
          (i32.const {len(path)}) (i32.const {oflags}) (i64.const {rights}) (i64.const 0)
          (i32.const 0) (i32.const 16)))
        (if (local.get $errno) (then (call $proc_exit (local.get $errno))))
        (i32.store (i32.const 0) (i32.const 1024))
        (i32.store (i32.const 4) (i32.const 4096))
        (if (i32.eqz
              (call $fd_read (i32.load (i32.const 16)) (i32.const 0) (i32.const 1) (i32.const 8)))
          (then (call $write (i32.const 1) (i32.const 1024) (i32.load (i32.const 8)))))))"""


CREATE, WRITE = 1, 64
NOTCAPABLE, NOENT, ROFS, PERM = 76, 44, 69, 63


def exits(status: int) -> str:
    return f"""(module {IMPORTS} (func (export "_start") (call $proc_exit (i32.const {status}))))"""


def test_arguments_are_those_after_the_file(epsilon, module):
    path = module(ARGS)
    done = epsilon("run", path, "--timeout", "-x", "", "two words")
    assert done.stdout == f"{path.name}\0--timeout\0-x\0\0two words\0"
    assert (done.stderr, done.returncode) == ("", 0)


def test_arguments_by_option(epsilon, module):
    path = module(ARGS)
    done = epsilon("run", "--arg", "a", "--argv0=me", "--arg=b", path, "c")
    assert done.stdout == "me\0a\0b\0c\0"
    # Before the command and after it.
    done = epsilon("--arg", "a", "run", "--arg", "b", path)
    assert done.stdout == f"{path.name}\0a\0b\0"


def test_the_program_may_come_from_standard_input(epsilon, module):
    assert epsilon("run", "-", "a", stdin=module(ARGS).read_bytes()).stdout == "-\0a\0"


def test_the_environment_is_empty_unless_given(epsilon, module, environment):
    path = module(ENVIRON)
    environment["OUTER"] = "of the shell"
    assert epsilon("run", path, env=environment).stdout == ""
    done = epsilon("run", "--env", "A=1=2", "--env", "OUTER", "--env=B=", path, env=environment)
    assert done.stdout == "A=1=2\0OUTER=of the shell\0B=\0"


@pytest.mark.parametrize("text", ["", "=x", "NOT_SET_ANYWHERE"])
def test_bad_variables_are_refused(epsilon, module, text):
    done = epsilon("run", "--env", text, module(ENVIRON))
    assert done.stderr == (
        f"epsilon: --env {text}: expected NAME=VALUE, or the name of a variable that is set\n"
        "Try 'epsilon run --help'.\n"
    )
    assert done.returncode == 2


def test_standard_streams_are_passed_on(epsilon, module):
    data = bytes(range(256)) * 100
    done = epsilon("run", module(COPY), stdin=data, text=False)
    assert (done.stdout, done.returncode) == (data, 0)


def test_nothing_is_preopened(epsilon, module, tmp_path):
    (tmp_path / "in.txt").write_text("secret")
    done = epsilon("run", module(opens("in.txt")), cwd=tmp_path)
    assert (done.stdout, done.returncode) == ("", 8)  # badf


@pytest.fixture
def files(tmp_path):
    (tmp_path / "outside.txt").write_text("outside")
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "in.txt").write_text("inside")
    (folder / "link").symlink_to("../outside.txt")
    return folder


def test_a_directory_under_its_own_path_and_another(epsilon, module, files):
    for form in (files, f"{files}::/guest", f"{files}::."):
        assert epsilon("run", "--dir", form, module(opens("in.txt"))).stdout == "inside"
    # The second is descriptor 4.
    done = epsilon("run", "--dir", ".", "--dir-ro", files, module(opens("in.txt", fd=4)))
    assert done.stdout == "inside"


@pytest.mark.parametrize("path", ["../outside.txt", "link", "/etc/passwd", "./../outside.txt"])
def test_nothing_outside_is_reached(epsilon, module, files, path):
    done = epsilon("run", "--dir", files, module(opens(path)))
    assert done.stdout == ""
    assert done.returncode in (NOTCAPABLE, PERM)


def test_files_are_made_in_a_directory_but_not_in_a_read_only_one(epsilon, module, files):
    program = module(opens("new.txt", CREATE, WRITE))
    assert epsilon("run", "--dir-ro", files, program).returncode in (NOTCAPABLE, ROFS, PERM)
    assert not (files / "new.txt").exists()
    assert epsilon("run", "--dir", files, program).returncode == 0
    assert (files / "new.txt").exists()


def test_a_directory_that_is_not_there(epsilon, module, tmp_path):
    done = epsilon("run", "--dir", tmp_path / "none", module(ARGS))
    assert str(tmp_path / "none") in done.stderr
    assert "No such file or directory" in done.stderr
    assert done.returncode == 1


@pytest.mark.parametrize("option", ["--dir", "--dir-ro"])
@pytest.mark.parametrize("text", ["", "::", "x::", "::x"])
def test_bad_directories_are_refused(epsilon, module, option, text):
    done = epsilon("run", option, text, module(ARGS))
    assert done.stderr == (
        f"epsilon: {option} {text}: expected a directory, or HOST::GUEST\n"
        "Try 'epsilon run --help'.\n"
    )
    assert done.returncode == 2


@pytest.mark.parametrize(
    ("status", "seen"), [(0, 0), (1, 1), (33, 33), (255, 255), (256, 1), (257, 1), (-1, 255)]
)
def test_the_exit_status_is_passed_on(epsilon, module, status, seen):
    done = epsilon("run", module(exits(status)))
    assert (done.stdout, done.stderr, done.returncode) == ("", "", seen)


def test_options_of_the_go_runtime(epsilon, module, files):
    done = epsilon("-arg", "a", "-fuel", "1000", "-arg=b", "-env=X=Y", module(ARGS), "_start")
    assert done.stdout.endswith("\0a\0b\0")
    assert epsilon("-env", "X=Y", module(ENVIRON)).stdout == "X=Y\0"
    assert epsilon("-dir", f"{files}=/d", module(opens("in.txt"))).stdout == "inside"
    assert epsilon("run", f"-dir={files}", module(opens("in.txt"))).stdout == "inside"
    assert epsilon("-version").stdout.startswith("epsilon 0")
    # What follows the file is the program's.
    path = module(ARGS)
    assert epsilon("run", path, "-arg", "x").stdout == f"{path.name}\0-arg\0x\0"


def test_a_function_is_called_with_values_beside_wasi(epsilon, module):
    text = ARGS[:-1] + '(func (export "add") (param i32 i32) (result i32)'
    path = module(text + "(i32.add (local.get 0) (local.get 1))))")
    assert epsilon("run", "--invoke", "add", path, "2", "3").stdout == "5\n"
    assert epsilon(path, "add", "2", "3").stdout == "5\n"
    done = epsilon(path, "no-function")
    assert "epsilon run FILE ARG... gives it arguments" in done.stderr
    assert done.returncode == 2


def test_reactors_are_initialised(epsilon, module):
    path = module(
        f"""(module {IMPORTS} (data (i32.const 512) "hello")
        (func (export "_initialize")
          (call $write (i32.const 1) (i32.const 512) (i32.const 5)))
        (func (export "f") (result i32) (i32.const 7)))"""
    )
    assert epsilon("run", "--invoke", "f", path).stdout == "hello7\n"


def test_old_imports(epsilon, module):
    path = module(ARGS.replace("wasi_snapshot_preview1", "wasi_unstable"))
    assert epsilon("run", path, "x").stdout == f"{path.name}\0x\0"


def test_other_commands_take_no_such_options(epsilon, module):
    done = epsilon("--dir", ".", "validate", module(ARGS))
    assert done.stderr.startswith("epsilon: unknown option --dir\n")
    assert done.returncode == 2


def test_limits_hold_for_programs(epsilon, module):
    path = module(f'(module {IMPORTS} (func (export "_start") (loop $l (br $l))))')
    done = epsilon("run", "--timeout", "50ms", path)
    assert "timeout: execution timed out" in done.stderr
    assert done.returncode == 1


def test_a_program_that_waits_for_input_is_stopped(program, module):
    reading, writing = os.pipe()
    done = subprocess.run(
        [program, "run", "--timeout", "100ms", str(module(COPY))],
        stdin=reading, capture_output=True, timeout=30, check=False,
    )  # fmt: skip
    os.close(reading)
    os.close(writing)
    assert b"timeout: execution timed out" in done.stderr
    assert done.returncode == 1


def test_ctrl_c_ends_a_program_that_waits(program, module):
    reading, writing = os.pipe()
    child = subprocess.Popen(
        [program, "run", str(module(COPY))],
        stdin=reading,
        # Whoever runs the tests may ignore it.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    with pytest.raises(subprocess.TimeoutExpired):
        child.wait(0.3)
    child.send_signal(signal.SIGINT)
    assert child.wait(10) == -signal.SIGINT
    os.close(reading)
    os.close(writing)


def on_a_terminal(program, *args):
    """What a terminal gets."""
    main, other = pty.openpty()
    done = subprocess.Popen([program, *map(str, args)], stdout=other, stdin=subprocess.DEVNULL)
    os.close(other)
    seen = b""
    try:
        while part := os.read(main, 4096):
            seen += part
    except OSError:  # the other end is closed
        pass
    os.close(main)
    assert done.wait(10) == 0
    return seen


def test_a_terminal_is_not_controlled_unless_allowed(program, module):
    text = f"""(module {IMPORTS} (data (i32.const 512) "\\1b[31mred\\0a")
        (func (export "_start") (call $write (i32.const 1) (i32.const 512) (i32.const 9))))"""
    path = module(text)
    assert on_a_terminal(program, "run", path) == "\ufffd[31mred\r\n".encode()
    assert on_a_terminal(program, "run", "--allow-escapes", path) == b"\x1b[31mred\r\n"
    # Elsewhere bytes stay what they are.
    done = subprocess.run([program, "run", str(path)], capture_output=True, check=True)
    assert done.stdout == b"\x1b[31mred\n"


def test_closed_streams(program, module):
    script = f"exec '{program}' run '{module(COPY)}' <&- >&- 2>&-"
    assert subprocess.run(["bash", "-c", script], timeout=30, check=False).returncode in (0, 98, 99)
