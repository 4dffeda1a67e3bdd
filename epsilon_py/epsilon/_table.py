# SPDX-License-Identifier: Apache-2.0
"""Table: functions, or any objects, that programs refer to by number."""

from typing import Any, Iterator, List, SupportsIndex

from epsilon._errors import UsageIndexError, UsageTypeError, UsageValueError, raise_error
from epsilon._extern import Extern, read_value, subscript
from epsilon._func import write_value
from epsilon._native import ffi, lib
from epsilon._store import RUNTIME_CLOSED, Store, counted, give_up_all, own
from epsilon._types import TableType, maximum_of
from epsilon._values import TYPES, BadValue, ValueType, integer, show_int, uint64


@counted("_store")
class Table(Extern):
    """A table: of a Runtime (`runtime.table("funcref", 10)`) or what a module exports.

    Elements are a Func or None, or with "externref" any object; None is null. `table[i]` and
    `table[i] = value` follow Python's rules for sequences, negative indices included.
    """

    __slots__ = ("_element",)

    def __init__(self, store: Store, handle: Any, closed_message: str = RUNTIME_CLOSED) -> None:
        self._element = TYPES[int(lib.epsilon_table_element(handle))]
        super().__init__(store, handle, int(lib.epsilon_table_id(handle)), closed_message)

    @property
    def type(self) -> TableType:
        """The table's type; its minimum is the size that the table has now."""
        handle = self._open()
        size = int(lib.epsilon_table_size(handle))
        return TableType(self._element.name, size, maximum_of(lib.epsilon_table_maximum, handle))

    @property
    def size(self) -> int:
        """How many elements the table has; len() gives the same."""
        return int(lib.epsilon_table_size(self._open()))

    def __len__(self) -> int:
        return self.size

    def __bool__(self) -> bool:
        """Always true: an empty table is one."""
        return True

    def get(self, index: SupportsIndex) -> Any:
        """The element at `index`, counted from 0."""
        return self._get(self._checked(integer(index, "index")))

    def set(self, index: SupportsIndex, value: Any) -> None:
        """Sets the element at `index`, counted from 0."""
        self._set(self._checked(integer(index, "index")), value)

    def grow(self, delta: SupportsIndex, init: Any = None) -> int:
        """Adds elements, each `init`; gives the size before. Growth beyond the table's maximum or
        a cap raises EpsilonLimitError; where the system has no memory, EpsilonNoMemoryError."""
        count = uint64(delta, "delta")
        cell = ffi.new("epsilon_value_t *")
        previous = ffi.new("uint64_t *")
        keep: List[Any] = []
        self._open()
        try:
            _encode(cell, self._element, init, self._store, keep)
            error = lib.epsilon_table_grow(self._open(), count, cell[0].ref, previous)
        finally:
            give_up_all(keep)
        if error:
            raise_error(error)
        return int(previous[0])

    def __getitem__(self, index: SupportsIndex) -> Any:
        return self._get(self._subscript(index))

    def __setitem__(self, index: SupportsIndex, value: Any) -> None:
        self._set(self._subscript(index), value)

    def __iter__(self) -> Iterator[Any]:
        """The elements; those that are added meanwhile too."""
        index = 0
        while index < self.size:
            yield self._get(index)
            index += 1

    def __repr__(self) -> str:
        handle = self._handle
        if not handle:
            return self._show("")
        maximum = maximum_of(lib.epsilon_table_maximum, handle)
        most = "" if maximum is None else f", at most {maximum}"
        return self._show(f"of {int(lib.epsilon_table_size(handle))} {self._element.name}{most}")

    # ---- inside ----------------------------------------------------------------------------

    def _get(self, index: int) -> Any:
        def read(cell: Any) -> Any:
            return lib.epsilon_table_get(self._open(), index, ffi.cast("uint64_t *", cell))

        return read_value(read, self._element, self._store)

    def _set(self, index: int, value: Any) -> None:
        cell = ffi.new("epsilon_value_t *")
        keep: List[Any] = []
        try:
            _encode(cell, self._element, value, self._store, keep)
            error = lib.epsilon_table_set(self._open(), index, cell[0].ref)
        finally:
            give_up_all(keep)
        if error:
            raise_error(error)

    def _checked(self, index: int) -> int:
        size = self.size
        if not 0 <= index < size:
            raise UsageValueError(_outside(index, size))
        return index

    def _subscript(self, index: SupportsIndex) -> int:
        given = subscript(index, "table indices must be integers")
        size = self.size
        position = given + size if given < 0 else given
        if not 0 <= position < size:
            raise UsageIndexError(_outside(given, size))
        return position


def _outside(index: int, size: int) -> str:
    return (
        f"out of bounds table access: index {show_int(index)}, "
        f"the table has {size} element{'' if size == 1 else 's'}"
    )


def _encode(cell: Any, element: ValueType, value: Any, store: Store, keep: List[Any]) -> None:
    store.check_open()
    try:
        write_value(cell, 0, element, value, store, keep)
    except BadValue as bad:
        raise bad.at(f"table element ({element.name})") from None


def new_table(store: Store, element: object, minimum: Any, maximum: Any, init: Any) -> Table:
    """A table of the store's own."""
    references = {t.name: t for t in TYPES.values() if t.encode is None}
    if not isinstance(element, str):
        raise UsageTypeError(f"element must be str, not {type(element).__name__}")
    if element not in references:
        raise UsageValueError(
            f"element must be {' or '.join(map(repr, references))}, not {element!r}"
        )
    element_type = references[element]
    least = uint64(minimum, "minimum")
    most = 0 if maximum is None else uint64(maximum, "maximum")
    cell = ffi.new("epsilon_value_t *")
    out = ffi.new("epsilon_table_t **")
    keep: List[Any] = []
    try:
        _encode(cell, element_type, init, store, keep)
        error = lib.epsilon_table_new(
            store.handle, element_type.code, least, maximum is not None, most, cell[0].ref, out
        )
    finally:
        give_up_all(keep)
    if error:
        raise_error(error)
    return Table(store, own(out[0], lib.epsilon_table_delete))
