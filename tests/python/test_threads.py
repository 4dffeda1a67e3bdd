# SPDX-License-Identifier: Apache-2.0
"""Closing from everywhere while a call goes on, and the ends of threads.

More about one thread at a time is in test_lifetime.py and tests/capi/threads.c.

Closing during a call is deferred: the call goes on until it ends by itself or asks the host.
"""

import gc
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
import weakref

import pytest
from epsilon import EpsilonUsageError, Runtime
from wat import wat

MODULE = wat(
    """
    (import "env" "f" (func $f))
    (memory (export "memory") 1)
    (func (export "host") (result i32) (call $f) (i32.const 5))
    (func (export "host_twice") (call $f) (call $f))
    (func (export "loop") (loop $l (br $l)))
    (func (export "hold") (param externref) (result i32)
      (call $f) (ref.is_null (local.get 0)))
    """
)


class World:
    """A Runtime with a module whose host function does what `host` says."""

    def __init__(self):
        self.runtime = Runtime()
        self.module = self.runtime.instantiate(MODULE, imports={"env": {"f": lambda: self.host()}})
        self.host = lambda: None


def by_itself(close):
    close()


def on_another_thread(close):
    thread = threading.Thread(target=close)
    thread.start()
    thread.join(30)
    assert not thread.is_alive()


def in_a_finaliser(close):
    class Dying:
        def __del__(self):
            close()

    Dying()
    gc.collect()


def in_a_cycle(close):
    class Dying:
        def __del__(self):
            close()

    dying = Dying()
    dying.me = dying
    del dying
    gc.collect()


def in_a_weakref_callback(close):
    class Dying:
        pass

    dying = Dying()
    kept = weakref.ref(dying, lambda _: close())
    del dying
    gc.collect()
    assert kept() is None


def in_a_signal_handler(close):
    handled = []

    def handle(number, frame):
        close()
        handled.append(number)

    before = signal.signal(signal.SIGALRM, handle)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.01)
        end = time.monotonic() + 30
        while not handled and time.monotonic() < end:
            pass
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert handled


PLACES = [by_itself, on_another_thread, in_a_finaliser, in_a_cycle, in_a_weakref_callback,
          in_a_signal_handler]  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("what", ["module", "runtime"])
def test_closing_during_a_call(place, what):
    world = World()
    world.host = lambda: place(getattr(world, what).close)
    # The call goes on to its end, with all it needs.
    assert world.module.call("host") == [5]
    for _ in range(2):
        with pytest.raises(EpsilonUsageError, match="^Module is closed$"):
            world.module.call("host")
    world.module.close()
    world.runtime.close()


@pytest.mark.parametrize("place", PLACES)
def test_a_closed_runtime_calls_no_host_function(place):
    world = World()
    calls = []

    def host():
        calls.append(1)
        place(world.runtime.close)

    world.host = host
    with pytest.raises(EpsilonUsageError, match="^Runtime is closed(?m:$)"):
        world.module.call("host_twice")
    assert calls == [1]


@pytest.mark.parametrize("place", PLACES)
def test_what_a_closed_call_holds_lives_to_its_end(place):
    class Thing:
        pass

    def use():
        world = World()

        def host():
            place(world.runtime.close)
            gc.collect()

        world.host = host
        thing = Thing()
        assert world.module.call("hold", thing) == [0]
        return weakref.ref(thing)

    reference = use()
    gc.collect()
    assert reference() is None


def test_dropping_instead_of_closing():
    """The last references die in the host function."""
    box = []

    def host():
        box.clear()
        gc.collect()

    module = Runtime().instantiate(MODULE, imports={"env": {"f": host}})
    box.append(module)
    call = module.call
    del module
    assert call("host") == [5]


def test_closing_all_from_all_threads():
    """Five threads close what one uses; each call either works or says why not."""
    for _ in range(20):
        world = World()
        start = threading.Barrier(6)

        def close(world=world, start=start):
            start.wait(30)
            world.module.close()
            world.runtime.close()

        threads = [threading.Thread(target=close) for _ in range(5)]
        for thread in threads:
            thread.start()
        start.wait(30)
        try:
            end = time.monotonic() + 30
            while time.monotonic() < end:
                assert world.module.call("host") == [5]
        except EpsilonUsageError as error:
            assert str(error) in ("Module is closed", "Runtime is closed")  # noqa: PT017
        else:
            pytest.fail("never closed")
        for thread in threads:
            thread.join(30)


def test_a_busy_runtime_refuses_every_use_by_other_threads():
    world = World()
    refused = []
    uses = {
        "call": lambda: world.module.call("host"),
        "call_typed": lambda: world.module.call_typed("host", []),
        "read_memory": lambda: world.module.read_memory(0, 1),
        "write_memory": lambda: world.module.write_memory(0, b"1"),
        "grow_memory": lambda: world.module.grow_memory(1),
        "instantiate": lambda: world.runtime.instantiate(wat('(func (export "x"))')),
    }
    assert world.module.read_memory(0, 1) == b"\0"

    def use():
        for name, function in uses.items():
            try:
                function()
            except EpsilonUsageError as error:
                refused.append((name, str(error)))

    def host():
        on_another_thread(use)

    world.host = host
    assert world.module.call("host") == [5]
    assert refused == [(name, "the runtime is in use by another thread") for name in uses]
    assert world.module.read_memory(0, 1) == b"\0"
    world.host = lambda: None
    use()  # afterwards all of it works
    assert len(refused) == len(uses)
    world.runtime.close()


def test_threads_that_take_turns():
    """A runtime belongs to no thread: whoever comes when it is idle may use it."""
    world = World()
    turn = threading.Lock()
    results = []

    def use():
        for _ in range(50):
            with turn:
                results.append(world.module.call("host"))

    threads = [threading.Thread(target=use) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert results == [[5]] * 200
    world.runtime.close()


def run(code):
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        capture_output=True, timeout=60, check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
    )  # fmt: skip
    return done.returncode, done.stdout.decode(), done.stderr.decode()


@pytest.mark.parametrize("host", ["lambda: None", "lambda: time.sleep(0.001)"])
def test_daemon_threads_between_python_and_webassembly_at_the_end_of_the_interpreter(host):
    """Python ends such threads when they come back to it, which must not unwind WebAssembly's
    frames. Guard: call_embedder in libepsilon/base/embedder.h."""
    code = f"""
    import threading, time
    import epsilon
    loop = {wat('(import "env" "f" (func $f)) (func (export "loop") (loop $l (call $f) (br $l)))')}
    def work():
        imports = {{"env": {{"f": {host}}}}}
        epsilon.Runtime().instantiate(loop, imports=imports).call("loop")
    for _ in range(3):
        threading.Thread(target=work, daemon=True).start()
    time.sleep(0.2)
    print("end")
    """
    status, output, _ = run(code)
    # What the other threads may still report about closed runtimes is not the point.
    assert (status, output) == (0, "end\n")
