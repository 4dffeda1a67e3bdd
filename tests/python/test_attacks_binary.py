# SPDX-License-Identifier: Apache-2.0
"""The attack checklist, first part: modules that lie. A test per row; its comment names the guard.

Rows 1 to 6 are about bytes, 25 and 26 about modules that are large in some direction. The other
rows are in test_attacks_execution.py and test_attacks_embedding.py, and for the C API in
tests/capi/attacks.c. Rows that are not there concern what Epsilon does not have.
"""

import os
import subprocess
import sys
import textwrap
import time

import pytest
from binary import (
    CODE,
    CUSTOM,
    DATA,
    DATA_COUNT,
    ELEMENTS,
    END,
    EXPORTS,
    EXTERNREF,
    FUNCREF,
    FUNCTIONS,
    GLOBALS,
    I32,
    IMPORTS,
    MEMORIES,
    MOST,
    START,
    TABLES,
    TYPES,
    body,
    function_type,
    module,
    name,
    one_function,
    section,
    sized,
    u32,
    vec,
)
from epsilon import (
    EpsilonError,
    EpsilonInvalidError,
    EpsilonLimitError,
    EpsilonLinkError,
    EpsilonMalformedError,
    Runtime,
)
from wat import wat

# Row 1 -----------------------------------------------------------------------------------------

FUNCTION = section(TYPES, vec(function_type())) + section(FUNCTIONS, vec(b"\0"))

CLAIMS = {
    "types": module(section(TYPES, MOST)),
    "parameters": module(section(TYPES, b"\x01\x60", MOST)),
    "results": module(section(TYPES, b"\x01\x60\0", MOST)),
    "imports": module(section(IMPORTS, MOST)),
    "length of a name": module(section(IMPORTS, b"\x01", MOST)),
    "functions": module(section(FUNCTIONS, MOST)),
    "tables": module(section(TABLES, MOST)),
    "memories": module(section(MEMORIES, MOST)),
    "globals": module(section(GLOBALS, MOST)),
    "exports": module(section(EXPORTS, MOST)),
    "element segments": module(section(ELEMENTS, MOST)),
    "elements": module(section(ELEMENTS, b"\x01\x01\0", MOST)),
    "element expressions": module(section(ELEMENTS, b"\x01\x05", bytes([FUNCREF]), MOST)),
    "bodies": module(FUNCTION, section(CODE, MOST)),
    "size of a body": module(FUNCTION, section(CODE, b"\x01", MOST)),
    "groups of locals": module(FUNCTION, section(CODE, vec(body(b"", MOST)))),
    "labels": one_function(b"\x41\0\x0e" + MOST + b"\0" + END),
    "types of select": one_function(b"\x1c" + MOST + bytes([I32]) + END),
    "data segments": module(section(DATA, MOST)),
    "size of a data segment": module(section(DATA, b"\x01\x01", MOST)),
    "data count": module(section(DATA_COUNT, MOST)),
    "size of a section": module(bytes([TYPES]) + MOST),
    "name of a custom section": module(section(CUSTOM, MOST)),
}


