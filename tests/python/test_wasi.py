# SPDX-License-Identifier: Apache-2.0
"""Wasi: programs in a Runtime of one's own; lifetimes, threads, processes, signals."""

import asyncio
import contextlib
import copy
import gc
import os
import pickle
import signal
import threading
import time
import weakref

import epsilon
import pytest
import wasi_programs as programs
from epsilon import (
    DISCARD,
    CompiledModule,
    EpsilonError,
    EpsilonExitError,
    EpsilonFuelError,
    EpsilonInterruptedError,
    EpsilonLinkError,
    EpsilonTimeoutError,
    EpsilonTrapError,
    EpsilonUsageError,
    Runtime,
    Wasi,
)
from wasi_programs import echo, exits, program, shows_args, writes
from wat import wat

HELLO = CompiledModule(writes("hello\n"))
SPIN = CompiledModule(programs.SPIN)

REACTOR = wat(
    """(import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (import "wasi_snapshot_preview1" "fd_write"
      (func $write (param i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 1)
    (data (i32.const 0) "\\10\\00\\00\\00\\05\\00\\00\\00")
    (data (i32.const 16) "ready")
    (global $ready (mut i32) (i32.const 0))
    (func (export "_initialize")
      (global.set $ready (i32.const 1))
      (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))))
    (func (export "ready") (result i32) (global.get $ready))
    (func (export "quit") (param i32) (call $exit (local.get 0)))"""
)


# ---- running ---------------------------------------------------------------------------------


def test_a_program_in_a_runtime(runtime):
    wasi = Wasi()
    module = runtime.instantiate(HELLO, wasi=wasi)
    assert wasi.stdout == b""
    assert module.run() == 0
    assert (wasi.stdout, wasi.stderr, wasi.truncated) == (b"hello\n", b"", False)
    assert module.run() == 0
    assert wasi.stdout == b"hello\n" * 2


def test_a_program_from_a_file(runtime, tmp_path):
    path = tmp_path / "hello.wasm"
    path.write_bytes(writes("hello"))
    wasi = Wasi()
    assert runtime.instantiate_file(path, wasi=wasi).run() == 0
    assert wasi.stdout == b"hello"


def test_exit_codes_are_values(runtime):
    assert runtime.instantiate(exits(42), wasi=Wasi()).run() == 42
    assert runtime.instantiate(exits(-1), wasi=Wasi()).run() == -1


def test_exit_elsewhere_is_an_error(runtime):
    module = runtime.instantiate(REACTOR, wasi=Wasi())
    with pytest.raises(EpsilonExitError) as caught:
        module.call("quit", 3)
    assert (caught.value.exit_code, caught.value.code) == (3, 3)
    assert (caught.value.stdout, caught.value.stderr) == (None, None)
    with pytest.raises(EpsilonExitError) as caught:
        module.exports.quit(0)
    assert caught.value.exit_code == 0
    assert module.call("ready") == [0]
    with pytest.raises(EpsilonExitError):
        runtime.instantiate(exits(4), wasi=Wasi()).call("_start")
    starts = wat(
        """(import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
        (func $s (call $exit (i32.const 6))) (start $s)"""
    )
    with pytest.raises(EpsilonExitError) as caught:
        runtime.instantiate(starts, wasi=Wasi())
    assert caught.value.exit_code == 6


def test_a_reactor(runtime):
    wasi = Wasi()
    module = runtime.instantiate(REACTOR, wasi=wasi)
    assert module.exports.ready() == 0
    assert module.run() == 0
    assert module.exports.ready() == 1
    assert wasi.stdout == b"ready"


def test_a_module_without_wasi_can_be_run(runtime):
    assert runtime.instantiate(wat('(func (export "_start"))')).run() == 0
    with pytest.raises(EpsilonTrapError):
        runtime.instantiate(wat('(func (export "_start") unreachable)')).run()


@pytest.mark.parametrize(
    "fields",
    ["", '(memory (export "_start") 1)', '(func (export "start"))'],
)
def test_what_cannot_be_run(runtime, fields):
    with pytest.raises(
        EpsilonUsageError,
        match="^the module exports neither a function _start nor _initialize$",
    ):
        runtime.instantiate(wat(f"(module {fields})")).run()


def test_a_start_that_takes_values(runtime):
    with pytest.raises(EpsilonUsageError, match="takes or gives values"):
        runtime.instantiate(wat('(func (export "_start") (param i32))')).run()


