# SPDX-License-Identifier: Apache-2.0
"""What Memory, Table and Global share: a handle that can be closed, and which object it is to."""

import operator
from typing import Any, Callable

from epsilon._errors import EpsilonUsageError, UsageTypeError, raise_error
from epsilon._func import read_values
from epsilon._native import ffi
from epsilon._store import Owner, Store
from epsilon._values import ValueType

_NULL = ffi.NULL


class Extern(Owner):
    """An object that modules import and export. Two are equal if they are the same in the Runtime,
    such as a memory and what a module that imports it exports."""

    __slots__ = (
        "__weakref__", "_closed_message", "_handle", "_id", "_store",
    )  # fmt: skip

    def __init__(self, store: Store, handle: Any, number: int, closed_message: str) -> None:
        self._store = store
        self._handle = handle
        # The library's number for the object, good among those that are open.
        self._id = number
        self._closed_message = closed_message
        store.register(self)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Extern):
            return NotImplemented
        if self is other:
            return True
        return bool(self._id == other._id and self._handle and other._handle)

    def __hash__(self) -> int:
        return hash(self._id)

    def _open(self) -> Any:
        """The handle. Whoever uses it holds it: it may be given up meanwhile."""
        handle = self._handle
        if not handle:
            raise EpsilonUsageError(self._closed_message)
        return handle

    def _check_open(self) -> None:
        self._open()

    def _release(self) -> None:
        handle, self._handle = self._handle, _NULL
        self._store.give_up(handle)

    def _show(self, described: str) -> str:
        name = f"epsilon.{type(self).__name__}"
        return f"<{name} {described}>" if self._handle else f"<{name} (closed)>"


def read_value(read: Callable[[Any], Any], value_type: ValueType, store: Store) -> Any:
    """The value that `read` makes the library store."""
    cell = ffi.new("epsilon_value_t *")
    attempts = 10
    while True:
        error = read(cell)
        if error:
            raise_error(error)
        attempts -= 1
        try:
            return read_values(cell, [value_type], store)[0]
        except EpsilonUsageError:
            # Another thread may have put something else there, and the reference be no longer good.
            if value_type.encode is not None or attempts == 0:
                raise


def subscript(index: object, rule: str) -> int:
    """An index between brackets."""
    try:
        return operator.index(index)  # type: ignore[arg-type]
    except TypeError:
        raise UsageTypeError(f"{rule}, not {type(index).__name__}") from None
