# SPDX-License-Identifier: Apache-2.0
"""The types as Python tells them, and as people read them."""

import pickle

import epsilon
import pytest
from epsilon import (
    CustomSection,
    ExportType,
    FuncType,
    GlobalType,
    ImportType,
    MemoryType,
    TableType,
)
from epsilon._native import ffi, lib
from epsilon._types import kind_of, type_of
from wat import wat

ALL = """
(func (export "f") (param i32 i64 f32 f64) (result v128 funcref externref)
  (v128.const i64x2 0 0) (ref.null func) (ref.null extern))
(func (export "nothing"))
(memory (export "open") 1)
(memory (export "closed") 0 65536)
(table (export "t") 3 externref)
(table (export "u") 0 4294967295 funcref)
(global (export "g") (mut i32) (i32.const 3))
(global (export "h") funcref (ref.null func))
"""
EXPECTED = [
    ("func", FuncType(("i32", "i64", "f32", "f64"), ("v128", "funcref", "externref")),
     "[i32 i64 f32 f64] -> [v128 funcref externref]"),
    ("func", FuncType((), ()), "[] -> []"),
    ("memory", MemoryType(1, None), "1"),
    ("memory", MemoryType(0, 65536), "0 65536"),
    ("table", TableType("externref", 3, None), "3 externref"),
    ("table", TableType("funcref", 0, 4294967295), "0 4294967295 funcref"),
    ("global", GlobalType("i32", True), "(mut i32)"),
    ("global", GlobalType("funcref", False), "funcref"),
]  # fmt: skip


def test_every_type_of_the_library():
    source = wat(ALL)
    out = ffi.new("epsilon_compiled_t **")
    assert not lib.epsilon_compiled_new(ffi.NULL, source, len(source), out)
    compiled = ffi.gc(out[0], lib.epsilon_compiled_delete)
    found = []
    described = ffi.new("const epsilon_type_t **")
    size = ffi.new("size_t *")
    for i in range(lib.epsilon_compiled_export_count(compiled)):
        assert not lib.epsilon_compiled_export(compiled, i, ffi.NULL, ffi.NULL, described)
        found_type = type_of(described[0])
        found.append((kind_of(described[0]), found_type, str(found_type)))
        pointer = lib.epsilon_type_text(described[0], size)
        assert str(found_type) == bytes(ffi.buffer(pointer, size[0])).decode()
    assert found == EXPECTED
    assert [type(t) for _, t, _ in found] == [type(t) for _, t, _ in EXPECTED]


@pytest.mark.parametrize(
    "value, shown",
    [
        (ImportType("env", "log", "func", FuncType(("i32",), ())),
         "import 'env' 'log': func [i32] -> []"),
        (ExportType("a\n", "memory", MemoryType(1, 2)), r"export 'a\n': memory 1 2"),
        (CustomSection("name", b"\x00\x01"), "custom section 'name': 2 bytes"),
    ],
)  # fmt: skip
def test_what_modules_tell_of_themselves(value, shown):
    assert str(value) == shown
    assert pickle.loads(pickle.dumps(value)) == value
    assert type(value).__module__ == "epsilon"
    assert type(value).__name__ in epsilon.__all__
