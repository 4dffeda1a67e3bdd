# SPDX-License-Identifier: Apache-2.0
"""Real programs in Epsilon: what each prints, returns and leaves in its folders is, byte for byte,
what record.py got from wasmtime."""

import json
import os

import pytest
from collection.cases import CASES
from collection.engines import epsilon, outcome
from collection.places import EXPECTED, Unavailable


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_program(case, tmp_path):
    expected = json.loads((EXPECTED / f"{case.name}.json").read_text(encoding="utf-8"))
    try:
        result = outcome(case, epsilon, tmp_path)
    except Unavailable as why:
        # A machine without the registries can test everything else; continuous integration has
        # them.
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(why))
    assert result["steps"] == expected["steps"]
    assert result["files"] == expected["files"]


def test_each_recorded_outcome_has_its_case():
    assert {path.stem for path in EXPECTED.iterdir()} == {case.name for case in CASES}
