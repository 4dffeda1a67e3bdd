# SPDX-License-Identifier: Apache-2.0
"""What tests of parity compare: forms of Epsilon's code, and how calls in them end."""

from typing import Any, Dict, List, Tuple

import epsilon

FORMS: List[Dict[str, Any]] = [
    {},
    {"explicit_checks": True},
    {"signals": False, "metering": True},
    {"max_call_depth": 1000},
]


def outcome(module: Any, name: str, *args: Any) -> Tuple[Any, ...]:
    """The results, or the trap and its backtrace."""
    try:
        return tuple(module.call(name, *args))
    except epsilon.EpsilonTrapError as error:
        return (error.trap, [tuple(frame) for frame in error.frames])
