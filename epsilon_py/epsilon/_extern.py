# SPDX-License-Identifier: Apache-2.0
"""What Memory, Table and Global share: a handle that can be closed, and which object it is to."""

import functools
import operator
from types import FunctionType
from typing import Any, Callable, List, Type, TypeVar

from epsilon._errors import EpsilonUsageError, UsageTypeError, raise_error
from epsilon._func import read_values
from epsilon._native import ffi
from epsilon._store import REFERENCE_COUNTED, Owner, Store, give_up
from epsilon._values import ValueType

RUNTIME_CLOSED = "Runtime is closed"
MODULE_CLOSED = "Module is closed"

_NULL = ffi.NULL

T = TypeVar("T", bound="Extern")


class Extern(Owner):
    """An object that modules import and export. Two are equal if they are the same in the Runtime,
    such as a memory and what a module that imports it exports."""

    __slots__ = (
        "__weakref__", "_closed_message", "_dying", "_handle", "_id", "_store", "_users",
    )  # fmt: skip

    def __init__(self, store: Store, handle: Any, number: int, closed_message: str) -> None:
        self._store = store
        self._handle = handle
        # The library's number for the object, good among those that are open.
        self._id = number
        self._closed_message = closed_message
        # For `counted`: an item for each method that is running, and the handle that is to be given
        # up after the last.
        self._users: List[None] = []
        self._dying = _NULL
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
        handle = self._handle
        if handle:
            self._dying = handle
            self._handle = _NULL
        self._give_up()

    def _give_up(self) -> None:
        if not self._users:
            handle, self._dying = self._dying, _NULL
            give_up(handle)

    def _show(self, described: str) -> str:
        name = f"epsilon.{type(self).__name__}"
        return f"<{name} {described}>" if self._handle else f"<{name} (closed)>"


def counted(cls: Type[T]) -> Type[T]:
    """Where nobody counts references, closing gives a handle up at once, but not while a method
    uses it: another thread may close, and so may a signal handler or a destructor."""
    if REFERENCE_COUNTED:
        return cls
    for name, member in list(vars(cls).items()):
        if isinstance(member, FunctionType) and name not in ("__init__", "_release"):
            setattr(cls, name, _counting(member))
        elif isinstance(member, property) and member.fget is not None:
            fset = None if member.fset is None else _counting(member.fset)
            setattr(cls, name, property(_counting(member.fget), fset, doc=member.__doc__))
    return cls


def _counting(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def call(self: Extern, *args: Any, **kwargs: Any) -> Any:
        users = self._users
        users.append(None)
        try:
            return method(self, *args, **kwargs)
        finally:
            users.pop()
            if self._dying:
                self._give_up()

    return call


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
