# SPDX-License-Identifier: Apache-2.0
"""epsilon.run: a program from its start to its end."""

import copy
import inspect
import io
import os
import pathlib
import pickle
import threading
import time

import epsilon
import pytest
import wasi_programs as programs
from epsilon import (
    CompiledModule,
    EpsilonError,
    EpsilonExitError,
    EpsilonFuelError,
    EpsilonLimitError,
    EpsilonLinkError,
    EpsilonMalformedError,
    EpsilonTimeoutError,
    EpsilonTrapError,
    EpsilonUsageError,
    RunResult,
    Runtime,
)
from wasi_programs import exits, program, shows_args, shows_env, writes
from wat import wat

HELLO = writes("hello\n")


# ---- results ---------------------------------------------------------------------------------


def test_a_program_that_writes():
    result = epsilon.run(HELLO)
    assert isinstance(result, RunResult)
    assert result.stdout == b"hello\n"
    assert result.stderr == b""
    assert result.exit_code == 0
    assert result.files == {}
    assert result.args == ["main.wasm"]
    assert result.truncated is False
    assert result.instructions > 10
    result.check_exit()


def test_standard_error_is_apart():
    result = epsilon.run(writes("oh", fd=2))
    assert (result.stdout, result.stderr) == (b"", b"oh")


def test_instructions_are_counted_exactly_and_only_with_fuel():
    empty = wat('(func (export "_start") (drop (i32.const 1)))')
    assert epsilon.run(empty).instructions == 2
    assert epsilon.run(empty, fuel=None).instructions is None
    start = wat('(func $s nop (drop (i32.const 1))) (func (export "_start")) (start $s)')
    assert epsilon.run(start).instructions == 2


@pytest.mark.parametrize("status", [0, 1, 3, 255, 256, 65536])
def test_exit_codes_are_values(status):
    assert epsilon.run(exits(status)).exit_code == status


def test_an_exit_code_is_a_signed_number():
    assert epsilon.run(exits(-1)).exit_code == -1


def test_check():
    failing = writes("so far", then="(call $proc_exit (i32.const 7))")
    with pytest.raises(EpsilonExitError, match="^the program exited with status 7$") as caught:
        epsilon.run(failing, check=True)
    error = caught.value
    assert (error.exit_code, error.code, error.kind) == (7, 7, "exit")
    assert (error.stdout, error.stderr) == (b"so far", b"")
    assert epsilon.run(exits(0), check=True).exit_code == 0
    result = epsilon.run(failing)
    with pytest.raises(EpsilonExitError, match="status 7"):
        result.check_exit()


def test_a_program_that_exits_in_its_start_function():
    module = wat(
        """(import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
        (memory (export "memory") 1)
        (func $s (call $exit (i32.const 5))) (start $s) (func (export "_start") unreachable)"""
    )
    assert epsilon.run(module).exit_code == 5


def test_the_result_shows_itself():
    result = epsilon.run(writes("a" * 1000, then="(call $proc_exit (i32.const 2))"), args=["x"])
    text = repr(result)
    assert text.startswith("RunResult(args=['main.wasm', 'x'], exit_code=2, stdout=b'aaa")
    assert len(text) < 400
    assert repr(epsilon.run(exits(0))) == "RunResult(args=['main.wasm'], exit_code=0)"


def test_results_can_be_copied_and_pickled():
    result = epsilon.run(HELLO, files={"a": b"b"})
    for other in (copy.copy(result), copy.deepcopy(result), pickle.loads(pickle.dumps(result))):
        assert repr(other) == repr(result)
        assert other.files == {"a": b"b"}
    assert RunResult.__module__ == "epsilon"


# ---- modules ---------------------------------------------------------------------------------


def test_a_module_can_be_a_path(tmp_path, monkeypatch):
    path = tmp_path / "hello.wasm"
    path.write_bytes(HELLO)
    assert epsilon.run(path).stdout == b"hello\n"
    assert epsilon.run(str(path)).stdout == b"hello\n"
    monkeypatch.chdir(tmp_path)
    result = epsilon.run("hello.wasm", args=["a"])
    assert result.stdout == b"hello\n"
    assert result.args == ["hello.wasm", "a"]


