# SPDX-License-Identifier: Apache-2.0
"""The guard against getting slower, bench/instructions.py."""

from __future__ import annotations

import sys

import instructions
import pytest
from suite.kernels import KERNELS
from suite.places import Unavailable


def test_what_is_within_the_tolerance_passes() -> None:
    lines, good = instructions.compare({"a": 1000, "b": 1000}, {"a": 1019, "b": 981})
    assert good
    assert lines == [
        "a                   1,019         1,000    +1.90%",
        "b                     981         1,000    -1.90%",
    ]


@pytest.mark.parametrize(
    ("recorded", "counted", "says"),
    [
        ({"a": 1000}, {"a": 1021}, "+2.10%  SLOWER"),
        ({"a": 1000}, {"a": 900}, "-10.00%  better: record it, so that it stays"),
        ({}, {"a": 5}, "not recorded"),
        ({"a": 1000, "gone": 3}, {"a": 1000}, "gone         is recorded and no longer counted"),
    ],
)
def test_what_is_not_fails_and_says_so(
    recorded: dict[str, int], counted: dict[str, int], says: str
) -> None:
    lines, good = instructions.compare(recorded, counted)
    assert not good
    assert lines[-1].endswith(says)


def test_a_program_that_fails_is_no_count() -> None:
    argv = [sys.executable, "-c", "raise SystemExit('broken')"]
    with pytest.raises(Unavailable, match="^(x: broken|there is no valgrind)$"):
        instructions.count(instructions.Work("x", argv, {}))


def test_every_size_is_a_kernels() -> None:
    assert instructions.KERNEL_SIZES.keys() <= {kernel.name for kernel in KERNELS}
