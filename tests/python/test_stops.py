# SPDX-License-Identifier: Apache-2.0
"""Stopping programs from outside: interrupts, default timeouts, Python's signal handlers."""

import os
import random
import signal
import subprocess
import sys
import threading
import time

import pytest
from epsilon import (
    EpsilonError,
    EpsilonInterruptedError,
    EpsilonTimeoutError,
    EpsilonUsageError,
    Runtime,
)
from stop_latency import stops
from wat import wat

PROGRAM = """
(import "host" "f" (func $f (param i32) (result i32)))
(memory (export "memory") 1024)
(func (export "loop") (loop $l (br $l)))
(func (export "fill") (loop $l
  (memory.fill (i32.const 0) (i32.const 1) (i32.const 0x4000000)) (br $l)))
(func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
(func (export "host") (param i32) (result i32) (call $f (local.get 0)))
(func (export "hash") (param $n i32) (result i64) (local $h i64) (local $d f64)
  (local.set $h (i64.const 0x12345678))
  (loop $l
    (local.set $d (f64.add (f64.mul (local.get $d) (f64.const 0.75))
      (f64.convert_i32_u (local.get $n))))
    (local.set $h (i64.xor (i64.rotl (i64.mul (local.get $h) (i64.const 0x100000001b3))
      (i64.const 7)) (i64.reinterpret_f64 (local.get $d))))
    (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
  (local.get $h))
(func (export "fills") (param $n i32) (result i64) (local $h i64) (local $i i32)
  (loop $l
    (memory.fill (i32.const 0) (local.get $n) (i32.const 0x4000000))
    (memory.copy (i32.const 0x100) (i32.const 0) (i32.const 0x3ffff00))
    (memory.fill (i32.mul (local.get $n) (i32.const 0x50001)) (i32.const 7) (i32.const 99))
    (memory.copy (i32.const 0) (i32.const 0x333) (i32.const 0x3fffccc))
    (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
  (loop $s
    (local.set $h (i64.add (i64.rotl (local.get $h) (i64.const 5)) (i64.load (local.get $i))))
    (br_if $s (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 4096)))
      (i32.const 0x4000000))))
  (local.get $h))
"""


def instantiate(runtime, host=lambda x: x):
    return runtime.instantiate(wat(PROGRAM), imports={"host": {"f": host}})


@pytest.fixture(params=["signals", "explicit", "no signals"])
def program(request):
    options = {"signals": {}, "explicit": {"explicit_checks": True},
               "no signals": {"signals": False}}[request.param]  # fmt: skip
    with Runtime(**options) as runtime:
        module = instantiate(runtime)
        module.runtime = runtime
        yield module


@pytest.fixture
def handler():
    """Sets a signal handler of Python's for one test."""
    former = {}

    def install(number, function):
        former.setdefault(number, signal.getsignal(number))
        signal.signal(number, function)

    yield install
    signal.setitimer(signal.ITIMER_REAL, 0)
    for number, function in former.items():
        signal.signal(number, function)


class Repeated:
    """Calls something every millisecond on a thread, until the block ends."""

    def __init__(self, function, delay=0.02):
        self.function, self.delay = function, delay
        self.done = threading.Event()
        self.thread = threading.Thread(target=self.run)

    def run(self):
        wait = self.delay
        while not self.done.wait(wait):
            self.function()
            wait = 0.001

    def __enter__(self):
        self.thread.start()

    def __exit__(self, *_):
        self.done.set()
        self.thread.join()


# ---- timeouts ----------------------------------------------------------------------------------


@pytest.mark.parametrize("signals", [True, False])
def test_stops_at_random_moments(signals):
    """stop_latency.py is the long form with narrow bounds; this machine may be busy."""
    found = stops(8, random.Random(5), signals, longest_ms=10)
    assert len(found) == 48
    assert all(-0.5 <= stop.late < 3000 for stop in found)


def test_a_timeout_reaches_through_a_chain_of_modules():
    """Module A calls the host, which calls module B: A's timeout stops B, then A."""
    with Runtime() as runtime:
        inner = instantiate(runtime)
        seen = []

        def host(value):
            for _ in range(3):  # a host function that passes over its errors
                try:
                    inner.call("loop" if value else "fill")
                except EpsilonTimeoutError as error:
                    seen.append(error)
            return 1

        outer = instantiate(runtime, host)
        start = time.monotonic()
        with pytest.raises(EpsilonTimeoutError) as caught:
            outer.call("host", 0, timeout_ms=50)
        assert time.monotonic() - start < 3
        assert len(seen) == 3
        assert [frame.func_index for frame in caught.value.frames] == [4]
        assert outer.call("add", 1, 2) == inner.call("add", 1, 2) == [3]
        with pytest.raises(EpsilonTimeoutError):
            outer.call("host", 1, timeout_ms=50)


