# SPDX-License-Identifier: Apache-2.0
"""What the process keeps of closed memories."""

from typing import SupportsIndex

from epsilon._native import lib
from epsilon._values import uint64


def trim() -> int:
    """Gives what is kept of closed memories back to the system; returns of how many.

    Address ranges of closed memories are kept for new ones, which then cost a tenth: at most 32 of
    them (`set_pool_limit`), with up to 64 KiB of resident memory each, all zero.
    """
    return int(lib.epsilon_pool_trim())


def set_pool_limit(ranges: SupportsIndex) -> None:
    """Sets of how many closed memories the process may keep the address range; 0 switches this off.
    What is kept beyond is given back at once. Default: 32."""
    lib.epsilon_pool_set_limit(uint64(ranges, "ranges"))
