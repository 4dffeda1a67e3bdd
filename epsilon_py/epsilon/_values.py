# SPDX-License-Identifier: Apache-2.0
"""Python values to and from the library's 16-byte values, by value type.

An encoder gives what is stored for a Python value, or raises BadValue; who knows which function and
parameter it was for makes an EpsilonUsageError of that.
"""

import operator
from typing import Any, Callable, Dict, NamedTuple, Optional, Type

from epsilon._errors import (
    EpsilonUsageError,
    UsageOverflowError,
    UsageTypeError,
    UsageValueError,
)
from epsilon._native import ffi, lib

V128_SIZE = 16


class BadValue(Exception):
    """A Python value that does not fit a value type."""

    def __init__(self, error_class: Type[EpsilonUsageError], reason: str) -> None:
        super().__init__(reason)
        self.error_class = error_class
        self.reason = reason

    def at(self, place: str) -> EpsilonUsageError:
        return self.error_class(f"{place}: {self.reason}")


def show_int(value: int) -> str:
    """An int for a message: Python refuses to write very long ones in decimal."""
    if value.bit_length() > 256:
        return f"an integer of {value.bit_length()} bits"
    return str(value)


def encode_integer(value: object, low: int, high: int) -> int:
    """An integer between these two."""
    if not isinstance(value, int):
        try:
            value = operator.index(value)  # type: ignore[arg-type]
        except TypeError:
            reason = f"expected an integer, got {type(value).__name__}"
            raise BadValue(UsageTypeError, reason) from None
    if not low <= value <= high:
        raise BadValue(UsageOverflowError, f"{show_int(value)} is out of range ({low} to {high})")
    return int(value)


def encode_int(value: object, bits: int) -> int:
    """Takes the signed and the unsigned range, gives the signed value."""
    number = encode_integer(value, -(1 << (bits - 1)), (1 << bits) - 1)
    return number - (1 << bits) if number >= 1 << (bits - 1) else number


def encode_i32(value: object) -> int:
    return encode_int(value, 32)


def encode_i64(value: object) -> int:
    return encode_int(value, 64)


def is_real(kind: type) -> bool:
    """Whether float() takes objects of this class, for what they are. (Before Python 3.10 complex
    numbers have a __float__, which only raises.)"""
    return (hasattr(kind, "__float__") or hasattr(kind, "__index__")) and not issubclass(
        kind, complex
    )


def encode_float(value: object) -> float:
    if not isinstance(value, float):
        kind = type(value)
        if not is_real(kind):
            raise BadValue(UsageTypeError, f"expected a number, got {kind.__name__}")
        try:
            value = float(value)  # type: ignore[arg-type]
        except OverflowError:
            raise BadValue(UsageOverflowError, "the integer is too large for a float") from None
    return value


def encode_v128(value: object) -> bytes:
    try:
        data = bytes(memoryview(value))  # type: ignore[arg-type]
    except TypeError:
        raise BadValue(
            UsageTypeError, f"expected {V128_SIZE} bytes, got {type(value).__name__}"
        ) from None
    if len(data) != V128_SIZE:
        raise BadValue(UsageValueError, f"expected {V128_SIZE} bytes, got {len(data)}")
    return data


def bytes_of(data: object) -> Any:
    """The bytes of a bytes-like object, for the library, until they are released. What is none
    raises TypeError, ValueError or BufferError."""
    if isinstance(data, memoryview) and not data.c_contiguous:
        raise BufferError  # PyPy would take it
    return ffi.from_buffer(data)


class ValueType(NamedTuple):
    """How values of one type are stored."""

    code: int
    name: str
    member: str
    """The union's member that holds it."""
    exact: Optional[type]
    """The class that numbers of this type have in Python; None for what is no number."""
    pack: str
    """The format of a number and what is unused of its 16 bytes, for the module struct."""
    encode: Optional[Callable[[object], Any]]
    """None for references, which need the Runtime."""


TYPES: Dict[int, ValueType] = {
    row.code: row
    for row in (
        ValueType(lib.EPSILON_VALTYPE_I32, "i32", "i32", int, "i12x", encode_i32),
        ValueType(lib.EPSILON_VALTYPE_I64, "i64", "i64", int, "q8x", encode_i64),
        ValueType(lib.EPSILON_VALTYPE_F32, "f32", "f32", float, "f12x", encode_float),
        ValueType(lib.EPSILON_VALTYPE_F64, "f64", "f64", float, "d8x", encode_float),
        ValueType(lib.EPSILON_VALTYPE_V128, "v128", "v128", None, "", encode_v128),
        ValueType(lib.EPSILON_VALTYPE_FUNCREF, "funcref", "ref", None, "", None),
        ValueType(lib.EPSILON_VALTYPE_EXTERNREF, "externref", "ref", None, "", None),
    )
}
"""The value types, by the library's code."""

TYPES_BY_NAME: Dict[str, ValueType] = {row.name: row for row in TYPES.values()}
TYPE_NAMES = frozenset(TYPES_BY_NAME)


def value_type_named(name: object, what: str) -> ValueType:
    """A value type given by the user; `what` says what for."""
    if not isinstance(name, str):
        raise UsageTypeError(f"{what} must be str, not {type(name).__name__}")
    value_type = TYPES_BY_NAME.get(name)
    if value_type is None:
        raise UsageValueError(f"Unknown type: {name}")
    return value_type


def integer(value: object, name: str) -> int:
    """An integer given by the user."""
    if type(value) is int:
        return value
    try:
        return int(operator.index(value))  # type: ignore[arg-type]
    except TypeError:
        raise UsageTypeError(f"{name} must be an integer, not {type(value).__name__}") from None


def uint64(value: object, name: str) -> int:
    """A count or size given by the user."""
    number = integer(value, name)
    if number < 0:
        raise UsageValueError(f"{name} must not be negative: {show_int(number)}")
    if number >= 1 << 64:
        raise UsageOverflowError(f"{name} is too large: {show_int(number)}")
    return number


NO_TIMEOUT = 2**64 - 1
"""What the library takes for none, whatever the Runtime's default is; 0 is that."""
NO_FUEL_LIMIT = 2**64 - 1
"""What stands for no pool and no limit in the library."""


def fuel_amount(value: object) -> int:
    """An amount of fuel given by the user, which is never taken for no limit."""
    return min(uint64(value, "fuel"), NO_FUEL_LIMIT - 1)


def milliseconds(value: object) -> int:
    """A timeout given by the user, as the library takes it: None is the Runtime's, 0 none; parts of
    a millisecond count whole."""
    if value is None:
        return 0
    kind = type(value)
    if not hasattr(kind, "__index__"):
        if not is_real(kind):
            raise UsageTypeError(f"timeout_ms must be a number or None, not {kind.__name__}")
        number = float(value)  # type: ignore[arg-type]
        if number != number:
            raise UsageValueError("timeout_ms must be a number: nan")
        if number in (float("inf"), float("-inf")):
            value = 2**64 if number > 0 else -1
        else:
            value = int(number) + (number > int(number)) if number >= 0 else -1
    value = operator.index(value)  # type: ignore[arg-type]
    if value < 0:
        raise UsageValueError("timeout_ms must not be negative")
    return min(value, NO_TIMEOUT) or NO_TIMEOUT


def name_bytes(name: object, what: str) -> bytes:
    """A name given by the user, as the library takes it."""
    if not isinstance(name, str):
        raise UsageTypeError(f"{what} must be str, not {type(name).__name__}")
    try:
        return name.encode("utf-8")
    except UnicodeEncodeError:
        raise UsageValueError(f"{what} is not valid Unicode: {name!a}") from None