def test_row_01_counts_do_not_allocate():
    """Guard: plausible_count() in decode/module_decoder.h, and the checks of what is left in
    ByteReader::bytes and InstructionReader::read_label_table: nothing is reserved that no bytes
    stand for. Every limit is lifted and the process has 64 MiB to spare, so that a reservation for
    the claimed count fails, as an error of another kind."""
    code = """
    import resource, sys
    import epsilon
    limits = ["types", "imports", "functions", "tables", "memories", "globals", "exports",
              "element-segments", "data-segments", "function-bytes", "locals", "params", "results",
              "operands", "segment-elements"]
    runtime = epsilon.Runtime(module_limits={name: 2**32 - 1 for name in limits})
    runtime.instantiate(b"\\0asm\\1\\0\\0\\0")
    with open("/proc/self/statm") as file:
        used = int(file.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + (64 << 20),) * 2)
    for line in sys.stdin:
        try:
            runtime.instantiate(bytes.fromhex(line))
            print("ok")
        except epsilon.EpsilonError as error:
            print(error.kind)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        input="".join(data.hex() + "\n" for data in CLAIMS.values()),
        capture_output=True, text=True, timeout=60, check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
    )  # fmt: skip
    assert done.stderr == ""
    assert dict(zip(CLAIMS, done.stdout.split())) == dict.fromkeys(CLAIMS, "malformed")


def test_row_01_locals_are_counted_before_they_are_made(runtime):
    """Guard: the sum in FunctionValidator::read_locals, in 64 bits, before any are added."""
    for groups, message in [
        (vec(MOST + bytes([I32])), "too many locals: 4294967295 exceed the limit of 50000"),
        (vec(*[MOST + bytes([I32])] * 2), "too many locals: 8589934590 are more than 2\\^32 - 1"),
    ]:
        with pytest.raises(EpsilonError, match=message):
            runtime.instantiate(one_function(END, local_groups=groups))


# Row 2 -----------------------------------------------------------------------------------------

SECTIONS = {
    TYPES: vec(function_type()),
    IMPORTS: vec(name("m") + name("n") + b"\0\0"),
    FUNCTIONS: vec(b"\0"),
    TABLES: vec(bytes([FUNCREF]) + b"\0\0"),
    MEMORIES: vec(b"\0\0"),
    GLOBALS: vec(bytes([I32]) + b"\0\x41\0\x0b"),
    EXPORTS: vec(name("f") + b"\0\x01"),
    START: b"\x01",
    ELEMENTS: vec(b"\0\x41\0\x0b\0"),
    DATA_COUNT: b"\x01",
    CODE: vec(body(END)),
    DATA: vec(b"\x01\0"),
}


def whole(changed=None, content=b"", size=None):
    """A module of all sections, one of which has another content or another size."""
    parts = []
    for number, data in SECTIONS.items():
        if number == changed:
            data = content or data
            parts.append(bytes([number]) + u32(len(data) if size is None else size) + data)
        else:
            parts.append(section(number, data))
    return module(*parts)


def test_row_02_the_base_of_the_next_test_is_good(runtime):
    runtime.instantiate(whole(), imports={"m": {"n": lambda: None}})


@pytest.mark.parametrize("number", SECTIONS)
def test_row_02_sections_have_exactly_their_size(runtime, number):
    """Guards: ByteReader's end (nothing is read from behind a section), and "section size mismatch"
    in ModuleDecoder::run (nothing is left over in one)."""
    data = SECTIONS[number]
    with pytest.raises(EpsilonMalformedError, match="^section size mismatch: 1 bytes are left"):
        runtime.instantiate(whole(number, data + b"\0"))
    # One byte less than what is in it: its last item is cut, though the byte is there.
    with pytest.raises(EpsilonMalformedError):
        runtime.instantiate(whole(number, size=len(data) - 1))
    # One byte more: the next section's number is taken for its own.
    with pytest.raises(EpsilonMalformedError):
        runtime.instantiate(whole(number, size=len(data) + 1))


@pytest.mark.parametrize(
    "entry, message",
    [
        # after its end, the body goes on for a byte
        (b"\x03\0\x0b\x0b", "the function body goes on after its end"),
        (b"\x03\0\x0b\x01", "the function body goes on after its end"),
        # the end belongs to the body's neighbour
        (b"\x02\0\x01\x0b", "section size mismatch"),
        (b"\x01\0\x0b", "section size mismatch"),
        (b"\x00", "count of local declarations is missing"),
        # the size says more than the section has
        (b"\x03\0\x0b", "function body takes 3 bytes, 2 are left"),
    ],
)
def test_row_02_bodies_have_exactly_their_size(runtime, entry, message):
    """Guards: FunctionValidator::run at `end`; ByteReader::bytes in ModuleDecoder::read_code."""
    with pytest.raises(EpsilonMalformedError, match=message):
        runtime.instantiate(module(FUNCTION, section(CODE, b"\x01" + entry)))


def test_row_02_functions_and_bodies_are_as_many(runtime):
    """Guard: ModuleDecoder::check_counts."""
    with pytest.raises(EpsilonMalformedError, match="1 functions, 0 bodies"):
        runtime.instantiate(module(FUNCTION))
    with pytest.raises(EpsilonMalformedError, match="1 functions, 2 bodies"):
        runtime.instantiate(module(FUNCTION, section(CODE, vec(body(END), body(END)))))


# Row 3 -----------------------------------------------------------------------------------------


def const(number):
    """A function that gives an i32.const with these bytes."""
    return one_function(b"\x41" + number + END, results=[I32])


@pytest.mark.parametrize(
    "data, message",
    [
        (module(section(TYPES, b"\x80\x80\x80\x80\x80\0")), "integer representation too long"),
        (module(section(TYPES, b"\x80\x80\x80\x80\x10")), "integer too large"),
        (module(section(TYPES, b"\xff\xff\xff\xff\x1f")), "integer too large"),
        (const(b"\x80\x80\x80\x80\x80\0"), "integer representation too long"),
        # bits beyond the 32nd that are not its sign's
        (const(b"\x80\x80\x80\x80\x70"), "integer too large"),
        (const(b"\xff\xff\xff\xff\x0f"), "integer too large"),
        (const(b"\x80\x80\x80\x80\x08"), "integer too large"),
        # 2^32 + 1 labels, of which 32 bits would be 1
        (one_function(b"\x41\0\x0e\x81\x80\x80\x80\x10\0\0" + END), "integer too large"),
        # an offset of 65 bits
        (
            one_function(
                b"\x41\0\x2d\0\x80\x80\x80\x80\x80\x80\x80\x80\x80\x02\x1a" + END,
                before=section(MEMORIES, vec(b"\0\x01")),
            ),
            "integer too large",
        ),
        # i32 as a block type, written as a number of two bytes
        (one_function(b"\x02\xff\x7f" + END + END), "malformed block type"),
        # no type, likewise
        (one_function(b"\x02\xc0\x7f" + END + END), "malformed block type"),
        # 0xfc 256 and 0xfd 512 are not 0xfc 0 and 0xfd 0
        (one_function(b"\x43\0\0\0\0\xfc\x80\x02\x1a" + END), "illegal opcode fc 100"),
        (one_function(b"\x41\0\xfd\x80\x04\0\0\x1a" + END), "illegal opcode fd 200"),
        # a prefixed opcode of 33 bits
        (one_function(b"\x43\0\0\0\0\xfc\x80\x80\x80\x80\x10\x1a" + END), "integer too large"),
    ],
)
def test_row_03_integers_are_what_they_say(runtime, data, message):
    """Guard: read_leb128() in base/leb128.h, and the whole number in opcode_from_prefixed()."""
    with pytest.raises(EpsilonMalformedError, match=message):
        runtime.instantiate(data)


def test_row_03_a_lane_is_a_byte(runtime):
    """Guard: Immediates::lane in InstructionReader::read_rare: 0x80 0x00 is not lane 0."""
    vector = b"\xfd\x0c" + bytes(16)
    for lane in (b"\x80\0", b"\x10"):
        with pytest.raises(EpsilonInvalidError, match=f"invalid lane index: {lane[0]}"):
            runtime.instantiate(one_function(vector + b"\xfd\x15" + lane + b"\x1a" + END))


def test_row_03_padded_integers_are_fine(runtime):
    """Not an attack: leading zeros within the allowed length."""
    assert runtime.instantiate(const(b"\x81\x80\x80\x80\0")).call("f") == [1]
    assert runtime.instantiate(const(b"\xff\xff\xff\xff\x7f")).call("f") == [-1]
    saturating = b"\x43\0\0\x80\x3f\xfc\x80\x80\x80\x80\0" + END  # 0xfc 0 in five bytes
    assert runtime.instantiate(one_function(saturating, results=[I32])).call("f") == [1]


# Row 4 -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "instructions",
    [
        b"\x41\x0b",  # i32.const 11
        b"\x02\x40\x0b",  # the end of the block in it
        b"\x41\0\x04\x40\x01\x05\x01\x0b",  # of an else
        b"\x41\0\x0e\0\x0b",  # br_table to label 11
        b"\x44\0\0\0\0\0\0\0\x0b",  # f64.const
        b"\x10\x0b",  # call 11
    ],
)
def test_row_04_an_end_byte_is_not_an_end(runtime, instructions):
    """Guard: FunctionValidator::run, which knows an `end` only as an instruction of the outermost
    block."""
    with pytest.raises(EpsilonError) as caught:
        runtime.instantiate(one_function(instructions))
    assert caught.value.kind in ("malformed", "invalid")
    # With the end that is missing the complaint about it is gone.
    try:
        runtime.instantiate(one_function(instructions + END))
    except EpsilonInvalidError as error:
        assert "open" not in str(error)  # noqa: PT017


def test_row_04_constant_expressions_too(runtime):
    data = module(section(GLOBALS, vec(bytes([I32]) + b"\0\x41\x0b")))
    with pytest.raises(EpsilonMalformedError):
        runtime.instantiate(data)


# Row 5 -----------------------------------------------------------------------------------------

# Everything is there once: what has number 1 does not exist.
WORLD = """
(type (func)) (table 1 funcref) (memory 1) (global (mut i32) (i32.const 0)) (elem func) (data "")
(func (local i32) {})
"""


@pytest.mark.parametrize(
    "instructions, what",
    [
        ("br 2", "label 2"),
        ("(br_if 2 (i32.const 0))", "label 2"),
        ("(br_table 0 2 0 (i32.const 0))", "label 2"),
        ("(br_table 0 0 2 (i32.const 0))", "label 2"),
        ("(br_table 0xffffffff 0 (i32.const 0))", "label 4294967295"),
        ("call 1", "function 1"),
        ("call 0xffffffff", "function 4294967295"),
        ("return_call 1", "function 1"),
        ("(drop (ref.func 1))", "function 1"),
        ("(call_indirect 1 (type 0) (i32.const 0))", "table 1"),
        ("(return_call_indirect 1 (type 0) (i32.const 0))", "table 1"),
        ("(drop (local.get 1))", "local 1"),
        ("(local.set 0x80000000 (i32.const 0))", "local 2147483648"),
        ("(drop (local.tee 1 (i32.const 0)))", "local 1"),
        ("(drop (global.get 1))", "global 1"),
        ("(global.set 1 (i32.const 0))", "global 1"),
        ("(drop (i32.load 1 (i32.const 0)))", "memory 1"),
        ("(i64.store8 1 (i32.const 0) (i64.const 0))", "memory 1"),
        ("(drop (v128.load32_splat 1 (i32.const 0)))", "memory 1"),
        ("(drop (v128.load8_lane 1 0 (i32.const 0) (v128.const i64x2 0 0)))", "memory 1"),
        ("(drop (memory.size 1))", "memory 1"),
        ("(drop (memory.grow 1 (i32.const 0)))", "memory 1"),
        ("(memory.fill 1 (i32.const 0) (i32.const 0) (i32.const 0))", "memory 1"),
        ("(memory.copy 0 1 (i32.const 0) (i32.const 0) (i32.const 0))", "memory 1"),
        ("(memory.copy 1 0 (i32.const 0) (i32.const 0) (i32.const 0))", "memory 1"),
        ("(memory.init 0 1 (i32.const 0) (i32.const 0) (i32.const 0))", "data segment 1"),
        ("(memory.init 1 0 (i32.const 0) (i32.const 0) (i32.const 0))", "memory 1"),
        ("data.drop 1", "data segment 1"),
        ("(drop (table.get 1 (i32.const 0)))", "table 1"),
        ("(table.set 1 (i32.const 0) (ref.null func))", "table 1"),
        ("(drop (table.size 1))", "table 1"),
        ("(drop (table.grow 1 (ref.null func) (i32.const 0)))", "table 1"),
        ("(table.fill 1 (i32.const 0) (ref.null func) (i32.const 0))", "table 1"),
        ("(table.copy 0 1 (i32.const 0) (i32.const 0) (i32.const 0))", "table 1"),
        ("(table.copy 1 0 (i32.const 0) (i32.const 0) (i32.const 0))", "table 1"),
        ("(table.init 0 1 (i32.const 0) (i32.const 0) (i32.const 0))", "elem segment 1"),
        ("(table.init 1 0 (i32.const 0) (i32.const 0) (i32.const 0))", "table 1"),
        ("elem.drop 1", "elem segment 1"),
    ],
)
def test_row_05_indices_of_instructions(runtime, instructions, what):
    """Guard: FunctionValidator::check_index and find_label."""
    with pytest.raises(EpsilonInvalidError, match=f"^unknown {what}:"):
        runtime.instantiate(wat(WORLD.format(instructions)))


@pytest.mark.parametrize(
    "data, message",
    [
        (module(section(FUNCTIONS, vec(b"\0")), section(CODE, vec(body(END)))), "unknown type 0"),
        (module(section(IMPORTS, vec(name("") + name("") + b"\0\0"))), "unknown type 0"),
        (one_function(b"\x02\x01" + END + END), "unknown type 1"),  # block type
        (one_function(b"\x41\0\x11\x01\0" + END, before=section(TABLES, vec(b"\x70\0\0"))),
         "unknown type 1"),
        (module(section(EXPORTS, vec(name("x") + b"\0\0"))), "unknown function 0"),
        (module(section(EXPORTS, vec(name("x") + b"\x01\0"))), "unknown table 0"),
        (module(section(EXPORTS, vec(name("x") + b"\x02\0"))), "unknown memory 0"),
        (module(section(EXPORTS, vec(name("x") + b"\x03\0"))), "unknown global 0"),
        (module(section(START, b"\0")), "unknown function 0"),
        (module(section(ELEMENTS, vec(b"\0\x41\0\x0b\0"))), "unknown table 0"),
        (module(section(ELEMENTS, vec(b"\x01\0\x01\0"))), "unknown function 0"),
        (module(section(DATA, vec(b"\0\x41\0\x0b\0"))), "unknown memory 0"),
        (module(section(GLOBALS, vec(b"\x7f\0\x23\0\x0b"))), "unknown global 0"),  # its own
        (module(section(GLOBALS, vec(b"\x70\0\xd2\0\x0b"))), "unknown function 0"),
    ],
)  # fmt: skip
def test_row_05_indices_of_sections(runtime, data, message):
    """Guard: ModuleDecoder::check_index."""
    with pytest.raises(EpsilonInvalidError, match=f"^{message}:"):
        runtime.instantiate(data)


def test_row_05_select_with_types(runtime):
    """Guard: the arity in FunctionValidator's rule of select t*, and its operands' types."""
    operands = b"\x41\0\x41\0\x41\0"
    for types, message in [
        (vec(), "invalid result arity"),
        (vec(bytes([I32]), bytes([I32])), "invalid result arity"),
        (vec(bytes([FUNCREF])), "type mismatch"),
    ]:
        with pytest.raises(EpsilonInvalidError, match=message):
            runtime.instantiate(one_function(operands + b"\x1c" + types + b"\x1a" + END))
    with pytest.raises(EpsilonInvalidError, match="type mismatch"):  # references need a type
        runtime.instantiate(one_function(b"\xd0\x70\xd0\x70\x41\0\x1b\x1a" + END))


# Row 6 -----------------------------------------------------------------------------------------

BAD_NAMES = [
    b"\x80",
    b"\xc0\x80",
    b"\xed\xa0\x80",
    b"\xf4\x90\x80\x80",
    b"\xe2\x82",
    b"\xff",
    b"a\xfe",
]


@pytest.mark.parametrize("bad", BAD_NAMES)
def test_row_06_names_are_utf8(runtime, bad):
    """Guard: is_utf8() in ByteReader::name."""
    for data in (
        module(section(IMPORTS, vec(name(bad) + name("") + b"\x02\0\0"))),
        module(section(IMPORTS, vec(name("") + name(bad) + b"\x02\0\0"))),
        module(section(MEMORIES, vec(b"\0\0")), section(EXPORTS, vec(name(bad) + b"\x02\0"))),
        module(section(CUSTOM, name(bad))),
    ):
        with pytest.raises(EpsilonMalformedError, match="^malformed UTF-8 encoding"):
            runtime.instantiate(data)
    # In a name section it only means that there are no names.
    names = section(CUSTOM, name("name"), b"\x01", sized(vec(b"\0" + name(bad))))
    runtime.instantiate(one_function(END, after=names)).call("f")


@pytest.mark.parametrize(
    "text",
    [
        "(table 1 externref) (func $f) (elem (i32.const 0) func $f)",
        "(table 1 funcref) (elem (i32.const 0) externref (ref.null extern))",
        "(table 1 funcref) (elem (i32.const 0) externref)",
        "(global funcref (ref.null extern))",
        "(global externref (ref.null func))",
        "(global funcref (i32.const 0))",
        "(global i32 (ref.null func))",
        "(table 1 funcref) (func (table.set (i32.const 0) (ref.null extern)))",
        "(table 1 externref) (func (result funcref) (table.get (i32.const 0)))",
        "(table 1 externref) (type (func)) (func (call_indirect (type 0) (i32.const 0)))",
        "(table $a 1 externref) (table $b 1 funcref) "
        "(func (table.copy $a $b (i32.const 0) (i32.const 0) (i32.const 0)))",
        "(table $a 1 externref) (elem $e func) "
        "(func (table.init $a $e (i32.const 0) (i32.const 0) (i32.const 0)))",
    ],
)
def test_row_06_references_keep_their_types(runtime, text):
    """Guards: the comparison in ModuleDecoder::read_element, constant expressions' types, and
    OperandStack's mismatches: no funcref is ever taken for an externref or a number."""
    with pytest.raises(EpsilonInvalidError, match="^(type mismatch|indirect calls)"):
        runtime.instantiate(wat(text))


