# SPDX-License-Identifier: Apache-2.0
"""epsilon inspect: as text and as JSON, of good, bad and hostile modules."""

import json
import re
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
MAGIC = b"\0asm\1\0\0\0"

# Every part that a module can have.
PARTS = (ROOT / "tests" / "capi" / "wat" / "parts.wat").read_text().partition("\n")[2]


def leb(number):
    encoded = bytearray()
    while True:
        number, low = number >> 7, number & 0x7F
        encoded.append(low | (0x80 if number else 0))
        if not number:
            return bytes(encoded)


def section(number, content):
    return bytes([number]) + leb(len(content)) + content


def name(text):
    return leb(len(text)) + text


@pytest.fixture
def write(tmp_path):
    def write_bytes(content):
        path = tmp_path / "module.wasm"
        path.write_bytes(content)
        return path

    return write_bytes


def one(lines, start):
    """The lines of one list of the text form."""
    begin = next(i for i, line in enumerate(lines) if line.startswith(start))
    end = begin + 1
    while end < len(lines) and lines[end].startswith("  "):
        end += 1
    return lines[begin:end]


def test_text(epsilon, module):
    path = module(PARTS)
    done = epsilon("inspect", path)
    assert (done.stderr, done.returncode) == ("", 0)
    lines = done.stdout.splitlines()
    assert one(lines, str(path)) == [
        f"{path}: {path.stat().st_size} bytes",
        '  name: "parts"',
        "  start: func 4",
        "  features: mutable-globals, bulk-memory, reference-types, simd, multi-memory",
    ]
    sections = one(lines, "sections")
    assert sections[0] == "sections: 12"
    assert sections[1] == "  type: 18 bytes at 0xa"
    assert re.fullmatch(r'  custom "name": \d+ bytes at 0x[0-9a-f]+', sections[12])
    assert one(lines, "types") == [
        "types: 4",
        "  0: [i32] -> [i32]",
        "  1: [f64 v128] -> []",
        "  2: [f32] -> []",
        "  3: [] -> []",
    ]
    assert one(lines, "imports") == [
        "imports: 5",
        '  func 0: "env" "first" [i32] -> [i32]',
        '  table 0: "env" "table" at least 1 element of externref',
        '  memory 0: "env" "memory" at least 0 pages',
        '  global 0: "env" "global" i32',
        '  func 1: "env" "second" [f32] -> []',
    ]
    assert one(lines, "exports") == [
        "exports: 5",
        '  table 1: "table" 2 to 3 elements of funcref',
        '  global 1: "global" (mut f64)',
        '  func 3: "exported" [] -> []',
        '  func 3: "again" [] -> []',
        '  func 0: "imported" [i32] -> [i32]',
    ]
    assert one(lines, "tables") == ["tables: 1", "  1: 2 to 3 elements of funcref"]
    assert one(lines, "memories") == ["memories: 1", "  1: exactly 1 page"]
    assert one(lines, "globals") == ["globals: 2", "  1: (mut f64)", "  2: i32"]
    assert one(lines, "element segments") == [
        "element segments: 3",
        "  0: active in table 1, 2 elements of funcref",
        "  1: passive, 1 element of externref",
        "  2: declarative, 1 element of funcref",
    ]
    assert one(lines, "data segments") == [
        "data segments: 2",
        "  0: active in memory 1, 6 bytes at 0xef",
        "  1: passive, 7 bytes at 0xf7",
    ]
    assert one(lines, "functions") == [
        "functions: 3",
        '  2: "named" [i32] -> [i32], 4 bytes at 0xd8',
        '  3: "exported" [] -> [], 6 bytes at 0xdd',
        "  4: [] -> [], 2 bytes at 0xe4",
    ]


