# SPDX-License-Identifier: Apache-2.0
"""Ways to execute the same programs, for tests that have the same results in each."""

import contextlib
from typing import Any, Iterator

from epsilon import _tiers
from epsilon._errors import check
from epsilon._native import lib

MODES = ("tiered", "interpreter", "compiled", "hot", "random")


@contextlib.contextmanager
def runtimes_in(mode: str, seed: int = 1) -> Iterator[None]:
    """Meanwhile Runtimes that aren't told how to execute programs do it in this way: in tiers, in
    one, with everything hot at once, or with tiers that change at random."""
    set_as_told = _tiers.set_tiers

    def set_tiers(config: Any, tiers: str, thresholds: _tiers.Thresholds) -> None:
        set_as_told(config, tiers, thresholds)
        if (tiers, thresholds) != (_tiers.DEFAULT, None):
            return
        if mode == "hot":
            check(lib.epsilon_config_set_tier_thresholds(config, 1, 1))
        elif mode == "random":
            check(lib.epsilon_config_set_random_tiers(config, seed))
        else:
            set_as_told(config, mode, None)

    _tiers.set_tiers = set_tiers
    try:
        yield
    finally:
        _tiers.set_tiers = set_as_told