@pytest.mark.parametrize(
    "exporter, importer",
    [
        ("(memory (export \"x\") 1)", '(memory 2)'),
        ("(memory (export \"x\") 1)", '(memory 1 2)'),
        ("(memory (export \"x\") 1 3)", '(memory 1 2)'),
        ("(table (export \"x\") 1 funcref)", '(table 2 funcref)'),
        ("(table (export \"x\") 1 funcref)", '(table 1 2 funcref)'),
        ("(table (export \"x\") 1 3 funcref)", '(table 1 2 funcref)'),
        ("(table (export \"x\") 1 funcref)", '(table 1 externref)'),
        ("(global (export \"x\") i32 (i32.const 0))", '(global (mut i32))'),
        ("(global (export \"x\") (mut i32) (i32.const 0))", '(global i32)'),
        ("(global (export \"x\") i32 (i32.const 0))", '(global i64)'),
        ("(global (export \"x\") funcref (ref.null func))", '(global externref)'),
    ],
)  # fmt: skip
def test_row_06_imported_resources_keep_their_limits(runtime, exporter, importer):
    """Guard: matching in runtime/link.cpp."""
    given = runtime.instantiate(wat(exporter))
    with pytest.raises(EpsilonLinkError, match="^incompatible import type"):
        runtime.instantiate(wat(f'(import "m" "x" {importer})'), imports={"m": given})


