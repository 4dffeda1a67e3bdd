# SPDX-License-Identifier: Apache-2.0
"""epsilon run, and its short form: what is called, with what, and how it ends."""

import pytest
from wat import wat

ADD = """(func (export "add") (param i32 i32) (result i32)
           local.get 0 local.get 1 i32.add)"""


def test_invoke(epsilon, module):
    done = epsilon("run", "--invoke", "add", module(ADD), 5, 37)
    assert (done.stdout, done.stderr, done.returncode) == ("42\n", "", 0)


def test_short_form(epsilon, module):
    done = epsilon(module(ADD), "add", 5, 10)
    assert (done.stdout, done.stderr, done.returncode) == ("15\n", "", 0)


def test_what_follows_the_file_is_never_an_option(epsilon, module):
    assert epsilon("run", "--invoke", "add", module(ADD), -5, "-37").stdout == "-42\n"
    assert epsilon(module(ADD), "add", "-5", "+37").stdout == "32\n"
    done = epsilon("run", "--invoke=add", module(ADD), "--timeout", "5")
    assert done.returncode == 2
    assert 'parameter 1 (i32): "--timeout" is not an integer' in done.stderr


def test_module_from_standard_input(epsilon):
    done = epsilon("run", "--invoke", "add", "-", 5, 37, stdin=wat(ADD))
    assert (done.stdout, done.stderr, done.returncode) == ("42\n", "", 0)
    done = epsilon("run", "-", stdin=b"\0asm\2\0\0\0")
    assert done.stderr.startswith("epsilon: standard input: malformed: unknown binary version")
    assert done.returncode == 1


@pytest.mark.parametrize("size", [65535, 65536, 65537, 131071, 131072, 300_000])
def test_files_of_any_size_are_read_whole(epsilon, tmp_path, size):
    module = wat(ADD)
    rest = size - len(module) - 4  # a custom section at the end, its size in three bytes
    length = bytes([rest & 0x7F | 0x80, rest >> 7 & 0x7F | 0x80, rest >> 14])
    module += b"\0" + length + b"\x01x" + bytes(rest - 2)
    assert len(module) == size
    path = tmp_path / "large.wasm"
    path.write_bytes(module)
    for done in (
        epsilon("run", "--invoke", "add", path, 5, 37),
        epsilon("run", "--invoke", "add", "-", 5, 37, stdin=module),
    ):
        assert (done.returncode, done.stdout) == (0, "42\n")
    path.write_bytes(module[:-1])
    done = epsilon("run", path)
    assert done.returncode == 1
    assert f"takes {rest} bytes, {rest - 1} are left" in done.stderr


def test_start_is_the_default(epsilon, module):
    path = module("""(func (export "_start") unreachable) (func (export "other"))""")
    for command in (["run", path], [path]):
        done = epsilon(*command)
        assert done.returncode == 1
        assert "trap: unreachable" in done.stderr


def test_no_start_only_instantiates(epsilon, module):
    done = epsilon("run", module(ADD))
    assert (done.stdout, done.returncode) == ("", 0)
    assert done.stderr.endswith('no function "_start"; --invoke calls another one: add\n')
    done = epsilon("run", module("(func $f unreachable) (start $f)"))
    assert done.returncode == 1
    assert "trap: unreachable" in done.stderr


def test_a_library_is_initialised_first(epsilon, module):
    library = """(global $ready (mut i32) (i32.const 0))
                 (func (export "_initialize") (global.set $ready (i32.const 7)))
                 (func (export "ready") (result i32) (global.get $ready))
                 (func (export "_start") (if (global.get $ready) (then unreachable)))"""
    assert epsilon(module(library), "ready").stdout == "7\n"
    assert epsilon("run", "--invoke", "_initialize", module(library)).returncode == 0
    assert epsilon("run", module(library)).returncode == 0
    other = """(func (export "_initialize") (param i32) unreachable)
               (func (export "f") (result i32) (i32.const 1))"""
    assert epsilon(module(other), "f").stdout == "1\n"


def test_no_result_and_many_results(epsilon, module):
    path = module(
        """(func (export "none"))
           (func (export "many") (result i32 i64 f32 f64)
             (i32.const -1) (i64.const -2) (f32.const 0.1) (f64.const 0.1))"""
    )
    assert epsilon(path, "none").stdout == ""
    assert epsilon(path, "many").stdout == "-1\n-2\n0.1\n0.1\n"


def test_function_names_are_any_text(epsilon, module):
    path = module("""(func (export "a b(c)\\u{e9}") (result i32) (i32.const 3))""")
    assert epsilon(path, "a b(c)\u00e9").stdout == "3\n"


def test_unknown_function(epsilon, module):
    path = module(ADD + """(memory (export "memory") 1)""")
    done = epsilon(path, "sub", 1, 2)
    assert done.stderr == f'epsilon: {path}: no exported function "sub"; there are: add\n'
    assert (done.stdout, done.returncode) == ("", 2)
    done = epsilon("run", "--invoke", "memory", path)
    assert 'export "memory" is a memory, not a function' in done.stderr
    assert done.returncode == 2


def test_wrong_count_of_arguments(epsilon, module):
    path = module(ADD)
    done = epsilon(path, "add", 1)
    assert done.stderr == (
        f'epsilon: {path}: function "add" [i32 i32] -> [i32] takes 2 arguments, 1 given\n'
    )
    assert done.returncode == 2
    done = epsilon("run", path, 1)
    assert 'arguments, but no function "_start"' in done.stderr
    assert done.returncode == 2


def test_missing_imports_are_all_named(epsilon, module):
    path = module("""(import "env" "f" (func)) (import "env" "m" (memory 1))""")
    done = epsilon("run", path)
    assert done.returncode == 1
    assert done.stderr.startswith(f"epsilon: {path}: link: unknown import env.f")
    assert "unknown import env.m" in done.stderr


def test_traps_show_the_frames(epsilon, module):
    path = module(
        """(module $calc
             (func $divide (param i32) (result i32) (i32.div_s (i32.const 1) (local.get 0)))
             (func (export "run") (param i32) (result i32) (call $divide (local.get 0))))"""
    )
    done = epsilon(path, "run", 0)
    lines = done.stderr.splitlines()
    assert lines[0] == f"epsilon: {path}: trap: integer divide by zero"
    assert lines[1].startswith("  at calc!divide (0x")
    assert lines[2].startswith("  at calc!run (0x")
    assert (done.stdout, done.returncode, len(lines)) == ("", 1, 3)


def test_unreadable_files(epsilon, tmp_path):
    done = epsilon("run", tmp_path / "missing.wasm")
    assert done.stderr == f"epsilon: {tmp_path}/missing.wasm: No such file or directory\n"
    assert done.returncode == 1
    done = epsilon("run", tmp_path)
    assert done.stderr == f"epsilon: {tmp_path}: Is a directory\n"
    assert done.returncode == 1
