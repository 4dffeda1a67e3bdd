# SPDX-License-Identifier: Apache-2.0
"""The library's way to streams that are Python objects.

It holds a number for each; the stream itself lies in the Runtime's table of objects. The callbacks
look it up in a table of their own, which costs less.
"""

import weakref
from typing import Any, Callable, Dict, NamedTuple, Optional, Union

from epsilon._errors import CALLBACK_FAILED, check, error_of_exception
from epsilon._native import ffi, lib
from epsilon._objects import finalizers, immortal
from epsilon._store import Store, raise_closed
from epsilon._streams import InputStream, OutputStream


class _Closed:
    """What there is no more."""

    read = write = staticmethod(raise_closed)


_CLOSED: Any = _Closed()


class _Streams(Dict[int, Callable[[], Any]]):
    """Weak references, by the numbers that the library knows the streams by."""

    def __missing__(self, number: int) -> Callable[[], Any]:
        return lambda: None


_streams = _Streams()


def _read(number: int, data: Any, size: int, count: Any) -> Any:
    try:
        given = (_streams[number]() or _CLOSED).read(size)
        ffi.memmove(data, given, len(given))
        count[0] = len(given)
    except BaseException as exception:  # any: it comes out of the outer call
        return error_of_exception(exception, finalizers().error_deleted)
    return _NULL


def _write(number: int, data: Any, size: int) -> Any:
    try:
        (_streams[number]() or _CLOSED).write(_buffer(data, size)[:])
    except BaseException as exception:
        return error_of_exception(exception, finalizers().error_deleted)
    return _NULL


_NULL = ffi.NULL
_buffer = ffi.buffer


def _on_error(kind: Any, exception: BaseException, traceback: Any) -> Any:
    """An exception that arose outside of the callback's try, such as KeyboardInterrupt."""
    return error_of_exception(exception, finalizers().error_deleted)


class _Callbacks(NamedTuple):
    """C function pointers; they live as long as the process."""

    read: Any
    write: Any


_callbacks: Optional[_Callbacks] = None


def _made_callbacks() -> _Callbacks:
    """Made at the first use: machines that forbid making code at run time can do without."""
    global _callbacks
    if _callbacks is None:
        _callbacks = _Callbacks(
            _callback("size_t, size_t *", "uint8_t *", _read, "read"),
            _callback("size_t", "const uint8_t *", _write, "write"),
        )
    return _callbacks


def _callback(sizes: str, data: str, call: Callable[..., Any], name: str) -> Any:
    """The library's type, with the number as an integer."""
    made = ffi.callback(
        f"epsilon_error_t *(uintptr_t, {data}, {sizes})",
        call,
        error=CALLBACK_FAILED,
        onerror=_on_error,
    )
    return ffi.cast(f"epsilon_wasi_{name}_callback_t", immortal(made))


def register(
    store: Store, wasi: Any, number: int, stream: Union[InputStream, OutputStream]
) -> None:
    """Makes a stream of Python's a standard stream. It stays in the Runtime's table until no
    program can reach it."""
    data = store.objects.add(stream)
    key = int(ffi.cast("uintptr_t", data))
    forget = _streams.pop  # bound now: module globals may be gone when it runs
    _streams[key] = weakref.ref(stream, lambda _: forget(key, None))
    store.register(stream)
    callbacks, finalizer = _made_callbacks(), finalizers().object_unreachable
    if number == lib.EPSILON_WASI_STDIN:
        check(lib.epsilon_wasi_set_stdin_callback(wasi, callbacks.read, data, finalizer))
    else:
        check(lib.epsilon_wasi_set_output_callback(wasi, number, callbacks.write, data, finalizer))
