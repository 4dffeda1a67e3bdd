# SPDX-License-Identifier: Apache-2.0
"""Calls that an event loop waits for.

Each runs on a thread of its own, for as long as it runs; those of one Runtime run one after the
other. Cancelling the task stops the program, and is only done when the program has stopped.
"""

import asyncio
import atexit
import contextlib
import contextvars
import threading
import time
from collections import deque
from typing import Any, Callable, Deque, Optional, Set, Tuple, TypeVar

from epsilon._errors import EpsilonInterruptedError, EpsilonUsageError
from epsilon._interrupt import InterruptHandle
from epsilon._store import RUNTIME_CLOSED, Store

T = TypeVar("T")

# How long to wait before the next interrupt, in seconds. One is enough, unless it came before the
# program had begun.
_FIRST_DELAY = 0.001
_LONGEST_DELAY = 0.05
# For how long the interpreter's end waits for programs, whose host functions may block.
_PATIENCE_AT_EXIT = 5.0

_running: "Set[_Work]" = set()


def _resolve(future: "asyncio.Future[None]") -> None:
    if not future.done():
        future.set_result(None)


class CallQueue:
    """The asynchronous calls of one Runtime, of any event loops, in the order of their coming."""

    def __init__(self, store: Store) -> None:
        self.interrupt = InterruptHandle(store)
        self.work: Optional[_Work] = None
        self._lock = threading.Lock()
        self._busy = False
        self._waiting: Deque[Tuple[asyncio.AbstractEventLoop, asyncio.Future[None]]] = deque()

    async def enter(self) -> None:
        """Waits for its turn."""
        loop = asyncio.get_running_loop()
        with self._lock:
            if not self._busy:
                self._busy = True
                return
            turn = (loop, loop.create_future())
            self._waiting.append(turn)
        try:
            await turn[1]
        except BaseException:  # cancelled, or the coroutine is being closed
            with self._lock:
                waiting = turn in self._waiting
                if waiting:
                    self._waiting.remove(turn)
            if not waiting:  # its turn had come
                self.leave()
            raise

    def leave(self) -> None:
        """Gives the turn to the next; any thread."""
        while True:
            with self._lock:
                if not self._waiting:
                    self._busy = False
                    return
                loop, future = self._waiting.popleft()
            try:
                loop.call_soon_threadsafe(_resolve, future)
                return
            except RuntimeError:  # the loop is closed
                continue


class _Work:
    """One call on its thread."""

    def __init__(self, queue: CallQueue, call: Callable[[], Any]) -> None:
        self._queue = queue
        self._call = call
        self._loop = asyncio.get_running_loop()
        self._future: asyncio.Future[None] = self._loop.create_future()
        self._has_woken = False  # the loop knows that it has finished
        self._lock = threading.Lock()
        self._stopping = False
        self._finished = False
        self._closed_message = ""
        self._value: Any = None
        self._exception: Optional[BaseException] = None
        context = contextvars.copy_context()
        self.thread = threading.Thread(
            target=context.run, args=(self._run,), name="epsilon call", daemon=True
        )

    def start(self) -> None:
        self._queue.work = self
        _running.add(self)
        try:
            self.thread.start()
        except BaseException:
            self._queue.work = None
            _running.discard(self)
            raise

    # ---- on its thread ---------------------------------------------------------------------

    def _run(self) -> None:
        try:
            if not self._stopping:
                self._value = self._call()
        except BaseException as exception:  # any: it comes out of the await
            self._exception = exception
        finally:
            with self._lock:
                self._finished = True
            self._queue.work = None
            _running.discard(self)
            self._queue.leave()
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits
                self._loop.call_soon_threadsafe(self._wake)

    # ---- on the loop's ---------------------------------------------------------------------

    def _wake(self) -> None:
        self._has_woken = True
        _resolve(self._future)

    async def wait(self) -> None:
        try:
            await self._future
        except asyncio.CancelledError:
            await self._wait_until_stopped()
            raise
        except BaseException:  # the coroutine is being closed: it can't wait
            self.stop_soon()
            raise

    async def _wait_until_stopped(self) -> None:
        delay = _FIRST_DELAY
        while not self._has_woken:
            self.stop()
            self._future = self._loop.create_future()
            timer = self._loop.call_later(delay, _resolve, self._future)
            try:
                await self._future
            except asyncio.CancelledError:  # it is being cancelled already
                pass
            except BaseException:
                self.stop_soon()
                raise
            finally:
                timer.cancel()
            delay = min(2 * delay, _LONGEST_DELAY)

    def result(self) -> Any:
        exception, self._exception = self._exception, None
        if exception is None:
            return self._value
        try:
            if self._closed_message and isinstance(exception, EpsilonInterruptedError):
                raise EpsilonUsageError(self._closed_message) from exception
            raise exception
        finally:
            del exception  # the traceback refers to this frame: no cycle

    # ---- on any thread ---------------------------------------------------------------------

    def stop(self) -> bool:
        """Stops the program, unless it has not begun: to be repeated until it has finished, which
        this tells."""
        with self._lock:  # no other call of the Runtime begins meanwhile
            self._stopping = True
            if not self._finished:
                self._queue.interrupt.interrupt()
            return self._finished

    def stop_until(self, end: float = float("inf")) -> None:
        delay = _FIRST_DELAY
        while not self.stop() and time.monotonic() < end:
            time.sleep(delay)
            delay = min(2 * delay, _LONGEST_DELAY)

    def stop_soon(self, closed_message: str = "") -> None:
        """Stops the program without waiting for it. The message is what its caller is told."""
        self._closed_message = self._closed_message or closed_message
        if self.stop():
            return
        with contextlib.suppress(RuntimeError):  # the interpreter is ending: see _stop_all
            threading.Thread(target=self.stop_until, name="epsilon stop", daemon=True).start()


async def run(store: Store, call: Callable[[], T]) -> T:
    """What `call` gives, on another thread, when no other asynchronous call of the store runs."""
    queue = queue_of(store)
    await queue.enter()
    try:
        store.check_open()
        work = _Work(queue, call)
        work.start()
    except BaseException:
        queue.leave()
        raise
    await work.wait()
    result: T = work.result()
    return result


_make_queue = threading.Lock()


def queue_of(store: Store) -> CallQueue:
    queue = store.async_calls
    if queue is None:
        with _make_queue:
            queue = store.async_calls
            if queue is None:
                store.check_open()
                queue = store.async_calls = CallQueue(store)
    assert isinstance(queue, CallQueue)
    return queue


def stop_all_of(store: Store) -> None:
    """The store is closed: its call ends, and those that wait find it closed."""
    queue, store.async_calls = store.async_calls, None
    work = None if queue is None else queue.work
    if work is not None:
        work.stop_soon(RUNTIME_CLOSED)


def _stop_all() -> None:
    """At the interpreter's end, while its threads can still run."""
    end = time.monotonic() + _PATIENCE_AT_EXIT
    for work in list(_running):
        work.stop_until(end)
        work.thread.join(max(0.0, end - time.monotonic()))


atexit.register(_stop_all)