def test_a_host_function_that_blocks_is_followed_by_the_stop():
    with Runtime() as runtime:
        done = []

        def host(value):
            time.sleep(0.1)
            done.append(value)
            return value

        module = instantiate(runtime, host)
        with pytest.raises(EpsilonTimeoutError):
            module.call("host", 5, timeout_ms=10)
        assert done == [5]
        assert module.call("host", 6) == [6]


def test_a_default_timeout():
    with Runtime(timeout_ms=300) as runtime:
        module = instantiate(runtime)
        for _ in range(2):
            start = time.monotonic()
            with pytest.raises(EpsilonTimeoutError):
                module.call("loop")
            assert 0.29 <= time.monotonic() - start < 3
        with pytest.raises(EpsilonTimeoutError):
            module.call_typed("loop", [])
        with pytest.raises(EpsilonTimeoutError):
            module.call("loop", timeout_ms=10)
        with pytest.raises(EpsilonTimeoutError):
            runtime.instantiate(wat("(func $f (loop $l (br $l))) (start $f)"))
        # An explicit 0 is none, an explicit timeout replaces the default.
        for timeout in (0, 100_000):
            with Repeated(runtime.interrupt, 0.5), pytest.raises(EpsilonInterruptedError):
                module.call("loop", timeout_ms=timeout)
        assert module.call("add", 1, 2) == [3]


@pytest.mark.parametrize("none", [None, 0])
def test_no_default_timeout(none):
    with Runtime(timeout_ms=none) as runtime:
        assert instantiate(runtime).call("add", 1, 2) == [3]


def test_what_is_no_default_timeout():
    with pytest.raises(EpsilonUsageError, match="^timeout_ms must not be negative$"):
        Runtime(timeout_ms=-1)
    with pytest.raises(EpsilonUsageError, match="^timeout_ms must be a number or None, not str$"):
        Runtime(timeout_ms="5")


# ---- interrupts --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["loop", "fill"])
def test_an_interrupt_from_another_thread(program, name):
    for raiser in (program.runtime.interrupt, program.runtime.interrupt_handle().interrupt):
        with Repeated(raiser), pytest.raises(EpsilonInterruptedError) as caught:
            program.call(name)
        assert caught.value.kind == "interrupted"
        assert str(caught.value) == "execution interrupted"
        assert program.call("add", 5, 37) == [42]
        with Repeated(raiser), pytest.raises(EpsilonInterruptedError):
            program.call(name, timeout_ms=100_000)


def test_an_interrupt_while_nothing_runs_has_no_effect(program):
    for _ in range(3):
        program.runtime.interrupt()
        assert program.call("add", 5, 37) == [42]
        assert program.call("add", 5, 37, timeout_ms=100_000) == [42]


def test_an_interrupt_ends_all_calls_that_are_going_on():
    with Runtime() as runtime:
        inner = instantiate(runtime)
        kinds = []

        def host(value):
            runtime.interrupt()  # from inside, too
            for _ in range(2):
                try:
                    inner.call("loop")
                except EpsilonError as error:
                    kinds.append(error.kind)
            return value

        outer = instantiate(runtime, host)
        with pytest.raises(EpsilonInterruptedError):
            outer.call("host", 1)
        assert kinds == ["interrupted"] * 2
        assert outer.call("add", 1, 2) == [3]


def test_an_interrupt_from_a_signal_handler(program, handler):
    handle = program.runtime.interrupt_handle()
    handler(signal.SIGALRM, lambda *_: handle.interrupt())
    signal.setitimer(signal.ITIMER_REAL, 0.05, 0.01)
    for name in ("loop", "fill"):
        with pytest.raises(EpsilonInterruptedError):
            program.call(name)
    signal.setitimer(signal.ITIMER_REAL, 0)
    assert program.call("add", 5, 37) == [42]


def test_an_interrupt_handle_outlives_its_runtime():
    runtime = Runtime()
    handle = runtime.interrupt_handle()
    runtime.interrupt()
    runtime.close()
    handle.interrupt()
    for method in (runtime.interrupt, runtime.interrupt_handle):
        with pytest.raises(EpsilonError, match="^Runtime is closed$"):
            method()
    del runtime
    handle.interrupt()


# ---- Python's signal handlers -------------------------------------------------------------------