def test_what_run_takes(runtime):
    module = runtime.instantiate(HELLO, wasi=Wasi())
    with pytest.raises(TypeError):
        module.run(3)
    with pytest.raises(EpsilonUsageError, match="^timeout_ms must not be negative$"):
        module.run(timeout_ms=-1)
    with pytest.raises(EpsilonUsageError, match="^fuel must not be negative: -1$"):
        module.run(fuel=-1)
    assert module.run(timeout_ms=1000) == 0


def test_stops(runtime):
    module = runtime.instantiate(SPIN, wasi=Wasi())
    with pytest.raises(EpsilonTimeoutError):
        module.run(timeout_ms=50)
    with Runtime(fuel=10_000) as metered:
        with pytest.raises(EpsilonFuelError):
            metered.instantiate(SPIN, wasi=Wasi()).run(fuel=100)
        assert metered.last_call.fuel <= 100
    timer = threading.Timer(0.1, runtime.interrupt)
    timer.start()
    with pytest.raises(EpsilonInterruptedError):
        module.run()
    timer.join()


def test_an_interrupt_ends_a_wait(runtime):
    module = runtime.instantiate(programs.sleeps(60_000_000_000), wasi=Wasi())
    timer = threading.Timer(0.2, runtime.interrupt)
    timer.start()
    began = time.monotonic()
    with pytest.raises(EpsilonInterruptedError):
        module.run()
    assert time.monotonic() - began < 20
    timer.join()


def test_asynchronously():
    async def main():
        with Runtime() as runtime:
            wasi = Wasi()
            assert await runtime.instantiate(HELLO, wasi=wasi).run_async() == 0
            assert wasi.stdout == b"hello\n"
            module = runtime.instantiate(programs.sleeps(60_000_000_000), wasi=wasi)
            with pytest.raises(EpsilonTimeoutError):
                await module.run_async(timeout_ms=50)
            task = asyncio.ensure_future(module.run_async())
            await asyncio.sleep(0.05)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(main())


# ---- set up ----------------------------------------------------------------------------------


def test_the_default_name(runtime):
    wasi = Wasi(args=["a"])
    runtime.instantiate(shows_args(), wasi=wasi).run()
    assert wasi.stdout == b"main.wasm\0a\0"


def test_text_mode(runtime):
    wasi = Wasi(text=True, stderr=DISCARD)
    runtime.instantiate(writes("grün"), wasi=wasi).run()
    assert (wasi.stdout, wasi.stderr) == ("grün", None)
    wasi = Wasi(text=True)
    runtime.instantiate(writes(b"\xff"), wasi=wasi).run()
    with pytest.raises(UnicodeDecodeError):
        _ = wasi.stdout


def test_nothing_is_positional():
    with pytest.raises(TypeError):
        Wasi(["a"])


def test_instances_share_streams_and_files(runtime):
    wasi = Wasi(stdin=b"abc", files={})
    one_byte = program(
        """(drop (call $read (i32.const 0) (i32.const 65536) (i32.const 1)))
        (call $must (call $write (i32.const 1) (i32.const 65536) (i32.const 1)))"""
    )
    for _ in range(3):
        assert runtime.instantiate(one_byte, wasi=wasi).run() == 0
    assert wasi.stdout == b"abc"


def test_imports_beside_wasi(runtime):
    module = wat(
        """(import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
        (import "env" "f" (func $f (result i32)))
        (func (export "_start") (call $exit (call $f)))"""
    )
    given = {"env": {"f": lambda: 9}}
    assert runtime.instantiate(module, imports=given, wasi=Wasi()).run() == 9
    with pytest.raises(EpsilonLinkError, match="unknown import wasi_snapshot_preview1.proc_exit"):
        runtime.instantiate(module, imports=given)
    with pytest.raises(EpsilonLinkError, match="unknown import env.f"):
        runtime.instantiate(module, wasi=Wasi())
    seen = []
    given["wasi_snapshot_preview1"] = {"proc_exit": seen.append}
    assert runtime.instantiate(module, imports=given, wasi=Wasi()).run() == 0
    assert seen == [9]


def test_the_older_name(runtime):
    module = wat(
        """(import "wasi_unstable" "proc_exit" (func $exit (param i32)))
        (func (export "_start") (call $exit (i32.const 5)))"""
    )
    assert runtime.instantiate(module, wasi=Wasi()).run() == 5


@pytest.mark.parametrize("wrong", [True, {}, "wasi", Wasi])
def test_what_is_no_wasi(runtime, wrong):
    with pytest.raises(TypeError, match=f"^wasi must be a Wasi, not {type(wrong).__name__}$"):
        runtime.instantiate(HELLO, wasi=wrong)