@pytest.mark.parametrize(
    "limits, message",
    [
        (b"\x02\x01\x01\x00", "^size minimum must not be greater than maximum"),
        (b"\x02\x00\x81\x80\x04", "^memory size must be at most 65536 pages"),
        (b"\x02\x01\x00\x81\x80\x04", "^memory size must be at most 65536 pages"),
        (bytes([1, EXTERNREF, 1, 1, 0]), "^size minimum must not be greater than maximum"),
        (bytes([1, EXTERNREF, 0]) + b"\x80\x80\x80\x80\x10", "^table size must be at most"),
    ],
)
def test_row_06_limits_of_imports_are_checked_like_others(runtime, limits, message):
    """Guard: ModuleDecoder::read_limits, for imports too."""
    with pytest.raises(EpsilonInvalidError, match=message):
        runtime.instantiate(module(section(IMPORTS, vec(name("m") + name("x") + limits))))


def test_row_06_caps_hold_for_imported_memories(runtime):
    """Guard: Instantiation::check_imported_memories."""
    given = runtime.instantiate(wat('(memory (export "x") 5)'))
    with pytest.raises(EpsilonLimitError, match="the minimum of 5 pages is above the cap of 4"):
        runtime.instantiate(
            wat('(import "m" "x" (memory 5))'), max_memory_pages=4, imports={"m": given}
        )


