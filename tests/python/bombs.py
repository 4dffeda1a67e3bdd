# SPDX-License-Identifier: Apache-2.0
"""Modules that are small and made to cost much: time or memory out of proportion to their size.

Each generator takes the size to come near to, in bytes, and gives the module. A function exported
as "run" is to be called: calling is what translates it.
"""

from typing import Callable, Dict, Iterable, List, NamedTuple, Tuple

I32, I64, F32, F64, V128, FUNCREF, EXTERNREF = 0x7F, 0x7E, 0x7D, 0x7C, 0x7B, 0x70, 0x6F
NUMBERS = (I32, I64, F32, F64)
BLOCK, LOOP, IF, ELSE, END = b"\x02", b"\x03", b"\x04", b"\x05", b"\x0b"
UNREACHABLE, DROP, SELECT, RETURN = b"\x00", b"\x1a", b"\x1b", b"\x0f"
EMPTY = b"\x40"
MANY = 1000  # the most parameters and results that a type may have


class Bomb(NamedTuple):
    make: Callable[[int], bytes]
    outcome: str  # "ok", or how the error's message begins
    seconds_per_mib: float
    bytes_per_byte: float


def u32(number: int) -> bytes:
    out = bytearray()
    while True:
        out.append(number & 0x7F | (0x80 if number > 0x7F else 0))
        number >>= 7
        if not number:
            return bytes(out)


def s32(number: int) -> bytes:
    out = bytearray()
    while not -64 <= number < 64:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number & 0x7F)
    return bytes(out)


def sized(content: bytes) -> bytes:
    return u32(len(content)) + content


def vec(items: Iterable[bytes]) -> bytes:
    items = list(items)
    return u32(len(items)) + b"".join(items)


def section(number: int, content: bytes) -> bytes:
    return bytes([number]) + sized(content)


def name(text: str) -> bytes:
    return sized(text.encode())


def func_type(params: Iterable[int] = (), results: Iterable[int] = ()) -> bytes:
    return b"\x60" + sized(bytes(params)) + sized(bytes(results))


def body(code: bytes, local_types: bytes = b"\x00") -> bytes:
    return sized(local_types + code + END)


def local_get(index: int) -> bytes:
    return b"\x20" + u32(index)


def local_set(index: int) -> bytes:
    return b"\x21" + u32(index)


def br_if(depth: int) -> bytes:
    return b"\x0d" + u32(depth)


def br_table(labels: bytes, count: int, last: int = 0) -> bytes:
    return b"\x0e" + u32(count) + labels + u32(last)


def call(function: int) -> bytes:
    return b"\x10" + u32(function)


def const(number: int = 0) -> bytes:
    return b"\x41" + s32(number)


def module(*sections: bytes) -> bytes:
    return b"\0asm\1\0\0\0" + b"".join(sections)


def program(
    types: List[bytes],
    functions: List[Tuple[int, bytes]],
    *,
    run: int = 0,
    before: bytes = b"",
    after_exports: bytes = b"",
    after_code: bytes = b"",
) -> bytes:
    """Functions are (type, body); `before` goes between the function section and the exports."""
    return module(
        section(1, vec(types)),
        section(3, vec(u32(t) for t, _ in functions)),
        before,
        section(7, vec([name("run") + b"\x00" + u32(run)])),
        after_exports,
        section(10, vec(b for _, b in functions)),
        after_code,
    )


def one_function(code: bytes, types: Iterable[bytes] = (), local_types: bytes = b"\x00") -> bytes:
    """The code is validated and translated, but nothing of it is executed: it comes after a
    conditional return."""
    guard = const(1) + IF + EMPTY + RETURN + END
    return program([func_type(), *types], [(0, body(guard + code, local_types))])