def test_a_module_can_be_bytes_text_or_compiled(tmp_path):
    text = '(module (func (export "_start")))'
    binary = epsilon.wat2wasm(text)
    compiled = CompiledModule(binary)
    with Runtime.sandboxed() as runtime:
        other = runtime.compile(binary)
    forms = (text, "\n ;; remark\n" + text, text.encode(), binary, bytearray(binary))
    for form in (*forms, memoryview(binary), compiled, other):
        assert epsilon.run(form).exit_code == 0
    path = tmp_path / "in text form.wat"
    path.write_text(text)
    assert epsilon.run(path).args == ["in text form.wat"]


def test_a_path_that_begins_as_text_does_is_taken_as_a_path_object(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    pathlib.Path("(1).wasm").write_bytes(HELLO)
    with pytest.raises(EpsilonMalformedError):
        epsilon.run("(1).wasm")
    assert epsilon.run(pathlib.Path("(1).wasm")).args == ["(1).wasm"]
    assert epsilon.run("./(1).wasm").args == ["(1).wasm"]


def test_no_such_file(tmp_path):
    with pytest.raises(EpsilonError, match="^File not found: missing.wasm$") as caught:
        epsilon.run("missing.wasm")
    assert isinstance(caught.value, FileNotFoundError)
    with pytest.raises(EpsilonError, match="^Cannot read file: .*: Is a directory$"):
        epsilon.run(tmp_path)
    with pytest.raises(EpsilonError, match="^Cannot read file: 'a.x00b'"):
        epsilon.run("a\0b")
    with pytest.raises(EpsilonError, match="^Cannot read file: "):
        epsilon.run("\ud800\n.wasm")


@pytest.mark.parametrize("thing", [None, 3, 4.5, [0, 97], object(), io.BytesIO(HELLO)])
def test_what_is_no_module(thing):
    with pytest.raises(TypeError, match="^wasm_bytes must be bytes or bytearray$"):
        epsilon.run(thing)


def test_a_module_that_is_not_valid():
    with pytest.raises(EpsilonMalformedError):
        epsilon.run(b"\0asm")
    with pytest.raises(epsilon.EpsilonInvalidError):
        epsilon.run(wat('(func (export "_start") (result i32))'))


def test_a_module_that_is_no_program():
    with pytest.raises(
        EpsilonUsageError, match="^the module is no program: it exports no function _start$"
    ):
        epsilon.run(wat('(memory (export "_start") 1)'))
    with pytest.raises(
        EpsilonUsageError,
        match=r"no function _start \(it has _initialize: instantiate it, and call its functions\)$",
    ):
        epsilon.run(wat('(func (export "_initialize") unreachable)'))
    with pytest.raises(EpsilonUsageError, match="_start"):
        epsilon.run(wat('(func (export "_start") (param i32))'))


def test_imports_beside_wasi():
    module = wat(
        """(import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
        (import "env" "number" (func $number (result i32)))
        (memory (export "memory") 1)
        (func (export "_start") (call $exit (call $number)))"""
    )
    assert epsilon.run(module, imports={"env": {"number": lambda: 42}}).exit_code == 42
    with pytest.raises(EpsilonLinkError, match="^unknown import env.number$"):
        epsilon.run(module)
    with pytest.raises(EpsilonLinkError, match="^unknown import env.number$"):
        epsilon.run(module, imports={})
    exits = []
    given = {"env": {"number": lambda: 1}, "wasi_snapshot_preview1": {"proc_exit": exits.append}}
    assert epsilon.run(module, imports=given).exit_code == 0  # theirs, which returned
    assert exits == [1]
    with pytest.raises(TypeError, match="^imports must be a mapping, not list$"):
        epsilon.run(module, imports=[])


def test_all_missing_imports_are_listed():
    module = wat(
        """(import "wasi_snapshot_preview1" "fd_nothing" (func))
        (import "a" "b" (func)) (func (export "_start"))"""
    )
    with pytest.raises(EpsilonLinkError) as caught:
        epsilon.run(module)
    assert "wasi_snapshot_preview1.fd_nothing" in str(caught.value)
    assert "a.b" in str(caught.value)


def test_exceptions_of_host_functions_come_out_as_they_are():
    module = wat('(import "env" "f" (func $f)) (func (export "_start") (call $f))')
    for exception in (
        KeyError("x"),
        KeyboardInterrupt(),
        SystemExit(3),
        EpsilonExitError("", code=4),
    ):

        def fail(exception=exception):
            raise exception

        with pytest.raises(type(exception)) as caught:
            epsilon.run(module, imports={"env": {"f": fail}})
        assert caught.value is exception


def test_a_failed_run_inside_another_keeps_its_outputs():
    inner = writes("inner", then="(call $proc_exit (i32.const 9))")
    outer = wat('(import "env" "f" (func $f)) (func (export "_start") (call $f))')
    with pytest.raises(EpsilonExitError) as caught:
        epsilon.run(outer, imports={"env": {"f": lambda: epsilon.run(inner, check=True) and None}})
    assert (caught.value.exit_code, caught.value.stdout) == (9, b"inner")


# ---- arguments and environment ---------------------------------------------------------------


def test_arguments():
    result = epsilon.run(shows_args(), args=["a", "", "b c", b"\xff\xfe", pathlib.Path("d/e")])
    assert result.stdout == b"main.wasm\0a\0\0b c\0\xff\xfe\0d/e\0"
    assert epsilon.run(shows_args()).stdout == b"main.wasm\0"
    assert epsilon.run(shows_args(), args=iter("xy")).args == ["main.wasm", "x", "y"]


def test_the_name_of_the_program():
    result = epsilon.run(shows_args(), program="other", args=("1",))
    assert result.stdout == b"other\x001\0"
    assert result.args == ["other", "1"]
    assert epsilon.run(shows_args(), program="").stdout == b"\0"


def test_arguments_with_undecodable_bytes():
    given = ["ä", "\udcff", os.fsdecode(b"\xc3("), "\U0001f600"]
    assert epsilon.run(shows_args(), args=given).stdout == (
        b"main.wasm\0\xc3\xa4\0\xff\0\xc3(\0\xf0\x9f\x98\x80\0"
    )


def test_many_arguments():
    given = [str(i) for i in range(5000)]
    result = epsilon.run(shows_args(), args=given)
    assert result.stdout.split(b"\0")[1:-1] == [arg.encode() for arg in given]


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ("abc", "args must be a sequence of str, not str"),
        (b"abc", "args must be a sequence of str, not bytes"),
        (pathlib.PurePosixPath("x"), "args must be a sequence of str, not PurePosixPath"),
        (None, "args must be a sequence of str, not NoneType"),
        (3, "args must be a sequence of str, not int"),
        (["a", 3], "args[1] must be str, bytes or os.PathLike, not int"),
        ([None], "args[0] must be str, bytes or os.PathLike, not NoneType"),
        (["a\0b"], "args[0] has a NUL character"),
        ([b"\0"], "args[0] has a NUL character"),
        (["\ud800"], "args[0] is not valid Unicode: '\\ud800'"),
    ],
)
def test_bad_arguments(args, message):
    with pytest.raises(EpsilonUsageError) as caught:
        epsilon.run(shows_args(), args=args)
    assert str(caught.value) == message
    assert isinstance(caught.value, (TypeError, ValueError))


