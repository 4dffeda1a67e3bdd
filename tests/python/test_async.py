# SPDX-License-Identifier: Apache-2.0
"""Calls that an event loop waits for."""

import asyncio
import contextvars
import subprocess
import sys
import threading
import time

import pytest
from epsilon import (
    EpsilonFuelError,
    EpsilonInterruptedError,
    EpsilonTimeoutError,
    EpsilonTrapError,
    EpsilonUsageError,
    Runtime,
)
from wat import wat

PROGRAM = """
(import "host" "f" (func $f (param i32) (result i32)))
(memory (export "memory") 1024)
(func (export "loop") (loop $l (br $l)))
(func (export "fill") (loop $l
  (memory.fill (i32.const 0) (i32.const 1) (i32.const 0x4000000)) (br $l)))
(func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
(func (export "host") (param i32) (result i32) (call $f (local.get 0)))
(func (export "fail") unreachable)
(func (export "self") (result funcref) (ref.func 3))
"""


@pytest.fixture
def load(runtime):
    def instantiate(host=lambda x: x):
        return runtime.instantiate(wat(PROGRAM), imports={"host": {"f": host}})

    return instantiate


def no_threads_left():
    end = time.monotonic() + 20
    while time.monotonic() < end:
        if not any(t.name.startswith("epsilon") for t in threading.enumerate()):
            return True
        time.sleep(0.005)
    return False


def run(coroutine):
    result = asyncio.run(asyncio.wait_for(coroutine, 60))
    assert no_threads_left()
    return result


def test_fuel():
    with Runtime(metering=True) as runtime:
        module = runtime.instantiate(wat('(func (export "loop") (loop (br 0)))'))

        async def main():
            with pytest.raises(EpsilonFuelError):
                await module.call_async("loop", fuel=1000)
            return runtime.last_call

        assert run(main()) == (1000, 1000)


def test_results_and_errors(load):
    module = load()

    async def main():
        assert await module.call_async("add", 5, 37) == [42]
        assert await module.call_async("add", 5, 37, timeout_ms=100_000) == [42]
        with pytest.raises(EpsilonTrapError, match="^unreachable"):
            await module.call_async("fail")
        with pytest.raises(EpsilonTimeoutError):
            await module.call_async("loop", timeout_ms=20)
        with pytest.raises(EpsilonUsageError, match='^unknown export "nothing"$'):
            await module.call_async("nothing")
        with pytest.raises(EpsilonUsageError, match="^add: expected 2 arguments"):
            await module.call_async("add", 1)
        with pytest.raises(EpsilonUsageError, match="^timeout_ms must not be negative$"):
            await module.call_async("add", 1, 2, timeout_ms=-1)
        func = module.call("self")[0]
        assert await func.call_async(20, 22) == 42

    run(main())


def test_host_functions_run_on_the_worker_with_the_callers_context(load):
    variable = contextvars.ContextVar("variable", default=0)
    seen = []

    def host(value):
        seen.append((threading.current_thread(), variable.get()))
        if value == 7:
            raise StopIteration  # which a future could not carry
        return value

    module = load(host)

    async def main():
        variable.set(5)
        assert await module.call_async("host", 1) == [1]
        with pytest.raises(RuntimeError) as caught:  # as Python has it for coroutines
            await module.call_async("host", 7)
        assert isinstance(caught.value.__cause__, StopIteration)

    run(main())
    assert [value for _, value in seen] == [5, 5]
    assert threading.main_thread() not in [thread for thread, _ in seen]


@pytest.mark.parametrize("name", ["loop", "fill"])
def test_cancelling_stops_the_program(load, name):
    module = load()

    async def main():
        for delay in (0, 0, 0.001, 0.05):
            task = asyncio.ensure_future(module.call_async(name))
            await asyncio.sleep(delay)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            # It has stopped: the Runtime is free at once.
            assert module.call("add", 5, 37) == [42]
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(module.call_async(name), 0.05)
        assert await module.call_async("add", 5, 37) == [42]

    run(main())


def test_cancellation_waits_for_the_host_function(load):
    ended = []

    def host(value):
        time.sleep(0.2)
        ended.append(value)
        return value

    module = load(host)

    async def main():
        task = asyncio.ensure_future(module.call_async("host", 5))
        await asyncio.sleep(0.05)
        for _ in range(3):  # also when it is cancelled again while it waits
            task.cancel()
            await asyncio.sleep(0.01)
        assert not task.done()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert ended == [5]
        assert module.call("add", 5, 37) == [42]

    run(main())


