# SPDX-License-Identifier: Apache-2.0
"""What Runtime.sandboxed() allows unless told otherwise. docs/security.md says why so much."""

from typing import Any, Mapping, Optional

MEMORY_BYTES = 256 << 20
MEMORY_PAGES = MEMORY_BYTES // 65536
TABLE_ELEMENTS = 1_000_000
TABLE_BYTES = 8 * TABLE_ELEMENTS
MEMORIES = 100
TABLES = 1000
INSTANCES = 100
CALL_DEPTH = 10_000
STACK_BYTES = 16 << 20
MODULE_BYTES = 64 << 20
TIMEOUT_MS = 10_000
FUEL = 100_000_000_000

MODULE_LIMITS: Mapping[str, int] = {
    "function-bytes": 8 << 20,
    "code-bytes": 256 << 20,
    "types": 100_000,
    "imports": 100_000,
    "functions": 200_000,
    "tables": 100,
    "memories": 10,
    "globals": 100_000,
    "exports": 200_000,
    "element-segments": 100_000,
    "data-segments": 100_000,
    "segment-elements": 1_000_000,
    "operands": 100_000,
}
"""Of each module: enough for interpreters of large languages, and what comes of the worst that
fits in it is bounded (docs/security.md, Compile bombs)."""


def module_limits(given: Optional[Mapping[str, int]]) -> Any:
    """The limits of a sandbox, replaced where others are given. What is no mapping is left to the
    Runtime to refuse."""
    if given is None:
        return MODULE_LIMITS
    return {**MODULE_LIMITS, **given} if isinstance(given, Mapping) else given
