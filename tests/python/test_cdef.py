# SPDX-License-Identifier: Apache-2.0
"""The declarations that the package uses are those of the header."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from epsilon._native import ffi, lib

ROOT = Path(__file__).resolve().parent.parent.parent
HEADER = ROOT / "capi" / "include" / "epsilon.h"
TOOL = ROOT / "tools" / "generate_cdef.py"

sys.path.insert(0, str(TOOL.parent))
generate_cdef = pytest.importorskip("generate_cdef")


def test_the_committed_module_is_what_the_header_gives():
    done = subprocess.run(
        [sys.executable, str(TOOL), "--check"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout.decode()


def test_a_changed_header_is_noticed():
    cdef = generate_cdef.declarations(HEADER.read_text(encoding="utf-8"))
    module = generate_cdef.OUTPUT.read_text(encoding="utf-8")
    assert generate_cdef.is_current(module, cdef)
    assert not generate_cdef.is_current(module, cdef + "int epsilon_new_thing(void);\n")
    if generate_cdef.origin(module)[0] == generate_cdef.cffi.__version__:
        assert not generate_cdef.is_current(module.replace("_version", "_Version"), cdef)
    assert not generate_cdef.is_current("", cdef)


def test_every_function_of_the_header_is_declared_and_in_the_library():
    names = re.findall(r"^EPSILON_API [^;]*?(epsilon_\w+)\(", HEADER.read_text(), re.MULTILINE)
    assert len(names) > 100
    for name in names:
        assert ffi.typeof(getattr(lib, name)).kind == "function", name


def test_every_constant_of_the_header_has_its_value():
    text = HEADER.read_text(encoding="utf-8")
    constants = re.findall(r"^    (EPSILON_\w+) = (\w+)", text, re.MULTILINE)
    assert len(constants) > 50
    for name, value in constants:
        assert getattr(lib, name) == int(value, 0), name
