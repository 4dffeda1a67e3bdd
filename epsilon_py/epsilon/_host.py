# SPDX-License-Identifier: Apache-2.0
"""Python callables as functions of WebAssembly.

The library calls a callback with the number of the function and the address of an array for
arguments and results: two integers, because everything else costs time at each call. There is one
callback for all functions, and one for each common shape, written out, that takes half the time.
"""

import weakref
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

from epsilon._errors import (
    CALLBACK_FAILED,
    EpsilonUsageError,
    UsageTypeError,
    error_of_exception,
    raise_error,
)
from epsilon._func import read_values, write_value
from epsilon._native import ffi, lib
from epsilon._objects import finalizers, immortal
from epsilon._store import Owner, Store, give_up_all, own, raise_closed
from epsilon._values import V128_SIZE, BadValue, ValueType


class HostFunction(Owner):
    """A callable with the type that WebAssembly sees. Lives in the Runtime's table of objects."""

    __slots__ = ("__weakref__", "function", "keep", "name", "params", "results", "store")

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
        # The references it returned last: the library reads them after the callback has ended.
        self.keep: List[Any] = []
        store.register(self)

    def _release(self) -> None:
        """Of a closed Runtime no function is called, whoever still holds this."""
        self.function = raise_closed

    def store_results(self, address: int, value: object) -> None:
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
        cells = ffi.cast(_VALUES, address)
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


_VALUES = ffi.typeof("epsilon_value_t *")


class _Hosts(Dict[int, "Callable[[], Optional[HostFunction]]"]):
    """Weak references, by the numbers that the library knows the functions by. The Runtime's table
    keeps the functions."""

    def __missing__(self, number: int) -> Callable[[], Optional[HostFunction]]:
        return lambda: None


class _Arrays(Dict[int, Any]):
    """The library's arrays as pointers to numbers of one type, by address: there are few, and
    making one takes as long as everything else. Each is only used while the library lends the
    array, and as far as it goes."""

    def __init__(self, number: str) -> None:
        self.pointer = ffi.typeof(f"{number} *")

    def __missing__(self, address: int) -> Any:
        if len(self) >= _MOST_ARRAYS:
            self.clear()
        array = self[address] = ffi.cast(self.pointer, address)
        return array


_MOST_ARRAYS = 256
_MOST_PARAMETERS = 8
_MOST_SHAPES = 100

_hosts = _Hosts()
_ARRAYS = {
    "i32": _Arrays("int32_t"), "i64": _Arrays("int64_t"),
    "f32": _Arrays("float"), "f64": _Arrays("double"),
}  # fmt: skip
_SIZES = {"i32": 4, "i64": 8, "f32": 4, "f64": 8}


def _call(number: int, address: int) -> int:
    """The callback for functions of any type."""
    try:
        host = _hosts[number]()
        if host is None:
            raise_closed()
        else:
            cells = ffi.cast(_VALUES, address)
            value = host.function(*read_values(cells, host.params, host.store))
            host.store_results(address, value)
    except BaseException as exception:  # any: it comes out of the outer call
        return error_at(error_of_exception(exception, finalizers().error_deleted))
    return 0


def error_at(error: Any) -> int:
    """The address of an error of the library's."""
    return int(ffi.cast("uintptr_t", error))


_TEMPLATE = """
def call(number, address):
    try:
        host = hosts[number]()
        if host is None:
            raise_closed(){arrays}
        value = host.function({arguments})
        {returned}
        host.store_results(address, value)
    except BaseException as exception:
        return int(cast("uintptr_t", error_of_exception(exception, error_deleted)))
    return 0
"""

_RETURNED_NOTHING = """
        if value is None:
            return 0
"""

# What is no number of just this class, or an integer too large, is looked at more closely.
_RETURNED_NUMBER = """
        if type(value) is {number}:
            try:
                {array}[0] = value
                return 0
            except OverflowError:
                pass
"""


def _write(params: Sequence[ValueType], results: Sequence[ValueType]) -> Callable[[int, int], int]:
    """The callback for functions of numbers, with at most one result."""
    names = {t.name for t in (*params, *results)}
    arguments = (f"{t.name}[{i * V128_SIZE // _SIZES[t.name]}]" for i, t in enumerate(params))
    returned = _RETURNED_NOTHING
    if results:
        exact = results[0].exact
        assert exact is not None
        returned = _RETURNED_NUMBER.format(number=exact.__name__, array=results[0].name)
    source = _TEMPLATE.format(
        arrays="".join(f"\n        {name} = {name}s[address]" for name in sorted(names)),
        arguments=", ".join(arguments),
        returned=returned.strip(),
    )
    namespace: Dict[str, Any] = {
        "hosts": _hosts, "raise_closed": raise_closed, "cast": ffi.cast,
        "error_of_exception": error_of_exception, "error_deleted": finalizers().error_deleted,
        **{f"{name}s": arrays for name, arrays in _ARRAYS.items()},
    }  # fmt: skip
    exec(compile(source, "<epsilon callback>", "exec"), namespace)
    call: Callable[[int, int], int] = namespace["call"]
    return call


def _on_error(kind: Any, exception: BaseException, traceback: Any) -> int:
    """An exception that arose outside of the callback's try, such as KeyboardInterrupt."""
    return error_at(error_of_exception(exception, finalizers().error_deleted))


_callbacks: Dict[Any, Any] = {}


def _callback_for(params: Sequence[ValueType], results: Sequence[ValueType]) -> Any:
    """The callback for functions of this type, as the library takes it."""
    shape: Any = None
    plain = len(params) <= _MOST_PARAMETERS and len(results) <= 1
    if plain and all(t.exact is not None for t in (*params, *results)):
        shape = tuple(t.name for t in params), tuple(t.name for t in results)
        if shape not in _callbacks and len(_callbacks) >= _MOST_SHAPES:
            shape = None
    callback = _callbacks.get(shape)
    if callback is None:
        # The type epsilon_func_callback_in_place_t, with addresses as integers.
        made = ffi.callback(
            "uintptr_t(uintptr_t, uintptr_t)",
            _call if shape is None else _write(params, results),
            error=error_at(CALLBACK_FAILED),
            onerror=_on_error,
        )
        callback = ffi.cast("epsilon_func_callback_in_place_t", immortal(made))
        callback = _callbacks.setdefault(shape, callback)
    return callback


def host_func(
    store: Store,
    function: Callable[..., Any],
    name: str,
    params: Tuple[ValueType, ...],
    results: Tuple[ValueType, ...],
) -> Any:
    """A handle of a function that calls `function`, which stays in the Runtime's table until no
    program can reach it."""
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
        _callback_for(params, results),
        data,
        finalizers().object_unreachable,
        out,
    )  # fmt: skip
    if error:
        raise_error(error)
    return own(out[0], lib.epsilon_func_delete)