# Rows 25 and 26 ----------------------------------------------------------------------------------


def quickly(work):
    began = time.monotonic()
    result = work()
    # A quarter of a second where nothing else runs.
    assert time.monotonic() - began < 20
    return result


@pytest.mark.parametrize("depth", [1_000_000])
def test_row_25_deep_nesting_needs_no_native_stack(runtime, depth):
    """Guard: FunctionValidator keeps its frames in a vector, translator and reader do not recurse:
    a million blocks and one function of them that is run."""
    deep = one_function(b"\x02\x40" * depth + b"\x0b" * depth + END)
    assert quickly(lambda: runtime.instantiate(deep).call("f")) == []
    ifs = one_function((b"\x41\x01\x04\x40" * (depth // 4)) + b"\x0b" * (depth // 4) + END)
    assert quickly(lambda: runtime.instantiate(ifs).call("f")) == []
    with pytest.raises(EpsilonMalformedError, match="blocks open"):
        runtime.instantiate(one_function(b"\x03\x40" * depth))


def test_row_26_a_huge_branch_table(runtime):
    """Guard: labels are checked once per label, results once per distinct one; a table's cells are
    as many as its bytes."""
    count = 1_000_000
    table = b"\x20\0\x0e" + u32(count) + b"\0\x01" * (count // 2) + b"\x01"
    instructions = b"\x02\x40\x02\x40" + table + END + b"\x41\x01\x0f" + END + b"\x41\x02" + END
    data = one_function(instructions, params=[I32], results=[I32])
    instance = quickly(lambda: runtime.instantiate(data))
    call = instance.call
    assert quickly(lambda: [call("f", i)[0] for i in (0, 1, 2, 3, count - 1, count, -1)]) == [
        1, 2, 1, 2, 2, 2, 2,
    ]  # fmt: skip


def test_row_26_many_functions_of_many_locals(runtime):
    """Guard: LocalTypes keeps runs; code is made at the first call, so nobody pays for what is
    never called."""
    count = 5000
    data = module(
        section(TYPES, vec(function_type())),
        section(FUNCTIONS, u32(count), b"\0" * count),
        section(EXPORTS, vec(name("f") + b"\0\0")),
        section(CODE, u32(count), body(END, vec(u32(50_000) + bytes([I32]))) * count),
    )
    instance = quickly(lambda: runtime.instantiate(data))
    assert quickly(lambda: instance.call("f")) == []


def test_row_26_many_small_things(runtime):
    """Guard: the module limits, and work in proportion to the bytes."""
    types = module(section(TYPES, u32(1_000_000), function_type() * 1_000_000))
    quickly(lambda: runtime.instantiate(types))
    with pytest.raises(EpsilonLimitError, match="count of types 1000001 exceeds the limit"):
        runtime.instantiate(module(section(TYPES, u32(1_000_001), function_type() * 1_000_001)))
    elements = module(
        section(TYPES, vec(function_type())),
        section(FUNCTIONS, vec(b"\0")),
        section(TABLES, vec(bytes([FUNCREF]) + b"\0" + u32(2_000_000))),
        section(ELEMENTS, vec(b"\0\x41\0\x0b" + u32(2_000_000) + b"\0" * 2_000_000)),
        section(CODE, vec(body(END))),
    )
    quickly(lambda: runtime.instantiate(elements))


def test_row_26_small_limits_are_kept():
    """Guard: read_count() and its users, asked before the work is done."""
    with Runtime(module_limits={"locals": 10, "functions": 3, "module-bytes": 500}) as runtime:
        runtime.instantiate(one_function(END, local_groups=vec(b"\x0a\x7f")))
        with pytest.raises(EpsilonLimitError, match="too many locals: 11 exceed the limit of 10"):
            runtime.instantiate(one_function(END, local_groups=vec(b"\x0b\x7f")))
        with pytest.raises(EpsilonLimitError, match="4 exceeds the limit of 3"):
            runtime.instantiate(
                module(
                    section(TYPES, vec(function_type())), section(FUNCTIONS, b"\x04" + b"\0" * 4)
                )
            )
        with pytest.raises(EpsilonLimitError, match="500"):
            runtime.instantiate(one_function(b"\x01" * 500 + END))
