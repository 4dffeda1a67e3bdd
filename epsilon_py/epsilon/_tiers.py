# SPDX-License-Identifier: Apache-2.0
"""How a Runtime executes programs: interpreted, compiled to machine code, or both."""

from typing import Any, NamedTuple, Optional, Tuple

from epsilon._errors import UsageTypeError, UsageValueError, check
from epsilon._native import ffi, lib

DEFAULT = "tiered"

_CODES = {
    "interpreter": lib.EPSILON_TIERS_INTERPRETER,
    "compiled": lib.EPSILON_TIERS_COMPILED,
    "tiered": lib.EPSILON_TIERS_TIERED,
}
_NAMES = {code: name for name, code in _CODES.items()}
_MOST = 2**32 - 1

Thresholds = Optional[Tuple[int, int]]


class MachineCode(NamedTuple):
    """What has been made of a module."""

    functions: int
    """How many of its functions have been compiled to machine code."""
    bytes: int
    """How many bytes that takes."""
    nanoseconds: int
    """How long compiling them has taken."""


def set_tiers(config: Any, tiers: str, thresholds: Thresholds) -> None:
    """Sets them, as users give them, in a configuration of the library's."""
    if not isinstance(tiers, str):
        raise UsageTypeError(f"tiers must be str, not {type(tiers).__name__}")
    if tiers not in _CODES:
        raise UsageValueError(f"unknown tiers: {tiers} (known: {', '.join(_CODES)})")
    check(lib.epsilon_config_set_tiers(config, _CODES[tiers]))
    if thresholds is not None:
        check(lib.epsilon_config_set_tier_thresholds(config, *_counts(thresholds)))


def _counts(thresholds: object) -> Tuple[int, int]:
    given = list(thresholds) if isinstance(thresholds, (tuple, list)) else []
    if len(given) != 2 or any(type(count) is not int for count in given):
        raise UsageTypeError("tier_thresholds must be two ints: calls and rounds of loops")
    for count in given:
        if not 1 <= count <= _MOST:
            raise UsageValueError(f"tier_thresholds are from 1 to {_MOST}, not {count}")
    return given[0], given[1]


def tiers_of(runtime: Any) -> str:
    """What a runtime of the library's has in use."""
    return _NAMES[lib.epsilon_runtime_tiers(runtime)]


def machine_code_of(compiled: Any) -> MachineCode:
    """What has been made of a compiled module of the library's."""
    numbers = ffi.new("uint64_t[3]")
    check(lib.epsilon_compiled_machine_code(compiled, numbers, numbers + 1, numbers + 2))
    return MachineCode(*numbers)
