# SPDX-License-Identifier: Apache-2.0
"""What importing the package costs, and which Pythons can."""

import ast
import subprocess
import sys
from pathlib import Path

import epsilon
import pytest

SOURCES = sorted(Path(epsilon.__file__).parent.glob("*.py"))


def modules_after(code):
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys\nprint(*sys.modules)"],
        stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    return set(done.stdout.split())


def test_importing_leaves_out_what_few_need():
    """asyncio takes longer to import than all the rest."""
    loaded = modules_after("import epsilon") - modules_after("pass")
    large = (
        "asyncio ctypes inspect json logging pathlib pickle numpy socket ssl subprocess tempfile"
    )
    assert not loaded.intersection(large.split())


def test_a_runtime_that_was_closed_has_not_imported_asyncio():
    assert "asyncio" not in modules_after("import epsilon; epsilon.Runtime().close()")


@pytest.mark.skipif(sys.version_info < (3, 9), reason="it is what has compiled them")
@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.name)
def test_the_sources_have_the_syntax_of_python_3_8(source):
    ast.parse(source.read_text(encoding="utf-8"), str(source), feature_version=(3, 8))