def test_two_runtimes(runtime):
    wasi = Wasi()
    runtime.instantiate(HELLO, wasi=wasi).run()
    with Runtime() as other:
        with pytest.raises(EpsilonUsageError, match="^wasi belongs to another Runtime$"):
            other.instantiate(HELLO, wasi=wasi)
        runtime.close()
        with pytest.raises(EpsilonUsageError, match="^wasi belongs to another Runtime$"):
            other.instantiate(HELLO, wasi=wasi)
    assert wasi.stdout == b"hello\n"


# ---- lifetimes -------------------------------------------------------------------------------


def test_outputs_outlive_the_runtime():
    wasi = Wasi(files={"a": b"b"})
    with Runtime() as runtime:
        runtime.instantiate(HELLO, wasi=wasi).run()
    del runtime
    gc.collect()
    assert (wasi.stdout, wasi.files) == (b"hello\n", {"a": b"b"})


def test_closing(runtime):
    with Wasi() as wasi:
        module = runtime.instantiate(HELLO, wasi=wasi)
        assert "closed" not in repr(wasi)
    wasi.close()
    assert repr(wasi).endswith("(closed)>")
    for use in (
        lambda: wasi.stdout,
        lambda: wasi.stderr,
        lambda: wasi.truncated,
        lambda: wasi.files,
        wasi.__enter__,
        lambda: runtime.instantiate(HELLO, wasi=wasi),
    ):
        with pytest.raises(EpsilonError, match="^Wasi is closed$"):
            use()
    assert module.run() == 0  # the instance goes on


def test_closing_everything_in_any_order():
    for order in ([0, 1, 2], [2, 1, 0], [1, 0, 2], [1, 2, 0], [2, 0, 1], [0, 2, 1]):
        runtime = Runtime()
        wasi = Wasi(files={"a": "b"}, stdout=lambda data: None, stdin=lambda size: b"")
        module = runtime.instantiate(HELLO, wasi=wasi)
        module.run()
        things = [runtime, wasi, module]
        for i in order:
            things[i].close()
        with pytest.raises(EpsilonError, match="^Module is closed$"):
            module.run()


def test_dropping_everything_in_any_order():
    for order in ("rwm", "mwr", "wrm", "wmr", "mrw", "rmw"):
        things = {"r": Runtime(), "w": Wasi(stdout=lambda data: None)}
        things["m"] = things["r"].instantiate(HELLO, wasi=things["w"])
        things["m"].run()
        for name in order:
            del things[name]
            gc.collect()


def test_a_wasi_does_not_keep_its_runtime():
    runtime = Runtime()
    wasi = Wasi(stdout=DISCARD)
    runtime.instantiate(HELLO, wasi=wasi).run()
    reference = weakref.ref(runtime._store)
    del runtime
    gc.collect()
    assert reference() is None
    assert wasi.stderr == b""
    with Runtime() as other, pytest.raises(EpsilonUsageError, match="belongs to another Runtime"):
        other.instantiate(HELLO, wasi=wasi)


def test_descriptors_are_closed(runtime, tmp_path):
    if not os.path.exists("/proc/self/fd"):
        pytest.skip("needs /proc")
    before = len(os.listdir("/proc/self/fd"))
    wasi = Wasi(preopens={"/": tmp_path}, stdin=epsilon.INHERIT)
    module = runtime.instantiate(HELLO, wasi=wasi)
    assert len(os.listdir("/proc/self/fd")) > before
    wasi.close()
    module.close()
    gc.collect()
    runtime.instantiate(wat("(module)"))
    assert len(os.listdir("/proc/self/fd")) <= before + 1  # what interrupts waits, perhaps


def test_no_copies():
    wasi = Wasi()
    for attempt in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError, match="^cannot copy or pickle 'Wasi' object$"):
            attempt(wasi)


# ---- threads ---------------------------------------------------------------------------------


def test_a_second_thread_is_refused(runtime):
    entered, leave = threading.Event(), threading.Event()

    def wait(data):
        entered.set()
        leave.wait(30)

    wasi = Wasi(stdout=wait, files={"a": b"b"})
    module = runtime.instantiate(HELLO, wasi=wasi)
    thread = threading.Thread(target=module.run)
    thread.start()
    assert entered.wait(30)
    for use in (
        lambda: wasi.stderr,
        lambda: wasi.files,
        module.run,
        lambda: runtime.instantiate(HELLO, wasi=wasi),
    ):
        with pytest.raises(EpsilonUsageError):
            use()
    leave.set()
    thread.join()
    assert wasi.stderr == b""
    assert wasi.files == {"a": b"b"}


