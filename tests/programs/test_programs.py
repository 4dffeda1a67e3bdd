# SPDX-License-Identifier: Apache-2.0
"""Real programs in Epsilon: what each prints, returns and leaves in its folders is, byte for byte,
what record.py got from wasmtime. The same for libraries, whose functions Python calls."""

import json
import os
from pathlib import Path
from typing import Mapping, Sequence

import pytest
from collection.cases import CASES
from collection.engines import epsilon, outcome
from collection.libraries import LIBRARIES
from collection.places import EXPECTED, Unavailable
from epsilon import Runtime, Wasi


def expected(name):
    return json.loads((EXPECTED / f"{name}.json").read_text(encoding="utf-8"))


def or_skip(work):
    """A machine without the registries can test everything else; continuous integration has
    them."""
    try:
        return work()
    except Unavailable as why:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(why))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_program(case, tmp_path):
    wanted = expected(case.name)
    result = or_skip(lambda: outcome(case, epsilon, tmp_path))
    assert result["steps"] == wanted["steps"]
    assert result["files"] == wanted["files"]


@pytest.mark.parametrize("name", LIBRARIES)
def test_library(name):
    with Runtime.sandboxed(timeout_ms=None) as runtime:

        class EpsilonLibrary:
            def __init__(self, path: Path, args: Sequence[str], files: Mapping[str, bytes]) -> None:
                wasi = Wasi(program=path.name, args=args, files=files or None)
                self._module = runtime.instantiate(path.read_bytes(), wasi=wasi)
                self._memory = self._module.exports.memory

            def call(self, name: str, *args: int) -> int:
                results = self._module.call(name, *args)
                return results[0] if results else 0

            def read(self, address: int, size: int) -> bytes:
                return self._memory.read(address, size)

            def write(self, address: int, data: bytes) -> None:
                self._memory.write(address, data)

        assert or_skip(lambda: LIBRARIES[name](EpsilonLibrary)) == expected(name)


def test_each_recorded_outcome_has_its_case():
    recorded = {path.stem for path in EXPECTED.iterdir()}
    assert recorded == {*LIBRARIES, *(case.name for case in CASES)}