def repeat(piece: bytes, size: int) -> bytes:
    return piece * (size // len(piece))


def wide_type(kind: int = I32) -> bytes:
    return func_type([kind] * MANY, [kind] * MANY)


THOUSAND = const() * MANY


# ---- Branches --------------------------------------------------------------------------------


def br_table_one_label(size: int) -> bytes:
    return one_function(
        BLOCK + u32(1) + THOUSAND + const() + br_table(b"\0" * size, size) + END + DROP * MANY,
        [func_type([], [I32] * MANY)],
    )


def br_table_two_labels(size: int) -> bytes:
    return one_function(
        (BLOCK + u32(1)) * 2 + THOUSAND + const() + br_table(b"\0\1" * (size // 2), size // 2 * 2)
        + END + END + DROP * MANY,
        [func_type([], [I32] * MANY)],
    )  # fmt: skip


def br_table_of_unknown_values(size: int) -> bytes:
    """In code that cannot be reached, a thousand values of types unknown."""
    return one_function(
        (BLOCK + u32(1)) * 2 + UNREACHABLE + SELECT * MANY + const()
        + br_table(b"\0\1" * (size // 2), size // 2 * 2) + END + END + DROP * MANY,
        [func_type([], [I32] * MANY)],
    )  # fmt: skip


def br_table_stubs(size: int) -> bytes:
    """Each label wants its value in another place: a stub for each."""
    count = min(size // 8, 450_000)
    labels = b"".join(u32(i) for i in range(count))
    return one_function(
        (BLOCK + bytes([I32]) + const()) * count + const() + br_table(labels, count)
        + END + (DROP + END) * (count - 1) + DROP
    )  # fmt: skip


def br_tables_of_many_labels(size: int) -> bytes:
    """Many tables, each of all labels, each label of a thousand values."""
    labels = 500
    tables = max(1, size // (labels * 2 + MANY * 2 + 20))
    table = (
        BLOCK + EMPTY + THOUSAND + const()
        + br_table(b"".join(u32(i + 1) for i in range(labels)), labels, 1) + END
    )  # fmt: skip
    return one_function(
        (BLOCK + u32(1)) * (labels + 1) + table * tables + THOUSAND
        + (END + DROP * MANY + THOUSAND) * labels + END + DROP * MANY,
        [func_type([], [I32] * MANY)],
    )  # fmt: skip


def branches_with_many_values(size: int) -> bytes:
    return one_function(
        BLOCK + u32(1) + THOUSAND + repeat(const() + br_if(0), size) + END + DROP * MANY,
        [func_type([], [I32] * MANY)],
    )


def returns_with_many_values(size: int) -> bytes:
    """Conditional branches out of a function with a thousand results, of constants."""
    return program(
        [func_type(), func_type([], [I32] * MANY)],
        [
            (0, body(b"")),
            (1, body(THOUSAND + repeat(const() + br_if(0), size))),
            (0, body(call(1) + DROP * MANY)),
        ],
        run=2,
    )


# ---- Blocks ----------------------------------------------------------------------------------


def deep_blocks(size: int) -> bytes:
    count = size // 3
    return one_function((BLOCK + EMPTY) * count + END * count)


def deep_loops_left_open(size: int) -> bytes:
    return one_function(repeat(LOOP + EMPTY, size))


def blocks_with_many_parameters(size: int) -> bytes:
    return one_function(THOUSAND + repeat(BLOCK + u32(1) + END, size) + DROP * MANY, [wide_type()])


def loops_with_many_parameters(size: int) -> bytes:
    count = size // 3
    return one_function(
        THOUSAND + (LOOP + u32(1)) * count + END * count + DROP * MANY, [wide_type()]
    )


def ifs_with_many_parameters(size: int) -> bytes:
    count = size // 5
    return one_function(
        THOUSAND + (const() + IF + u32(1)) * count + (ELSE + END) * count + DROP * MANY,
        [wide_type()],
    )


# ---- Calls -----------------------------------------------------------------------------------


def calls_of_wide_functions(size: int) -> bytes:
    return program(
        [func_type(), wide_type(), wide_type(V128)],
        [
            (0, body(const(1) + IF + EMPTY + RETURN + END
                     + THOUSAND + repeat(call(1), size) + DROP * MANY)),
            (1, body(b"".join(local_get(i) for i in range(MANY)))),
        ],
    )  # fmt: skip


def many_functions_of_a_wide_type(size: int) -> bytes:
    count = min(size // 5, 900_000)
    mixed = func_type((NUMBERS[i % 4] for i in range(MANY)), [])
    return program(
        [func_type(), mixed], [(0, body(b"")), *[(1, body(b""))] * count]
    )  # fmt: skip


def calls_that_pile_up_values(size: int) -> bytes:
    return program(
        [func_type(), func_type([], [I64] * MANY)],
        [(0, body(repeat(call(1), size))), (1, body(UNREACHABLE))],
    )


# ---- Locals ----------------------------------------------------------------------------------


def functions_with_many_locals(size: int) -> bytes:
    """Thousands of functions with 50,000 locals each; all are called, with nothing to do."""
    count = size // 12
    locals_ = vec([u32(50_000) + bytes([V128])])
    calls = b"".join(call(i + 1) for i in range(min(count, 5000)))
    return program(
        [func_type()], [(0, body(calls)), *[(0, body(b"", locals_))] * count]
    )  # fmt: skip


def runs_of_no_locals(size: int) -> bytes:
    return one_function(b"", local_types=vec([u32(0) + bytes([I32])] * (size // 2)))


def runs_of_locals(size: int) -> bytes:
    count = min(size // 2, 49_000)
    reads = b"".join(local_get(i) + DROP for i in range(count))
    return one_function(
        reads * (size // len(reads) + 1),
        local_types=vec(u32(1) + bytes([NUMBERS[i % 4]]) for i in range(count)),
    )


def locals_read_below_and_written_above(size: int) -> bytes:
    """Reads of locals stay pending deep in the stack; each write must find its own."""
    count = min(size // 10, 49_000)
    gets = b"".join(local_get(i) for i in range(count))
    sets = b"".join(const() + local_set(i) for i in reversed(range(count)))
    rest = (size - len(gets) - len(sets)) // 3
    values = min(max(rest, 0), 900_000)
    return one_function(
        gets + const() * values + sets + DROP * (count + values),
        local_types=vec([u32(count) + bytes([I32])]),
    )


def a_local_read_often_and_written_often(size: int) -> bytes:
    count = min(size // 154, 36_000)
    return one_function(
        (local_get(0) * 50 + const() + local_set(0) + DROP * 25) * count + DROP * (count * 25),
        local_types=vec([u32(1) + bytes([I32])]),
    )


def slots_far_away(size: int) -> bytes:
    """Instructions on values that take the long form of operands."""
    deep = 70_000
    return one_function(
        const() * deep + local_get(0) + local_get(0) + repeat(b"\x6a" + local_get(0), size)
        + DROP * (deep + 2),
        local_types=vec([u32(40_000) + bytes([I32])]),
    )  # fmt: skip


# ---- Simple code -----------------------------------------------------------------------------


def short_instructions(size: int) -> bytes:
    return one_function(const() + repeat(b"\x67", size) + DROP)


def values_never_used(size: int) -> bytes:
    return one_function(repeat(const() + DROP, size))


def operands_piled_up(size: int) -> bytes:
    count = min(size // 3, 999_000)
    return one_function(const() * count + DROP * count)


def selects_of_unknown_values(size: int) -> bytes:
    return one_function(UNREACHABLE + SELECT * (size // 2) + DROP * (size // 2))


# ---- Sections --------------------------------------------------------------------------------


def different_types(size: int) -> bytes:
    count = min(size // 10, 900_000)

    def nth(number: int) -> bytes:
        kinds = (I32, I64, F32, F64, V128, FUNCREF, EXTERNREF)
        params = []
        for _ in range(7):
            number, digit = divmod(number, 7)
            params.append(kinds[digit])
        return func_type(params)

    return module(section(1, vec(nth(i) for i in range(count))))


def equal_types(size: int) -> bytes:
    return module(section(1, vec([func_type()] * min(size // 3, 900_000))))


def wide_types_that_differ_at_the_end(size: int) -> bytes:
    count = size // (MANY + 5)
    return module(
        section(1, vec(
            func_type([I32] * (MANY - 4) + [NUMBERS[i // 4**k % 4] for k in range(4)])
            for i in range(count)
        ))
    )  # fmt: skip


def empty_data_segments(size: int) -> bytes:
    return module(section(11, vec([b"\x01\x00"] * (size // 2))))


def data_segments_that_write_nothing(size: int) -> bytes:
    return module(
        section(5, vec([b"\0\0"])), section(11, vec([b"\x00\x41\x00\x0b\x00"] * (size // 5)))
    )


def a_giant_data_segment(size: int) -> bytes:
    pages = size // 65536 + 1
    return module(
        section(5, vec([b"\0" + u32(pages)])),
        section(11, vec([b"\x00\x41\x00\x0b" + sized(b"x" * size)])),
    )


def empty_element_segments(size: int) -> bytes:
    return module(section(9, vec([b"\x01\x00\x00"] * (size // 3))))


def a_giant_element_segment(size: int) -> bytes:
    count = size
    return program(
        [func_type()], [(0, body(b""))],
        before=section(4, vec([b"\x70\x00" + u32(count)])),
        after_exports=section(9, vec([b"\x00\x41\x00\x0b" + u32(count) + b"\0" * count])),
    )  # fmt: skip


def elements_as_expressions(size: int) -> bytes:
    count = size // 3
    return module(
        section(4, vec([b"\x70\x00" + u32(count)])),
        section(9, vec([b"\x04\x41\x00\x0b" + u32(count) + b"\xd0\x70\x0b" * count])),
    )


def globals_(size: int) -> bytes:
    return module(section(6, vec([b"\x7f\x00\x41\x00\x0b"] * min(size // 5, 1_000_000))))


def a_long_constant_expression(size: int) -> bytes:
    return module(section(6, vec([b"\x7f\x00" + const() + repeat(const(1) + b"\x6a", size) + END])))


def a_deep_constant_expression(size: int) -> bytes:
    count = size // 3
    return module(section(6, vec([b"\x7f\x00" + const() * count + b"\x6a" * (count - 1) + END])))


def exports_with_a_long_common_beginning(size: int) -> bytes:
    count = size // 210
    return module(
        section(1, vec([func_type()])), section(3, vec([b"\0"])),
        section(7, vec(
            [name("run") + b"\0\0"] + [name("x" * 200 + str(i)) + b"\0\0" for i in range(count)]
        )),
        section(10, vec([body(b"")])),
    )  # fmt: skip


def exports_of_a_wide_type(size: int) -> bytes:
    count = size // 9
    return module(
        section(1, vec([wide_type()])), section(3, vec([b"\0"])),
        section(7, vec(name(f"{i:x}") + b"\0\0" for i in range(count))),
        section(10, vec([body(UNREACHABLE)])),
    )  # fmt: skip


def imports_of_a_wide_type(size: int) -> bytes:
    return module(
        section(1, vec([wide_type()])), section(2, vec([b"\0\0\0\0"] * min(size // 4, 900_000)))
    )


def imports_with_long_names(size: int) -> bytes:
    return module(
        section(1, vec([func_type()])),
        section(2, vec([name("m" * (size // 4)) + name("n" * (size // 4)) + b"\0\0"] * 2)),
    )


def tiny_functions(size: int) -> bytes:
    return program([func_type()], [(0, body(b""))] * min(size // 4, 900_000))


def memories(size: int) -> bytes:
    return module(section(5, vec([b"\0\0"] * min(size // 2, 100_000))))


def tables(size: int) -> bytes:
    return module(section(4, vec([b"\x70\0\0"] * min(size // 3, 100_000))))


def custom_sections(size: int) -> bytes:
    return module(b"\x00\x01\x00" * (size // 3))


def names_of_functions(size: int) -> bytes:
    count = size // 9
    names = b"".join(u32(i) + b"\0" for i in range(count))
    return program(
        [func_type()], [(0, body(b""))] * count,
        after_code=section(0, name("name") + b"\x01" + sized(u32(count) + names)),
    )  # fmt: skip


# ---- Backtraces ------------------------------------------------------------------------------


def a_long_name_in_every_frame(size: int) -> bytes:
    names = vec([u32(0) + name("x" * size)])
    return program(
        [func_type()], [(0, body(call(0)))],
        after_code=section(0, name("name") + b"\x01" + sized(names)),
    )  # fmt: skip


def many_exports_in_every_frame(size: int) -> bytes:
    count = size // 9
    return module(
        section(1, vec([func_type()])), section(3, vec([b"\0", b"\0"])),
        section(7, vec([name("run") + b"\0\0"]
                       + [name(f"{i:x}") + b"\0\0" for i in range(count)])),
        section(10, vec([body(call(1)), body(call(1))])),
    )  # fmt: skip


def long_functions_in_every_frame(size: int) -> bytes:
    """A trap below a chain of functions that are all long."""
    depth = 60
    long_body = const(1) + IF + EMPTY + b"%s" + ELSE + repeat(const() + DROP, size // depth) + END
    bodies = [body(long_body.replace(b"%s", call(i + 1))) for i in range(depth)]
    return program([func_type()], [(0, b) for b in [*bodies, body(UNREACHABLE)]])


BOMBS: Dict[str, Bomb] = {}


def _bomb(make: Callable[[int], bytes], outcome: str = "ok", seconds: float = 6,
          ratio: float = 60) -> None:  # fmt: skip
    BOMBS[make.__name__.rstrip("_")] = Bomb(make, outcome, seconds, ratio)


for _make in (
    br_table_one_label, br_table_two_labels, br_table_of_unknown_values, br_table_stubs,
    br_tables_of_many_labels, branches_with_many_values, returns_with_many_values,
    deep_blocks, blocks_with_many_parameters, loops_with_many_parameters,
    ifs_with_many_parameters, calls_of_wide_functions, many_functions_of_a_wide_type,
    functions_with_many_locals, runs_of_no_locals, runs_of_locals,
    locals_read_below_and_written_above, a_local_read_often_and_written_often, slots_far_away,
    short_instructions, values_never_used, operands_piled_up, selects_of_unknown_values,
    different_types, equal_types, wide_types_that_differ_at_the_end, empty_data_segments,
    data_segments_that_write_nothing, a_giant_data_segment, empty_element_segments,
    a_giant_element_segment, elements_as_expressions, globals_, a_long_constant_expression,
    a_deep_constant_expression, exports_with_a_long_common_beginning, exports_of_a_wide_type,
    tiny_functions, tables, custom_sections, names_of_functions,
):  # fmt: skip
    _bomb(_make)
_bomb(deep_loops_left_open, "unexpected end of section or function: the function body ends with")
_bomb(calls_that_pile_up_values, "operand stack too deep: the limit is 1000000 values")
_bomb(imports_of_a_wide_type, "unknown import .; unknown import .; ")
_bomb(imports_with_long_names, "unknown import mmmm")
_bomb(memories, "too many memories: the limit is 10000")
_bomb(a_long_name_in_every_frame, "call stack exhausted")
_bomb(many_exports_in_every_frame, "call stack exhausted")
_bomb(long_functions_in_every_frame, "unreachable")