def test_environment():
    env = {"A": "1", "B": "x=y", "C": "", b"\xff": b"\xfe", "ä": "\udc80"}
    result = epsilon.run(shows_env(), env=env)
    assert result.stdout == b"A=1\0B=x=y\0C=\0\xff=\xfe\0\xc3\xa4=\x80\0"
    assert epsilon.run(shows_env()).stdout == b""
    assert epsilon.run(shows_env(), env={}).stdout == b""


@pytest.mark.parametrize(
    ("env", "message"),
    [
        (["A=1"], "env must be a mapping, not list"),
        ({"": "x"}, "env: not a name of a variable: ''"),
        ({"A=B": "x"}, "env: not a name of a variable: 'A=B'"),
        ({"A": 1}, "env['A'] must be str, bytes or os.PathLike, not int"),
        ({1: "A"}, "a name in env must be str, bytes or os.PathLike, not int"),
        ({"A": "\0"}, "env['A'] has a NUL character"),
        ({"A\0": ""}, "a name in env has a NUL character"),
        ({"A": "\udfff"}, "env['A'] is not valid Unicode: '\\udfff'"),
    ],
)
def test_a_bad_environment(env, message):
    with pytest.raises(EpsilonUsageError) as caught:
        epsilon.run(shows_env(), env=env)
    assert str(caught.value) == message


def test_the_process_gives_nothing_away(monkeypatch, capfd):
    monkeypatch.setenv("SECRET", "1")
    assert epsilon.run(shows_env()).stdout == b""
    assert epsilon.run(programs.echo()).stdout == b""
    epsilon.run(HELLO)
    assert capfd.readouterr() == ("", "")
    with pytest.raises(EpsilonExitError, match="status 1008$"):  # EBADF
        epsilon.run(programs.Files().reads("etc/passwd"), check=True)