def test_json(epsilon, module):
    path = module(PARTS)
    done = epsilon("inspect", "--json", path)
    assert (done.stderr, done.returncode) == ("", 0)
    assert done.stdout.count("\n") == 1
    found = json.loads(done.stdout)
    assert list(found) == [
        *("file", "size", "name", "features", "start", "sections", "types", "imports", "exports"),
        *("functions", "tables", "memories", "globals", "element_segments", "data_segments"),
    ]
    assert found["file"] == str(path)
    assert found["size"] == path.stat().st_size
    assert (found["name"], found["start"]) == ("parts", 4)
    assert found["features"] == [
        *("mutable-globals", "bulk-memory", "reference-types", "simd", "multi-memory")
    ]
    assert [item["section"] for item in found["sections"]] == [
        *("type", "import", "function", "table", "memory", "global", "export", "start"),
        *("element", "code", "data", "custom"),
    ]
    assert found["sections"][0] == {"section": "type", "offset": 10, "size": 18}
    custom = found["sections"][11]
    assert custom["name"] == "name"
    assert custom["offset"] + custom["size"] == found["size"]
    assert found["types"] == [
        {"params": ["i32"], "results": ["i32"]},
        {"params": ["f64", "v128"], "results": []},
        {"params": ["f32"], "results": []},
        {"params": [], "results": []},
    ]
    assert found["imports"] == [
        {"module": "env", "name": "first", "kind": "func", "index": 0, "type": 0},
        {"module": "env", "name": "table", "kind": "table", "index": 0, "element": "externref",
         "minimum": 1, "maximum": None},
        {"module": "env", "name": "memory", "kind": "memory", "index": 0, "minimum": 0,
         "maximum": None},
        {"module": "env", "name": "global", "kind": "global", "index": 0, "content": "i32",
         "mutable": False},
        {"module": "env", "name": "second", "kind": "func", "index": 1, "type": 2},
    ]  # fmt: skip
    assert found["exports"] == [
        {"name": "table", "kind": "table", "index": 1, "element": "funcref", "minimum": 2,
         "maximum": 3},
        {"name": "global", "kind": "global", "index": 1, "content": "f64", "mutable": True},
        {"name": "exported", "kind": "func", "index": 3, "type": 3},
        {"name": "again", "kind": "func", "index": 3, "type": 3},
        {"name": "imported", "kind": "func", "index": 0, "type": 0},
    ]  # fmt: skip
    assert found["functions"] == [
        {"index": 0, "imported": True, "type": 0, "name": "first", "offset": None, "size": None},
        {"index": 1, "imported": True, "type": 2, "name": None, "offset": None, "size": None},
        {"index": 2, "imported": False, "type": 0, "name": "named", "offset": 0xD8, "size": 4},
        {"index": 3, "imported": False, "type": 3, "name": "exported", "offset": 0xDD, "size": 6},
        {"index": 4, "imported": False, "type": 3, "name": None, "offset": 0xE4, "size": 2},
    ]
    assert found["tables"][1] == {
        "index": 1, "imported": False, "element": "funcref", "minimum": 2, "maximum": 3
    }  # fmt: skip
    assert found["memories"] == [
        {"index": 0, "imported": True, "minimum": 0, "maximum": None},
        {"index": 1, "imported": False, "minimum": 1, "maximum": 1},
    ]
    assert found["globals"][1:] == [
        {"index": 1, "imported": False, "content": "f64", "mutable": True},
        {"index": 2, "imported": False, "content": "i32", "mutable": False},
    ]
    assert found["element_segments"] == [
        {"mode": "active", "table": 1, "element": "funcref", "count": 2},
        {"mode": "passive", "table": None, "element": "externref", "count": 1},
        {"mode": "declarative", "table": None, "element": "funcref", "count": 1},
    ]
    assert found["data_segments"] == [
        {"mode": "active", "memory": 1, "offset": 0xEF, "size": 6},
        {"mode": "passive", "memory": None, "offset": 0xF7, "size": 7},
    ]
    code = path.read_bytes()
    for segment, content in zip(found["data_segments"], [b"active", b"passive"]):
        assert code[segment["offset"] :][: segment["size"]] == content


def test_an_empty_module(epsilon, write):
    path = write(MAGIC)
    assert epsilon("inspect", path).stdout == f"{path}: 8 bytes\n"
    found = json.loads(epsilon("inspect", "--json", path).stdout)
    assert (found["name"], found["start"], found["features"]) == (None, None, [])
    assert (found["sections"], found["functions"]) == ([], [])


def test_several_files(epsilon, module, tmp_path):
    first, second = module("(func)"), module("(memory 1)")
    bad, missing = tmp_path / "bad.wasm", tmp_path / "missing.wasm"
    bad.write_bytes(MAGIC + b"\x63")
    done = epsilon("inspect", "--json", first, bad, missing, second)
    assert [json.loads(line)["file"] for line in done.stdout.splitlines()] == [
        str(first),
        str(second),
    ]
    lines = done.stderr.splitlines()
    assert lines[0].startswith(f"epsilon: {bad}: malformed: malformed section id")
    assert lines[1:] == [f"epsilon: {missing}: No such file or directory"]
    assert done.returncode == 1
    done = epsilon("inspect", first, second)
    assert (
        done.stdout == epsilon("inspect", first).stdout + "\n" + epsilon("inspect", second).stdout
    )
    assert done.returncode == 0


def test_standard_input(epsilon, module):
    path = module("(func)")
    done = epsilon("inspect", "-", stdin=path.read_bytes())
    assert done.stdout == epsilon("inspect", path).stdout.replace(str(path), "standard input")
    done = epsilon("inspect", "--json", "-", stdin=path.read_bytes())
    assert json.loads(done.stdout)["file"] == "-"