def test_reading_while_another_thread_runs_programs(runtime):
    wasi = Wasi(files={}, max_output_bytes=1 << 30)
    module = runtime.instantiate(writes("x" * 1000), wasi=wasi)
    stop = threading.Event()

    def work():
        while not stop.is_set():
            with contextlib.suppress(EpsilonUsageError):
                module.run()

    thread = threading.Thread(target=work)
    thread.start()
    read = 0
    try:
        end = time.monotonic() + 20
        while read < 50 and time.monotonic() < end:
            try:
                assert set(wasi.stdout) <= {ord("x")}
                assert wasi.files == {}
                read += 1
            except EpsilonUsageError:
                pass
    finally:
        stop.set()
        thread.join()
    assert set(wasi.stdout) == {ord("x")}


def test_outputs_can_be_read_during_a_call(runtime):
    seen = []
    wasi = Wasi(stderr=lambda data: seen.append((data, wasi.stdout, wasi.files)), files={"a": b""})
    both = program(
        """(drop (call $write (i32.const 1) (i32.const 64) (i32.const 1)))
        (drop (call $write (i32.const 2) (i32.const 65) (i32.const 1)))""",
        '(data (i32.const 64) "ab")',
    )
    runtime.instantiate(both, wasi=wasi).run()
    assert seen == [(b"b", b"a", {"a": b""})]


def test_reading_inside_of_reading_is_refused():
    given = {"a": b"b"}
    wasi = Wasi(files=given)
    listing = wasi._listed

    def interrupted(handle):
        yield from listing(handle)
        with pytest.raises(EpsilonUsageError, match="^Wasi is in use$"):
            _ = wasi.stdout

    assert wasi.files == given
    with wasi._exclusive:
        assert list(interrupted(wasi._open())) == [("a", b"b")]
    assert wasi.files == given


def test_closed_by_another_thread_during_a_call(runtime):
    entered, leave = threading.Event(), threading.Event()

    def wait(size):
        entered.set()
        leave.wait(30)
        return b"x" if not wasi_closed else b""

    wasi_closed = []
    wasi = Wasi(stdin=wait)
    module = runtime.instantiate(echo(), wasi=wasi)
    codes = []
    thread = threading.Thread(target=lambda: codes.append(module.run()))
    thread.start()
    assert entered.wait(30)
    wasi.close()
    wasi_closed.append(True)
    leave.set()
    thread.join()
    assert codes == [0]


# ---- processes and signals -------------------------------------------------------------------


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_fork(runtime):
    wasi = Wasi(stdin=b"abc", files={"a": b"b"})
    module = runtime.instantiate(HELLO, wasi=wasi)
    module.run()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            assert module.run() == 0
            assert wasi.stdout == b"hello\n" * 2
            assert wasi.files == {"a": b"b"}
            assert epsilon.run(HELLO).stdout == b"hello\n"
            status = 0
        finally:
            os._exit(status)
    assert os.waitpid(child, 0)[1] == 0
    assert wasi.stdout == b"hello\n"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_fork_in_a_callable(runtime):
    children = []

    def fork(data):
        children.append(os.fork())

    module = runtime.instantiate(writes("x", then="(call $proc_exit (i32.const 3))"),
                                 wasi=Wasi(stdout=fork))  # fmt: skip
    status = 99
    try:
        status = module.run()
    finally:
        if children == [0]:
            os._exit(status)
    assert status == 3
    assert os.WEXITSTATUS(os.waitpid(children[0], 0)[1]) == 3


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs setitimer")
@pytest.mark.parametrize("wasm", [programs.SPIN, programs.sleeps(60_000_000_000)])
def test_signal_handlers_run(wasm):
    class Alarm(Exception):
        pass

    def handler(number, frame):
        raise Alarm

    before = signal.signal(signal.SIGALRM, handler)
    try:
        began = time.monotonic()
        signal.setitimer(signal.ITIMER_REAL, 0.1)
        with pytest.raises(Alarm):
            epsilon.run(wasm, timeout_ms=60_000)
        assert time.monotonic() - began < 20
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs setitimer")
def test_signal_handlers_run_while_input_is_waited_for():
    class Alarm(Exception):
        pass

    def handler(number, frame):
        raise Alarm

    reader, writer = os.pipe()
    before = signal.signal(signal.SIGALRM, handler)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.1)
        with pytest.raises(Alarm):
            epsilon.run(echo(), stdin=reader, timeout_ms=60_000)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        os.close(reader)
        os.close(writer)
