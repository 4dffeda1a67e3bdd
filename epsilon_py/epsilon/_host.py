# SPDX-License-Identifier: Apache-2.0
"""Python callables as functions of WebAssembly.

The library calls one callback for all of them, with the number of the function and the address of
an array for arguments and results: two integers, because everything else costs time at each call.
"""

import weakref
from struct import Struct
from struct import error as StructError
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

from epsilon._errors import (
    CALLBACK_FAILED,
    EpsilonUsageError,
    UsageTypeError,
    error_of_exception,
    raise_error,
)
from epsilon._func import layout, read_values, write_value
from epsilon._native import ffi, lib
from epsilon._objects import finalizers, immortal
from epsilon._store import Store, give_up_all, own
from epsilon._values import V128_SIZE, BadValue, ValueType

_MOST_ARRAYS = 256
_MOST_VALUES = 8


class HostFunction:
    """A callable with the type that WebAssembly sees. Lives in the Runtime's table of objects."""

    __slots__ = (
        "__weakref__", "exact", "function", "keep", "name", "pack", "params", "results", "store",
        "unpack",
    )  # fmt: skip

    def __init__(
        self,
        store: Store,
        function: Callable[..., Any],
        name: str,
        params: Tuple[ValueType, ...],
        results: Tuple[ValueType, ...],
    ) -> None:
        self.store = store
        self.function = function
        self.name = name
        self.params = params
        self.results = results
        # Reads the arguments, if all of them are numbers, and few.
        self.unpack: Optional[Callable[[Any], Tuple[Any, ...]]] = None
        if len(params) <= _MOST_VALUES and all(t.exact is not None for t in params):
            self.unpack = layout(params).unpack_from
        # What is returned as it mostly is: nothing, or one number of just this class.
        self.exact: Optional[type] = None
        self.pack: Callable[..., None] = Struct("").pack_into
        if not results:
            self.exact = type(None)
        elif len(results) == 1:
            self.exact = results[0].exact
            self.pack = layout(results).pack_into
        # The references it returned last: the library reads them after the callback has ended.
        self.keep: List[Any] = []

    def store_results(self, cells: Any, value: object) -> None:
        """Stores what the callable has returned, whatever it is, or says what is wrong."""
        wanted = len(self.results)
        values: Sequence[Any]
        if wanted == 1:
            values = (value,)
        elif wanted == 0:
            if value is not None:
                raise self._count_error(value)
            return
        elif isinstance(value, (tuple, list)) and len(value) == wanted:
            values = value
        else:
            raise self._count_error(value)
        keep: List[Any] = []
        for i, value_type in enumerate(self.results):
            try:
                write_value(cells, i, value_type, values[i], self.store, keep)
            except BadValue as bad:
                raise bad.at(f"{self.name}: result {i} ({value_type.name})") from None
        give_up_all(self.keep)
        self.keep = keep

    def _count_error(self, value: object) -> EpsilonUsageError:
        types = ", ".join(t.name for t in self.results)
        wanted = f"a tuple of {len(self.results)} ({types})" if types else "None"
        if isinstance(value, (tuple, list)):
            got = f"{type(value).__name__} of {len(value)}"
        else:
            got = type(value).__name__
        return UsageTypeError(
            f"{self.name}: a host function of its type must return {wanted}, not {got}"
        )


class _Hosts(Dict[int, "Callable[[], Optional[HostFunction]]"]):
    """Weak references, by the numbers that the library knows the functions by. The Runtime's table
    keeps the functions."""

    def __missing__(self, number: int) -> Callable[[], Optional[HostFunction]]:
        return lambda: None


class _Arrays(Dict[int, Any]):
    """Arrays of the library's as bytes, by their addresses: there are few, and making one takes as
    long as everything else. Each is only looked at while the library lends the array, and as far
    as the array goes."""

    def __missing__(self, address: int) -> Any:
        if len(self) >= _MOST_ARRAYS:
            self.clear()
        array = self[address] = ffi.buffer(ffi.cast("char *", address), _MOST_VALUES * V128_SIZE)
        return array


_hosts = _Hosts()
_arrays = _Arrays()


def _call(number: int, address: int) -> int:
    try:
        host = _hosts[number]()
        if host is None or host.store.closed:
            raise EpsilonUsageError("Runtime is closed")
        unpack = host.unpack
        if unpack is not None:
            value = host.function(*unpack(_arrays[address]))
        else:
            cells = ffi.cast("epsilon_value_t *", address)
            value = host.function(*read_values(cells, host.params, host.store))
        if type(value) is host.exact:
            if value is None:
                return 0
            try:
                host.pack(_arrays[address], 0, value)
                return 0
            except (StructError, OverflowError):
                pass  # an integer of the unsigned range, a float beyond f32's, or too large
        host.store_results(ffi.cast("epsilon_value_t *", address), value)
    except BaseException as exception:  # any: it comes out of the outer call
        return int(ffi.cast("uintptr_t", error_of_exception(exception, finalizers().error_deleted)))
    return 0


def _on_error(kind: Any, exception: BaseException, traceback: Any) -> int:
    """An exception that arose outside of _call's try, such as KeyboardInterrupt."""
    return int(ffi.cast("uintptr_t", error_of_exception(exception, finalizers().error_deleted)))


_callback: Optional[Any] = None


def host_func(
    store: Store,
    function: Callable[..., Any],
    name: str,
    params: Tuple[ValueType, ...],
    results: Tuple[ValueType, ...],
) -> Any:
    """A handle of a function that calls `function`, which stays in the Runtime's table until no
    program can reach it."""
    global _callback
    if _callback is None:
        # The type epsilon_func_callback_in_place_t, with addresses as integers.
        made = ffi.callback(
            "uintptr_t(uintptr_t, uintptr_t)",
            _call,
            error=int(ffi.cast("uintptr_t", CALLBACK_FAILED)),
            onerror=_on_error,
        )
        _callback = ffi.cast("epsilon_func_callback_in_place_t", immortal(made))
    host = HostFunction(store, function, name, params, results)
    data = store.objects.add(host)
    number = int(ffi.cast("uintptr_t", data))
    forget = _hosts.pop  # bound now: module globals may be gone when it runs
    _hosts[number] = weakref.ref(host, lambda _: forget(number, None))
    out = ffi.new("epsilon_func_t **")
    error = lib.epsilon_func_new_in_place(
        store.handle,
        [t.code for t in params], len(params),
        [t.code for t in results], len(results),
        _callback,
        data,
        finalizers().object_unreachable,
        out,
    )  # fmt: skip
    if error:
        raise_error(error)
    return own(out[0], lib.epsilon_func_delete)