# ---- text mode -------------------------------------------------------------------------------


def test_text_mode():
    result = epsilon.run(writes("grün\r\n"), text=True)
    assert (result.stdout, result.stderr) == ("grün\r\n", "")
    assert epsilon.run(programs.echo(), stdin="grün", encoding="latin-1").stdout == "grün"
    assert epsilon.run(programs.echo(), stdin="grün").stdout == "grün".encode()
    assert epsilon.run(writes(b"\xff"), errors="replace").stdout == "\ufffd"
    assert epsilon.run(writes(b"\xff"), text=True, errors="surrogateescape").stdout == "\udcff"


def test_text_that_is_none():
    with pytest.raises(UnicodeDecodeError) as caught:
        epsilon.run(writes(b"ok\xff"), text=True)
    assert caught.value.object == b"ok\xff"


def test_a_failure_is_not_hidden_by_text_that_is_none():
    with pytest.raises(EpsilonTrapError) as caught:
        epsilon.run(writes(b"ok\xff", then="unreachable"), text=True)
    assert caught.value.stdout == "ok\ufffd"
    assert caught.value.stderr == ""


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"encoding": "klingon"}, "unknown encoding: 'klingon'"),
        ({"encoding": "base64"}, "unknown encoding: 'base64'"),
        ({"encoding": "a\0b"}, "unknown encoding: 'a\\x00b'"),
        ({"encoding": 8}, "encoding must be str, not int"),
        ({"errors": "hope"}, "unknown error handler: 'hope'"),
        ({"errors": 8}, "errors must be str, not int"),
    ],
)
def test_bad_encodings(options, message):
    with pytest.raises(EpsilonUsageError) as caught:
        epsilon.run(HELLO, **options)
    assert str(caught.value) == message


# ---- limits ----------------------------------------------------------------------------------


def test_a_timeout():
    began = time.monotonic()
    with pytest.raises(EpsilonTimeoutError) as caught:
        epsilon.run(writes("begun", then="(loop $l (br $l))"), timeout_ms=100)
    assert time.monotonic() - began < 5
    assert caught.value.stdout == b"begun"
    assert isinstance(caught.value, TimeoutError)


def test_a_timeout_ends_a_wait():
    began = time.monotonic()
    with pytest.raises(EpsilonTimeoutError):
        epsilon.run(programs.sleeps(60_000_000_000), timeout_ms=100)
    assert time.monotonic() - began < 10


def test_the_start_function_s_time_counts_too():
    module = wat(
        """(import "env" "nap" (func $nap))
        (func $s (call $nap)) (start $s)
        (func (export "_start") (loop $l (br $l)))"""
    )
    began = time.monotonic()
    with pytest.raises(EpsilonTimeoutError):
        epsilon.run(module, timeout_ms=700, imports={"env": {"nap": lambda: time.sleep(0.5)}})
    assert time.monotonic() - began < 1.1


def test_fuel():
    with pytest.raises(EpsilonFuelError) as caught:
        epsilon.run(writes("begun", then="(loop $l (br $l))"), fuel=10_000)
    assert caught.value.stdout == b"begun"


def test_memory():
    grows = wat(
        """(import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
        (memory (export "memory") 1)
        (func (export "_start") (call $exit (memory.grow (i32.const 4200))))"""
    )
    assert epsilon.run(grows).exit_code == -1
    assert epsilon.run(grows, max_memory_pages=4201).exit_code == 1
    assert epsilon.run(grows, max_memory_pages=4200).exit_code == -1
    assert epsilon.run(grows, max_memory_pages=None).exit_code == 1
    with pytest.raises(EpsilonLimitError):
        epsilon.run(wat('(memory 3) (func (export "_start"))'), max_memory_pages=2)


def test_limits_can_be_lifted():
    assert epsilon.run(HELLO, timeout_ms=None, fuel=None, max_memory_pages=None).exit_code == 0
    assert epsilon.run(HELLO, timeout_ms=0).exit_code == 0
    assert epsilon.run(HELLO, timeout_ms=float("inf"), fuel=10**18).exit_code == 0


