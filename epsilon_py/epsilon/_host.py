# SPDX-License-Identifier: Apache-2.0
"""Python callables as functions of WebAssembly."""

from typing import Any, Callable, List, Optional, Sequence, Tuple

from epsilon._errors import (
    CALLBACK_FAILED,
    EpsilonUsageError,
    UsageTypeError,
    error_of_exception,
    raise_error,
)
from epsilon._func import read_values, write_value
from epsilon._native import ffi, lib
from epsilon._objects import finalizers, immortal, object_of
from epsilon._store import Store, give_up_all, own
from epsilon._values import BadValue, ValueType


class HostFunction:
    """A callable with the type that WebAssembly sees. Lives in the Runtime's table of objects."""

    __slots__ = ("function", "keep", "members", "name", "params", "results", "store")

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
        # Where the parameters are stored, if all of them are numbers.
        self.members: Optional[Tuple[Tuple[int, str], ...]] = None
        if all(t.exact is not None for t in params):
            self.members = tuple((i, t.member) for i, t in enumerate(params))
        # The references it returned last: the library reads them after the callback has ended.
        self.keep: List[Any] = []

    def call(self, args: Any, results: Any) -> None:
        store = self.store
        store.check_open()
        if self.members is None:
            given = read_values(args, self.params, store)
        else:
            given = [getattr(args[i], member) for i, member in self.members]
        value = self.function(*given)
        wanted = len(self.results)
        values: Sequence[Any]
        if wanted == 1:
            value_type = self.results[0]
            if type(value) is value_type.exact:
                try:
                    setattr(results[0], value_type.member, value)
                    return
                except OverflowError:  # an integer of the unsigned range, or too large
                    pass
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
                write_value(results, i, value_type, values[i], store, keep)
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


def _call(env: Any, caller: Any, args: Any, nargs: int, results: Any, nresults: int) -> Any:
    try:
        try:
            host: Any = object_of(env)
        except KeyError:
            raise EpsilonUsageError("Runtime is closed") from None
        host.call(args, results)
    except BaseException as exception:  # any: it comes out of the outer call
        return error_of_exception(exception, finalizers().error_deleted)
    return ffi.NULL


def _on_error(kind: Any, exception: BaseException, traceback: Any) -> Any:
    """An exception that arose outside of _call's try, such as KeyboardInterrupt."""
    return error_of_exception(exception, finalizers().error_deleted)


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
        _callback = immortal(
            ffi.callback("epsilon_func_callback_t", _call, error=CALLBACK_FAILED, onerror=_on_error)
        )
    host = HostFunction(store, function, name, params, results)
    out = ffi.new("epsilon_func_t **")
    error = lib.epsilon_func_new(
        store.handle,
        [t.code for t in params], len(params),
        [t.code for t in results], len(results),
        _callback,
        store.objects.add(host),
        finalizers().object_unreachable,
        out,
    )  # fmt: skip
    if error:
        raise_error(error)
    return own(out[0], lib.epsilon_func_delete)