@pytest.mark.parametrize("name", ["loop", "fill"])
def test_the_recipe_with_sigalrm(program, handler, name):
    """As it stands in the documentation that this package grew from."""

    class Mine(TimeoutError):
        pass

    def timeout_handler(signum, frame):
        raise Mine("Execution timed out")

    handler(signal.SIGALRM, timeout_handler)
    for _ in range(3):
        start = time.monotonic()
        signal.setitimer(signal.ITIMER_REAL, 0.2)
        with pytest.raises(Mine, match="^Execution timed out(?m:$)"):
            program.call(name)
        assert 0.19 <= time.monotonic() - start < 3
        assert program.call("add", 5, 37) == [42]


def test_ctrl_c(program, handler):
    # Shells start background jobs with the signal ignored.
    handler(signal.SIGINT, signal.default_int_handler)
    timer = threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        program.call("loop", timeout_ms=100_000)
    timer.join()
    assert program.call("add", 5, 37) == [42]


def test_ctrl_c_in_a_start_function(handler):
    handler(signal.SIGINT, signal.default_int_handler)
    timer = threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    with Runtime() as runtime, pytest.raises(KeyboardInterrupt):
        runtime.instantiate(wat("(func $f (loop $l (br $l))) (start $f)"), timeout_ms=100_000)
    timer.join()


@pytest.mark.parametrize("name,size", [("hash", 3_000_000), ("fills", 4)])
def test_a_program_goes_on_after_its_signal_handlers(program, handler, name, size):
    expected = program.call(name, size)
    moments = []

    def note(*_):
        moments.append(time.monotonic())
        count = len(moments)  # the next signal may come during this one's handler
        # A handler may use the Runtime itself.
        assert program.call("add", count, 1) == [count + 1]

    handler(signal.SIGALRM, note)
    signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)
    end = time.monotonic() + 30
    while len(moments) < 20 and time.monotonic() < end:
        assert program.call(name, size) == expected
    assert len(moments) >= 20


def test_handlers_run_within_a_tenth_of_a_second(program, handler):
    """Of the time that this process is given."""
    late = []

    def stop(*_):
        late.append(time.monotonic() - sent)
        raise KeyboardInterrupt

    handler(signal.SIGUSR1, stop)
    for i in range(8):
        timer = threading.Timer(0.05 + 0.013 * i, os.kill, (os.getpid(), signal.SIGUSR1))
        sent = time.monotonic() + timer.interval
        timer.start()
        with pytest.raises(KeyboardInterrupt):
            program.call("loop")
        timer.join()
    assert min(late) < 0.5


def test_calls_on_other_threads_are_not_paused(program):
    """Python runs handlers on the main thread only; here it waits meanwhile, and runs them."""
    seen = []

    def run():
        with pytest.raises(EpsilonTimeoutError):
            program.call("loop", timeout_ms=500)

    thread = threading.Thread(target=run)
    former = signal.signal(signal.SIGUSR1, lambda *_: seen.append(threading.current_thread()))
    try:
        thread.start()
        time.sleep(0.1)
        os.kill(os.getpid(), signal.SIGUSR1)
        thread.join(30)
    finally:
        signal.signal(signal.SIGUSR1, former)
    assert seen == [threading.main_thread()]


def test_no_thread_is_left_when_nothing_runs():
    """The thread that keeps deadlines ends, and comes back in a forked child and for new calls."""
    code = f"""
import os, signal, threading, time
import epsilon
def tasks(): return len(os.listdir("/proc/self/task"))
runtime = epsilon.Runtime()
module = runtime.instantiate({wat(PROGRAM)!r}, imports={{"host": {{"f": abs}}}})
assert tasks() == 1, tasks()
module.call("add", 1, 2)
assert tasks() == 2, tasks()
child = os.fork()
def handler(*_): raise KeyboardInterrupt
signal.signal(signal.SIGALRM, handler)
if child == 0:
    signal.setitimer(signal.ITIMER_REAL, 0.1)
try:
    if child == 0: module.call("loop")
    os.waitpid(child, 0)
except KeyboardInterrupt:
    os._exit(3)
end = time.monotonic() + 30
while tasks() > 1 and time.monotonic() < end: time.sleep(0.1)
assert tasks() == 1, tasks()
signal.setitimer(signal.ITIMER_REAL, 0.1)
try: module.call("loop")
except KeyboardInterrupt: print("interrupted")
child = os.fork()
if child == 0:
    signal.setitimer(signal.ITIMER_REAL, 0.1)
    try: module.call("loop")
    except KeyboardInterrupt: os._exit(7)
print(os.waitpid(child, 0)[1] >> 8)
"""
    done = subprocess.run(
        # From 3.12 on Python warns of fork() where there are threads.
        [sys.executable, "-W", "ignore::DeprecationWarning", "-c", code],
        capture_output=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.stderr.decode() == ""
    assert done.stdout.decode() == "interrupted\n7\n"