def test_calls_in_one_runtime_wait_their_turn(load):
    running = []
    order = []

    def host(value):
        running.append(value)
        assert len(running) == 1
        time.sleep(0.01)
        order.append(running.pop())
        return value

    first, second = load(host), load(host)

    async def main():
        tasks = [
            asyncio.ensure_future((first, second)[i % 2].call_async("host", i)) for i in range(12)
        ]
        await asyncio.sleep(0.005)
        tasks[5].cancel()  # one that waits
        tasks[7].cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        for i in (5, 7):
            assert isinstance(results.pop(i - (i == 7)), asyncio.CancelledError)
        assert results == [[i] for i in range(12) if i not in (5, 7)]

    run(main())
    assert order == [i for i in range(12) if i not in (5, 7)]


def test_runtimes_run_in_parallel():
    """Each waits in its host function until the others are in theirs."""
    barrier = threading.Barrier(4)

    def host(value):
        barrier.wait(30)
        return value

    async def main():
        runtimes = [Runtime() for _ in range(4)]
        modules = [r.instantiate(wat(PROGRAM), imports={"host": {"f": host}}) for r in runtimes]
        results = await asyncio.gather(*(m.call_async("host", i) for i, m in enumerate(modules)))
        assert results == [[i] for i in range(4)]
        for runtime in runtimes:
            runtime.close()

    run(main())


def test_event_loops_of_several_threads_share_a_runtime(load):
    module = load()
    results = []

    async def several(start):
        return [await module.call_async("add", start, i) for i in range(20)]

    def work(start):
        results.append(asyncio.run(several(start)) == [[start + i] for i in range(20)])

    threads = [threading.Thread(target=work, args=(100 * i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert results == [True] * 4
    assert no_threads_left()


def test_the_loop_runs_on_and_a_synchronous_call_is_refused(load):
    module = load()

    async def main():
        task = asyncio.ensure_future(module.call_async("loop", timeout_ms=300))
        ticks = 0
        while not task.done():
            await asyncio.sleep(0.01)
            ticks += 1
            if ticks == 3:
                with pytest.raises(EpsilonUsageError, match="^the runtime is in use by another"):
                    module.call("add", 1, 2)
        assert ticks > 3
        with pytest.raises(EpsilonTimeoutError):
            await task

    run(main())


def test_an_interrupt_comes_out_of_the_await(load, runtime):
    module = load()

    async def main():
        task = asyncio.ensure_future(module.call_async("loop"))
        while not task.done():
            await asyncio.sleep(0.01)
            runtime.interrupt()
        with pytest.raises(EpsilonInterruptedError):
            await task

    run(main())


def test_close_during_a_call(load, runtime):
    module = load()

    async def main():
        running = asyncio.ensure_future(module.call_async("loop"))
        waiting = asyncio.ensure_future(module.call_async("add", 1, 2))
        await asyncio.sleep(0.05)
        runtime.close()
        for task in (running, waiting):
            with pytest.raises(EpsilonUsageError, match="^(Runtime|Module) is closed$"):
                await task
        with pytest.raises(EpsilonUsageError, match="^Module is closed$"):
            await module.call_async("add", 1, 2)

    run(main())


def test_close_of_a_module_lets_its_call_end(load):
    ended = []

    def host(value):
        time.sleep(0.1)
        ended.append(value)
        return value

    module = load(host)

    async def main():
        running = asyncio.ensure_future(module.call_async("host", 5))
        waiting = asyncio.ensure_future(module.call_async("host", 6))
        await asyncio.sleep(0.02)
        module.close()
        assert await running == [5]
        with pytest.raises(EpsilonUsageError, match="^Module is closed$"):
            await waiting

    run(main())
    assert ended == [5]


def test_a_loop_that_ends_early_stops_its_programs(load):
    module = load()

    async def main():
        asyncio.ensure_future(module.call_async("loop"))
        asyncio.ensure_future(module.call_async("add", 1, 2))
        await asyncio.sleep(0.02)

    asyncio.run(main())
    assert no_threads_left()
    assert module.call("add", 1, 2) == [3]

    # Without asyncio.run's care: the coroutine is closed while it waits.
    loop = asyncio.new_event_loop()
    coroutine = module.call_async("loop")

    async def drive():
        coroutine.send(None)

    loop.run_until_complete(drive())
    coroutine.close()
    loop.close()
    assert no_threads_left()
    assert module.call("add", 1, 2) == [3]


def test_the_interpreters_end_stops_programs():
    code = f"""
import asyncio, threading, time
import epsilon
runtime = epsilon.Runtime()
module = runtime.instantiate({wat(PROGRAM)!r}, imports={{"host": {{"f": abs}}}})
loop = asyncio.new_event_loop()
tasks = [loop.create_task(module.call_async(n)) for n in ("loop", "fill")]
loop.run_until_complete(asyncio.sleep(0.05))
for task in tasks: task._log_destroy_pending = False
print("end")
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, timeout=60, check=False
    )  # fmt: skip
    assert done.stdout.decode() == "end\n"
    assert done.returncode == 0
