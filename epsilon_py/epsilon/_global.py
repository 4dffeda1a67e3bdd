# SPDX-License-Identifier: Apache-2.0
"""Global: one value that programs share."""

from typing import Any, List

from epsilon._errors import raise_error
from epsilon._extern import Extern, read_value
from epsilon._func import write_value
from epsilon._native import ffi, lib
from epsilon._store import RUNTIME_CLOSED, Store, counted, give_up_all, own
from epsilon._types import GlobalType
from epsilon._values import TYPES, BadValue, ValueType, value_type_named


@counted("_store")
class Global(Extern):
    """A global: of a Runtime (`runtime.global_("i32", 5)`) or what a module exports."""

    __slots__ = ("_content", "_mutable", "_place")

    def __init__(
        self,
        store: Store,
        handle: Any,
        closed_message: str = RUNTIME_CLOSED,
        name: str = "",
    ) -> None:
        self._content = TYPES[int(lib.epsilon_global_content(handle))]
        self._mutable = bool(lib.epsilon_global_mutable(handle))
        self._place = _place(self._content, name)
        super().__init__(store, handle, int(lib.epsilon_global_id(handle)), closed_message)

    @property
    def type(self) -> GlobalType:
        """The global's type."""
        self._open()
        return GlobalType(self._content.name, self._mutable)

    @property
    def value(self) -> Any:
        """The value: by the global's type an int, float, bytes or object. Can be set if the global
        is mutable; the value is converted by its type."""
        return self.get()

    @value.setter
    def value(self, value: Any) -> None:
        self.set(value)

    def get(self) -> Any:
        """The value."""

        def read(cell: Any) -> Any:
            return lib.epsilon_global_get(self._open(), cell)

        return read_value(read, self._content, self._store)

    def set(self, value: Any) -> None:
        """Sets the value of a mutable global."""
        cell = ffi.new("epsilon_value_t *")
        keep: List[Any] = []
        self._open()
        try:
            _encode(cell, self._content, value, self._store, keep, self._place)
            error = lib.epsilon_global_set(self._open(), cell)
        finally:
            give_up_all(keep)
        if error:
            raise_error(error)

    def __repr__(self) -> str:
        return self._show(str(GlobalType(self._content.name, self._mutable)))


def _place(content: ValueType, name: str = "") -> str:
    return f"global {name} ({content.name})" if name else f"global ({content.name})"


def _encode(
    cell: Any, content: ValueType, value: Any, store: Store, keep: List[Any], place: str
) -> None:
    try:
        write_value(cell, 0, content, value, store, keep)
    except BadValue as bad:
        raise bad.at(place) from None


def new_global(store: Store, name: object, value: Any, mutable: object) -> Global:
    """A global of the store's own, with a type of this name."""
    content = value_type_named(name, "type")
    store.check_open()
    cell = ffi.new("epsilon_value_t *")
    out = ffi.new("epsilon_global_t **")
    keep: List[Any] = []
    try:
        _encode(cell, content, value, store, keep, _place(content))
        store.check_open()  # the value's methods may have closed it
        error = lib.epsilon_global_new(store.handle, content.code, bool(mutable), cell, out)
    finally:
        give_up_all(keep)
    if error:
        raise_error(error)
    return Global(store, own(out[0], lib.epsilon_global_delete))