NAMES = [
    (b"plain", '"plain"'),
    (b"", '""'),
    (b'a "b"\\', r'"a \"b\"\\"'),
    (b"nul\0x", r'"nul\00x"'),
    (b"\x1b]0;title\x07\r\n\x7f", r'"\1b]0;title\07\0d\0a\7f"'),
    ("\u0085\u009b31m".encode(), r'"\c2\85\c2\9b31m"'),
    ("\u202eb\u2066\u200f\u2028\ufeff".encode(), r'"\u{202e}b\u{2066}\u{200f}\u{2028}\u{feff}"'),
    ("caf\u00e9 \U0001f600 \u4e2d\u0301".encode(), '"caf\u00e9 \U0001f600 \u4e2d\u0301"'),
]  # fmt: skip


@pytest.mark.parametrize(("encoded", "shown"), NAMES)
def test_names(epsilon, write, encoded, shown):
    imports = section(2, leb(1) + name(encoded) + name(encoded) + b"\3\x7f\0")
    exports = section(7, leb(1) + name(encoded) + b"\3\0")
    names = section(0, name(b"name") + b"\0" + leb(len(name(encoded))) + name(encoded))
    path = write(MAGIC + imports + exports + section(0, name(encoded)) + names)
    lines = epsilon("inspect", path).stdout.splitlines()
    assert f"  global 0: {shown} {shown} i32" in lines
    assert f"  global 0: {shown} i32" in lines
    assert any(line.startswith(f"  custom {shown}: ") for line in lines)
    assert (f"  name: {shown}" in lines) == (encoded != b"")
    done = epsilon("inspect", "--json", path)
    assert done.stdout.isascii()
    found = json.loads(done.stdout)
    text = encoded.decode()
    assert (found["imports"][0]["module"], found["imports"][0]["name"]) == (text, text)
    assert found["exports"][0]["name"] == found["sections"][2]["name"] == text
    assert (found["name"] or "") == text


@pytest.mark.parametrize(
    ("text", "features"),
    [
        ("(func)", []),
        ("(global (export \"g\") (mut i32) (i32.const 0))", ["mutable-globals"]),
        ("(func (drop (i32.extend8_s (i32.const 0))))", ["sign-extension"]),
        ("(func (drop (i32.trunc_sat_f32_s (f32.const 0))))", ["saturating-conversions"]),
        ("(func (result i32 i32) i32.const 0 i32.const 0)", ["multi-value"]),
        ("(memory 1) (func (memory.fill (i32.const 0) (i32.const 0) (i32.const 0)))",
         ["bulk-memory"]),
        ("(func (param externref))", ["reference-types"]),
        ("(func (param v128))", ["simd"]),
        ("(memory 1) (memory 1)", ["multi-memory"]),
        ("(global i32 (i32.add (i32.const 1) (i32.const 2)))", ["extended-const"]),
        ("(func $f (return_call $f))", ["tail-call"]),
        ("(func $f (param v128) (result i32 i32) (return_call $f (local.get 0)))",
         ["multi-value", "simd", "tail-call"]),
    ],
)  # fmt: skip
def test_features(epsilon, module, text, features):
    path = module(text)
    assert json.loads(epsilon("inspect", "--json", path).stdout)["features"] == features
    shown = f"  features: {', '.join(features)}\n"
    assert (shown in epsilon("inspect", path).stdout) == bool(features)


def test_a_start_function_with_a_name(epsilon, module):
    path = module("(func) (func $begin) (start $begin)")
    assert '\n  start: func 1 "begin"\n' in epsilon("inspect", path).stdout


def test_long_types_are_printed_once(epsilon, write):
    """A type of a thousand parameters that a thousand functions have."""
    count = 1000
    types = section(1, leb(1) + b"\x60" + leb(1000) + b"\x7e" * 1000 + leb(0))
    imports = leb(count) + (name(b"m") + name(b"f") + b"\0\0") * count
    path = write(MAGIC + types + section(2, imports))
    done = epsilon("inspect", path)
    assert '\n  func 999: "m" "f" type 0\n' in done.stdout
    assert len(done.stdout) < 100_000
    assert len(epsilon("inspect", "--json", path).stdout) < 250_000


def test_a_million_imports_and_exports(epsilon, write):
    count = 1_000_000
    item = name(b"m") + name(b"") + b"\3\x7f\1"
    exports = b"".join(name(b"%d" % i) + b"\3" + leb(i) for i in range(100_000))
    path = write(MAGIC + section(2, leb(count) + item * count) + section(7, leb(100_000) + exports))
    began = time.monotonic()
    done = epsilon("inspect", path)
    assert done.stdout.count("\n") == 1 + 1 + 3 + 1 + count + 1 + 100_000
    assert (done.stderr, done.returncode) == ("", 0)
    assert time.monotonic() - began < 30


def test_every_key_is_documented(epsilon, module):
    documented = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")

    def keys(value):
        if isinstance(value, dict):
            yield from value
            value = list(value.values())
        if isinstance(value, list):
            for item in value:
                yield from keys(item)

    for key in set(keys(json.loads(epsilon("inspect", "--json", module(PARTS)).stdout))):
        assert f"`{key}`" in documented, key