def test_the_defaults_are_those_of_the_sandbox():
    ours = inspect.signature(epsilon.run).parameters
    theirs = inspect.signature(Runtime.sandboxed).parameters
    for name in ("timeout_ms", "fuel", "max_memory_pages"):
        assert ours[name].default == theirs[name].default


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"timeout_ms": -1}, "timeout_ms must not be negative"),
        ({"timeout_ms": "1"}, "timeout_ms must be a number or None, not str"),
        ({"fuel": -1}, "fuel must not be negative: -1"),
        ({"max_memory_pages": "1"}, "max_memory_pages must be an integer, not str"),
        ({"max_output_bytes": -1}, "max_output_bytes must not be negative: -1"),
        ({"max_output_bytes": 1.5}, "max_output_bytes must be an integer, not float"),
        ({"limits": [1]}, "limits must be a mapping, not list"),
        ({"limits": {"speed": 1}}, "unknown limit of WASI: speed"),
        ({"limits": {1: 1}}, "unknown limit of WASI: 1"),
        ({"limits": {"descriptors": "x"}}, "limits['descriptors'] must be an integer, not str"),
        ({"limits": {"descriptors": 2**64}}, f"limits['descriptors'] is too large: {2**64}"),
    ],
)
def test_bad_limits(options, message):
    with pytest.raises(EpsilonUsageError) as caught:
        epsilon.run(HELLO, **options)
    assert str(caught.value) == message


def test_outputs_are_capped():
    result = epsilon.run(writes("x" * 100), max_output_bytes=40)
    assert result.stdout == b"x" * 40
    assert result.truncated is True
    assert result.exit_code == 1051  # ENOSPC
    assert epsilon.run(writes("x" * 100), max_output_bytes=100).truncated is False
    assert epsilon.run(writes("x"), max_output_bytes=0).stdout == b""


def test_captured_outputs_have_a_cap_by_default():
    endless = program(
        "(loop $l (call $must (call $write (i32.const 1) (i32.const 0) (i32.const 65536))) (br $l))"
    )
    result = epsilon.run(endless)
    assert len(result.stdout) == 16 << 20
    assert result.truncated


def test_random_bytes_have_a_limit():
    asks = program("(call $must (call $random_get (i32.const 0) (i32.const 100)))")
    assert epsilon.run(asks, limits={"random-bytes": 100}).exit_code == 0
    assert epsilon.run(asks, limits={"random-bytes": 99}).exit_code != 0


# ---- failures --------------------------------------------------------------------------------


def test_a_trap_has_what_was_written_before():
    with pytest.raises(EpsilonTrapError, match="^unreachable") as caught:
        epsilon.run(writes("before", then="unreachable"))
    assert caught.value.stdout == b"before"
    assert caught.value.stderr == b""
    assert caught.value.trap == "unreachable"


def test_errors_have_no_outputs_that_were_not_captured():
    out = io.BytesIO()
    with pytest.raises(EpsilonTrapError) as caught:
        epsilon.run(writes("before", then="unreachable"), stdout=out, stderr=epsilon.DISCARD)
    assert (caught.value.stdout, caught.value.stderr) == (None, None)
    assert out.getvalue() == b"before"


def test_other_errors_have_no_outputs():
    with pytest.raises(EpsilonMalformedError) as caught:
        epsilon.run(b"\0asm")
    assert (caught.value.stdout, caught.value.stderr) == (None, None)


def test_a_program_without_its_memory_exported_traps():
    module = wat(
        """(import "wasi_snapshot_preview1" "fd_close" (func $close (param i32) (result i32)))
        (import "wasi_snapshot_preview1" "args_get" (func $get (param i32 i32) (result i32)))
        (func (export "_start") (drop (call $get (i32.const 0) (i32.const 0))))"""
    )
    with pytest.raises(EpsilonTrapError, match='exports no memory "memory"'):
        epsilon.run(module)


def test_nothing_is_positional_but_the_module():
    with pytest.raises(TypeError):
        epsilon.run(HELLO, ["a"])


# ---- threads and many runs -------------------------------------------------------------------


def test_programs_run_on_several_threads_at_once():
    compiled = CompiledModule(programs.echo())
    outcomes = {}

    def work(number):
        for i in range(20):
            data = b"%d %d" % (number, i) * 1000
            if epsilon.run(compiled, stdin=data).stdout != data:
                return
        outcomes[number] = True

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == 4


def test_runs_leave_nothing_behind():
    compiled = CompiledModule(programs.echo())
    epsilon.run(compiled)
    before = len(os.listdir("/proc/self/fd")) if os.path.exists("/proc/self/fd") else 0
    for _ in range(50):
        epsilon.run(compiled, stdin=b"x", files={"a": "b"}, preopens={"/h": "."})
    if before:
        assert len(os.listdir("/proc/self/fd")) <= before
