# SPDX-License-Identifier: Apache-2.0
"""The types of functions, memories, tables and globals, and what modules import and export."""

from typing import Any, Callable, NamedTuple, Optional, Tuple, Union

from epsilon._native import c_string, ffi, lib


class FuncType(NamedTuple):
    """The type of a function: the names of its value types, such as "i32"."""

    params: Tuple[str, ...]
    results: Tuple[str, ...]

    def __str__(self) -> str:
        """As the specification writes it: [i32 i32] -> [i32]"""
        return f"[{' '.join(self.params)}] -> [{' '.join(self.results)}]"


class MemoryType(NamedTuple):
    """The type of a memory, in pages of 65536 bytes."""

    minimum: int
    maximum: Optional[int]
    """None if none is declared."""

    def __str__(self) -> str:
        return _limits(self.minimum, self.maximum)


class TableType(NamedTuple):
    """The type of a table: what its elements are, and how many."""

    element: str
    """"funcref" or "externref"."""
    minimum: int
    maximum: Optional[int]
    """None if none is declared."""

    def __str__(self) -> str:
        return f"{_limits(self.minimum, self.maximum)} {self.element}"


class GlobalType(NamedTuple):
    """The type of a global."""

    content: str
    mutable: bool

    def __str__(self) -> str:
        return f"(mut {self.content})" if self.mutable else self.content


ExternType = Union[FuncType, MemoryType, TableType, GlobalType]


class ImportType(NamedTuple):
    """Something that a module asks for."""

    module: str
    name: str
    kind: str
    """"func", "memory", "table" or "global"."""
    type: ExternType

    def __str__(self) -> str:
        return f"import {self.module!r} {self.name!r}: {self.kind} {self.type}"


class ExportType(NamedTuple):
    """Something that a module gives."""

    name: str
    kind: str
    """"func", "memory", "table" or "global"."""
    type: ExternType

    def __str__(self) -> str:
        return f"export {self.name!r}: {self.kind} {self.type}"


class CustomSection(NamedTuple):
    """A section that means nothing to WebAssembly itself."""

    name: str
    data: bytes

    def __str__(self) -> str:
        return f"custom section {self.name!r}: {len(self.data)} bytes"


def _limits(minimum: int, maximum: Optional[int]) -> str:
    return str(minimum) if maximum is None else f"{minimum} {maximum}"


def value_type_name(code: int) -> str:
    """The name of the library's value type."""
    return c_string(lib.epsilon_valtype_name(code))


def kind_of(extern_type: Any) -> str:
    """The kind that a type of the library's (epsilon_type_t *) is of."""
    return c_string(lib.epsilon_externkind_name(lib.epsilon_type_kind(extern_type)))


def type_of(extern_type: Any) -> ExternType:
    """The type that the library describes (epsilon_type_t *)."""
    kind = lib.epsilon_type_kind(extern_type)
    if kind == lib.EPSILON_EXTERNKIND_FUNC:
        return func_type(extern_type)
    if kind == lib.EPSILON_EXTERNKIND_GLOBAL:
        content = value_type_name(lib.epsilon_type_content(extern_type))
        return GlobalType(content, bool(lib.epsilon_type_mutable(extern_type)))
    minimum = int(lib.epsilon_type_minimum(extern_type))
    maximum = maximum_of(lib.epsilon_type_maximum, extern_type)
    if kind == lib.EPSILON_EXTERNKIND_MEMORY:
        return MemoryType(minimum, maximum)
    return TableType(value_type_name(lib.epsilon_type_content(extern_type)), minimum, maximum)


def func_type(function_type: Any) -> FuncType:
    """The type of a function that the library describes (epsilon_type_t *)."""
    return FuncType(
        _names(lib.epsilon_type_params, function_type),
        _names(lib.epsilon_type_results, function_type),
    )


def maximum_of(ask: Callable[[Any, Any], Any], described: Any) -> Optional[int]:
    """The declared maximum of a type, memory or table of the library's: `ask` is its function."""
    out = ffi.new("uint64_t *")
    return int(out[0]) if ask(described, out) else None


def _names(ask: Callable[[Any, Any], Any], function_type: Any) -> Tuple[str, ...]:
    count = ffi.new("size_t *")
    codes = ask(function_type, count)
    return tuple(value_type_name(codes[i]) for i in range(count[0]))
