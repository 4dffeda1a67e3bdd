# SPDX-License-Identifier: Apache-2.0
"""The way into a function whose parameters and results are all numbers.

It is written out once for each shape: `*args`, and asking at each call how many results there are,
would cost a third of the call's time. There are two forms. Where all are integers, as they mostly
are, they are passed in the foreign call itself. Otherwise they are written to the array of a
prepared call, which is taken out of the function's free list for as long as the call lasts.
"""

from struct import error as StructError
from typing import Any, Callable, Dict, Optional, Sequence, Tuple

from epsilon._native import ffi, lib
from epsilon._store import REFERENCE_COUNTED
from epsilon._values import ValueType

MISSING: Any = object()
"""What stands for a parameter that was not given."""

_INTEGERS = ("i32", "i64")
_MOST_INTEGERS = 4
_MOST_NUMBERS = 8

# The library returns what no i32 can be: an error, by its address, or that an argument is too big.
_FIRST_ERROR = 1 << 62
_OUT_OF_RANGE = (1 << 63) - 1
# CPython compares integers of up to 30 bits at once.
_SMALL = (1 << 30) - 1

_OF_INTEGERS = """
def __call__(self{with_defaults}, *rest, timeout_ms=None, fuel=None):
    if {are_ints}not rest and timeout_ms is None and fuel is None:
        try:
            value = run_ints(self._call, {listed})
        except OverflowError:  # more than 63 bits
            pass
        else:
            if value <= SMALL or value < FIRST_ERROR:
                return {result}
            if value != OUT_OF_RANGE:
                error = own(cast(ERROR, value - FIRST_ERROR), delete)
                try:
                    self._failed(error)
                finally:
                    del error
    return self._call_any(({listed}*rest,), timeout_ms, fuel)
"""

_OF_NUMBERS = """
def __call__(self{with_defaults}, *rest, timeout_ms=None, fuel=None):
    if rest or timeout_ms is not None or fuel is not None:
        return self._call_any(({listed}*rest,), timeout_ms, fuel)
    try:
        buffer = call, memory = self._free.pop()
    except IndexError:
        buffer = call, memory = self._new_buffer()
    try:
        self._pack(memory, 0, {listed})
    except NOT_PLAIN:
        self._free.append(buffer)
        return self._call_any(({listed}), None, None)
    error = run(call)
    if error:
        error = own(error, delete)
        try:
            self._free.append(buffer)
            self._failed(error)
        finally:
            del error
    {read}
    self._free.append(buffer)
    return {result}
"""

# An integer of the unsigned range, a float beyond f32's, a parameter too few, or something wrong.
_NOT_PLAIN = (StructError, OverflowError, TypeError)

_made: Dict[Tuple[bool, int, int], Callable[..., Any]] = {}


def takes_integers(params: Sequence[ValueType], results: Sequence[ValueType]) -> bool:
    """Whether calls go by epsilon_call_ints_N. They share one handle, which must not be deleted
    before the last of them has come back: where references are counted each call holds it."""
    return (
        REFERENCE_COUNTED
        and len(params) <= _MOST_INTEGERS
        and all(t.name in _INTEGERS for t in params)
        and [t.name for t in results] in ([], ["i32"])
    )


def call_of_numbers(
    params: Sequence[ValueType], results: Sequence[ValueType]
) -> Optional[Callable[..., Any]]:
    """A method __call__ of Func for these numbers, or None where the general one will do."""
    if len(params) > _MOST_NUMBERS:
        return None
    integers = takes_integers(params, results)
    shape = integers, len(params), min(len(results), 2)
    call = _made.get(shape)
    if call is None:
        call = _made[shape] = _write(*shape)
    return call


def _write(integers: bool, nparams: int, nresults: int) -> Any:
    names = [f"a{i}" for i in range(nparams)]
    text = {
        "with_defaults": "".join(f", {name}=MISSING" for name in names),
        "listed": "".join(f"{name}, " for name in names),
        # Not what only can be made an int: the foreign call would cut a Decimal.
        "are_ints": "".join(f"type({name}) is int and " for name in names),
        "read": ["pass", "value, = self._unpack(memory)", "value = self._unpack(memory)"][nresults],
        "result": "value" if nresults else "None",
    }
    namespace: Dict[str, Any] = {
        "MISSING": MISSING,
        # Not `own`: a function in Python may not be called any more.
        "own": ffi.gc, "cast": ffi.cast, "ERROR": ffi.typeof("epsilon_error_t *"),
        "delete": lib.epsilon_error_delete,
    }  # fmt: skip
    if integers:
        namespace["run_ints"] = getattr(lib, f"epsilon_call_ints_{nparams}")
        namespace["SMALL"] = _SMALL
        namespace["FIRST_ERROR"] = _FIRST_ERROR
        namespace["OUT_OF_RANGE"] = _OUT_OF_RANGE
    else:
        namespace["run"] = lib.epsilon_call_run
        namespace["NOT_PLAIN"] = _NOT_PLAIN
    source = (_OF_INTEGERS if integers else _OF_NUMBERS).format(**text)
    exec(compile(source, "<epsilon call>", "exec"), namespace)
    return namespace["__call__"]
