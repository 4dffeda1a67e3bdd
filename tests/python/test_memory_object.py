# SPDX-License-Identifier: Apache-2.0
"""Memory objects: sizes, bytes, subscripts, numbers and texts, in both kinds of memory. What views
outlive is in test_memory_views.py."""

import array
import copy
import math
import pickle
import struct
import sys
import threading
import time

import pytest
from epsilon import (
    EpsilonLimitError,
    EpsilonUsageError,
    Memory,
    MemoryType,
    Runtime,
)
from wat import wat

PAGE = Runtime.PAGE_SIZE

# Every number: its format, and the ends of its range.
INTEGERS = {
    "u8": ("<B", 0, 2**8 - 1), "s8": ("<b", -(2**7), 2**7 - 1),
    "u16": ("<H", 0, 2**16 - 1), "s16": ("<h", -(2**15), 2**15 - 1),
    "u32": ("<I", 0, 2**32 - 1), "s32": ("<i", -(2**31), 2**31 - 1),
    "u64": ("<Q", 0, 2**64 - 1), "s64": ("<q", -(2**63), 2**63 - 1),
}  # fmt: skip
FLOATS = {"f32": "<f", "f64": "<d"}
SIZES = {name: int(name[1:]) // 8 for name in [*INTEGERS, *FLOATS]}


@pytest.fixture(params=[False, True], ids=["guard", "explicit"])
def runtime(request):
    with Runtime(explicit_checks=request.param) as value:
        yield value


@pytest.fixture
def memory(runtime):
    return runtime.memory(1, 3)


class Index:
    """Something that is an integer only by its __index__."""

    def __init__(self, value, action=lambda: None):
        self.value, self.action = value, action

    def __index__(self):
        self.action()
        return self.value


# ---- making, size, growth ------------------------------------------------------------------


def test_type_and_size(runtime, memory):
    assert memory.type == MemoryType(1, 3)
    assert (memory.size, len(memory)) == (1, PAGE)
    assert repr(memory) == "<epsilon.Memory of 1 page, at most 3>"
    assert memory.grow(1) == 1
    assert memory.type == MemoryType(2, 3)
    assert (memory.size, len(memory)) == (2, 2 * PAGE)
    assert memory.grow(Index(0)) == 2
    assert repr(runtime.memory(0)) == "<epsilon.Memory of 0 pages>"
    assert runtime.memory(0).type == MemoryType(0, None)
    assert runtime.memory(0)  # an empty one is one


def test_growth_obeys_limits(memory):
    with pytest.raises(EpsilonLimitError, match="^a memory of 1 page.* cannot grow by 3: "):
        memory.grow(3)
    assert memory.size == 1
    with pytest.raises(ValueError, match="^pages must not be negative: -1$"):
        memory.grow(-1)
    with pytest.raises(TypeError, match="^pages must be an integer, not float$"):
        memory.grow(1.0)
    with Runtime(2, max_total_memory_bytes=3 * PAGE) as small:
        with pytest.raises(EpsilonLimitError):
            small.memory(3)
        first = small.memory(2)
        with pytest.raises(EpsilonLimitError):
            first.grow(1)
        with pytest.raises(EpsilonLimitError):
            small.memory(2)
        small.memory(1)
    with Runtime(max_memories=2) as few:
        kept = [few.memory(0), few.memory(0)]
        with pytest.raises(EpsilonLimitError):
            few.memory(0)
        assert kept


@pytest.mark.parametrize(
    "arguments, error, message",
    [
        ((-1,), ValueError, "^minimum must not be negative: -1$"),
        ((1.5,), TypeError, "^minimum must be an integer, not float$"),
        (("1",), TypeError, "^minimum must be an integer, not str$"),
        ((1, -1), ValueError, "^maximum must not be negative: -1$"),
        ((1, "2"), TypeError, "^maximum must be an integer, not str$"),
        ((2**64,), OverflowError, "^minimum is too large"),
        ((65537,), EpsilonUsageError, "^memory size is 65537 pages, which is more than 65536$"),
        ((0, 65537), EpsilonUsageError, "^memory size is 65537 pages, which is more than 65536$"),
        ((2, 1), EpsilonUsageError, "^size minimum must not be greater than maximum$"),
    ],
)
def test_what_no_memory_is_made_of(runtime, arguments, error, message):
    with pytest.raises(error, match=message) as caught:
        runtime.memory(*arguments)
    assert isinstance(caught.value, EpsilonUsageError)


# ---- bytes ---------------------------------------------------------------------------------


def test_reading_and_writing(memory):
    assert memory.write(10, b"abc") == 3
    assert memory.read(9, 5) == b"\0abc\0"
    for data in (bytearray(b"xyz"), memoryview(b"_xyz")[1:], array.array("B", b"xyz")):
        assert memory.write(Index(20), data) == 3
        assert memory.read(Index(20), Index(3)) == b"xyz"
        memory.write(20, b"...")
    assert memory.write(PAGE, b"") == 0
    assert memory.read(PAGE, 0) == b""
    pattern = bytes(range(256)) * 256
    assert memory.write(0, pattern) == PAGE
    assert memory.read(0, PAGE) == bytes(memory) == pattern
    # Overlapping parts of itself.
    memory.write(1, memory.view()[:100])
    assert memory.read(0, 101) == pattern[:1] + pattern[:100]


@pytest.mark.parametrize(
    "offset, length",
    [(PAGE, 1), (PAGE - 1, 2), (0, PAGE + 1), (-1, 1), (-1, 0), (0, -1), (PAGE + 1, 0), (2**32, 1),
     (2**64, 0), (10**30, 10**30), (0, 1 << 1000), (-(1 << 300), 1 << 300)],
)  # fmt: skip
def test_reading_outside(memory, offset, length):
    with pytest.raises(ValueError, match="^out of bounds memory access: offset ") as caught:
        memory.read(offset, length)
    assert caught.value.kind == "misuse"
    assert not isinstance(caught.value, IndexError)
    assert str(caught.value).endswith(f"the memory has {PAGE} bytes")


@pytest.mark.parametrize("offset", [PAGE - 2, PAGE, -1, -3, 2**64, -(10**30)])
@pytest.mark.parametrize("data", [b"abc", bytearray(b"abc")])
def test_writing_outside(memory, offset, data):
    with pytest.raises(EpsilonUsageError, match="length of data 3, the memory has 65536 bytes$"):
        memory.write(offset, data)
    assert bytes(memory) == bytes(PAGE)


@pytest.mark.parametrize("data", ["abc", None, 5, [1], memoryview(b"abcd")[::2]])
def test_what_is_not_written(memory, data):
    for use in (lambda: memory.write(0, data), lambda: memory.__setitem__(slice(0, 3), data)):
        with pytest.raises(TypeError, match="^data must be bytes-like and contiguous, not ") as c:
            use()
        assert isinstance(c.value, EpsilonUsageError)


# ---- subscripts ----------------------------------------------------------------------------


def test_indices(memory):
    memory[3] = 7
    memory[-1] = 255
    memory[Index(4)] = Index(8)
    memory[5] = True
    assert (memory[3], memory[-1], memory[4], memory[Index(5)]) == (7, 255, 8, 1)
    assert memory[PAGE - 1] == 255
    assert memory[-PAGE + 3] == 7
    assert memory.read(3, 3) == b"\x07\x08\x01"


@pytest.mark.parametrize("index", [PAGE, -PAGE - 1, 2**31, 2**64, -(2**64), 1 << 400])
def test_indices_outside(memory, index):
    for use in (lambda: memory[index], lambda: memory.__setitem__(index, 1)):
        with pytest.raises(IndexError, match="^out of bounds memory access: index ") as caught:
            use()
        assert isinstance(caught.value, ValueError)
        assert isinstance(caught.value, EpsilonUsageError)
    assert bytes(memory) == bytes(PAGE)


@pytest.mark.parametrize("index", [1.0, "1", None, (1, 2), b"1"])
def test_what_is_no_index(memory, index):
    message = "^memory indices must be integers or slices, not "
    for use in (lambda: memory[index], lambda: memory.__setitem__(index, 1)):
        with pytest.raises(TypeError, match=message) as caught:
            use()
        assert isinstance(caught.value, EpsilonUsageError)
    with pytest.raises((TypeError, AttributeError)):
        del memory[0]


@pytest.mark.parametrize(
    "value, error, message",
    [
        (256, OverflowError, r"^memory\[index\]: 256 is out of range \(0 to 255\)$"),
        (-1, OverflowError, r"^memory\[index\]: -1 is out of range \(0 to 255\)$"),
        (1.0, TypeError, r"^memory\[index\]: expected an integer, got float$"),
        (b"a", TypeError, r"^memory\[index\]: expected an integer, got bytes$"),
        (None, TypeError, r"^memory\[index\]: expected an integer, got NoneType$"),
    ],
)
def test_what_is_no_byte(memory, value, error, message):
    memory[0] = 9
    with pytest.raises(error, match=message) as caught:
        memory[0] = value
    assert isinstance(caught.value, EpsilonUsageError)
    assert memory[0] == 9


def test_slices(memory):
    data = bytes(range(1, 251))
    memory[:250] = data
    memory[-4:] = b"tail"
    whole = bytes(memory)
    for part in (
        slice(0, 10), slice(None, 5), slice(-4, None), slice(240, 300), slice(10, 5),
        slice(1, 9, 3), slice(None, None, -1), slice(9, None, -2), slice(10**30, 10**31),
        slice(Index(2), Index(4)), slice(None), slice(0, 0), slice(-(10**30), 3),
    ):  # fmt: skip
        assert memory[part] == whole[part]
        assert type(memory[part]) is bytes
    memory[10:20:2] = b"ABCDE"
    assert memory[10:20] == b"A\x0cB\x0eC\x10D\x12E\x14"
    memory[5:5] = b""
    memory[1:4] = memory.view()[0:3]  # overlapping
    assert memory[:5] == b"\x01\x01\x02\x03\x05"
    memory[0:4] = array.array("I", [0x04030201])
    assert memory[:4] == struct.pack("=I", 0x04030201)


def test_slices_that_do_not_fit(memory):
    for part, size in ((slice(0, 3), 4), (slice(0, 4), 3), (slice(PAGE - 1, PAGE + 5), 2),
                       (slice(0, 6, 2), 6)):  # fmt: skip
        with pytest.raises(ValueError, match=f"^data of {size} bytes does not fit a slice of "):
            memory[part] = b"x" * size
    assert bytes(memory) == bytes(PAGE)
    with pytest.raises(EpsilonUsageError, match="slice step cannot be zero"):
        memory[::0]
    with pytest.raises(TypeError) as caught:
        memory["a":]
    assert isinstance(caught.value, EpsilonUsageError)


def test_iteration_and_membership(runtime):
    memory = runtime.memory(1)
    memory[:3] = b"abc"
    first = []
    for byte in memory:
        first.append(byte)
        if len(first) == 4:
            break
    assert first == [97, 98, 99, 0]
    assert 99 in memory
    assert list(runtime.memory(0)) == []


# ---- numbers -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", INTEGERS)
def test_integers(memory, name):
    layout, low, high = INTEGERS[name]
    read, write = getattr(memory, f"read_{name}"), getattr(memory, f"write_{name}")
    for value in (low, high, 0, 1, low // 3, high // 3, True):
        write(5, value)
        assert read(5) == value
        assert memory.read(4, SIZES[name] + 2) == b"\0" + struct.pack(layout, value) + b"\0"
        assert type(read(5)) is int
    write(Index(PAGE - SIZES[name]), Index(high))
    assert read(Index(PAGE - SIZES[name])) == high
    before = bytes(memory)
    for wrong, error, reason in (
        (low - 1, OverflowError, f"{low - 1} is out of range \\({low} to {high}\\)"),
        (high + 1, OverflowError, f"{high + 1} is out of range \\({low} to {high}\\)"),
        (1 << 300, OverflowError, "an integer of 301 bits is out of range"),
        (1.0, TypeError, "expected an integer, got float"),
        ("1", TypeError, "expected an integer, got str"),
        (None, TypeError, "expected an integer, got NoneType"),
    ):
        with pytest.raises(error, match=f"^write_{name}: {reason}") as caught:
            write(5, wrong)
        assert isinstance(caught.value, EpsilonUsageError)
    assert bytes(memory) == before


@pytest.mark.parametrize("name", FLOATS)
def test_floats(memory, name):
    read, write = getattr(memory, f"read_{name}"), getattr(memory, f"write_{name}")
    for value in (0.0, -0.0, 1.5, -2.25, math.inf, -math.inf, 3, True, 2**20):
        write(6, value)
        assert read(6) == value
        assert math.copysign(1, read(6)) == math.copysign(1, value)
        assert memory.read(6, SIZES[name]) == struct.pack(FLOATS[name], value)
        assert type(read(6)) is float
    write(6, math.nan)
    assert math.isnan(read(6))
    write(Index(PAGE - SIZES[name]), 0.5)
    assert read(Index(PAGE - SIZES[name])) == 0.5
    for wrong, error, reason in (
        ("1", TypeError, "expected a number, got str"),
        (1j, TypeError, "expected a number, got complex"),
        (None, TypeError, "expected a number, got NoneType"),
        (10**400, OverflowError, "the integer is too large for a float"),
    ):
        with pytest.raises(error, match=f"^write_{name}: {reason}$") as caught:
            write(5, wrong)
        assert isinstance(caught.value, EpsilonUsageError)


def test_floats_beyond_f32_are_infinite(memory):
    memory.write_f32(0, 1e300)
    assert memory.read_f32(0) == math.inf
    memory.write_f32(0, -1e39)
    assert memory.read_f32(0) == -math.inf
    memory.write_f32(0, 0.1)
    assert memory.read_f32(0) == struct.unpack("f", struct.pack("f", 0.1))[0]


@pytest.mark.parametrize("name", SIZES)
def test_numbers_outside(memory, name):
    read, write = getattr(memory, f"read_{name}"), getattr(memory, f"write_{name}")
    end = PAGE - SIZES[name]
    for offset in (end + 1, PAGE, -1, -SIZES[name], -PAGE, 2**31, 2**32, 2**63, 2**64, -(2**64),
                   Index(end + 1), Index(-1), 1 << 500):  # fmt: skip
        for use in (lambda: read(offset), lambda: write(offset, 1)):  # noqa: B023
            with pytest.raises(ValueError, match="^out of bounds memory access: offset ") as c:
                use()
            assert isinstance(c.value, EpsilonUsageError)
    for offset in (1.0, "1", None, [], 1j):
        for use in (lambda: read(offset), lambda: write(offset, 1)):  # noqa: B023
            with pytest.raises(TypeError, match="^offset must be an integer, not ") as c:
                use()
            assert isinstance(c.value, EpsilonUsageError)
    assert bytes(memory) == bytes(PAGE)
    write(end, 1)
    assert read(end) == 1


def test_numbers_have_names(memory):
    for name in SIZES:
        for verb in ("read", "write"):
            method = getattr(Memory, f"{verb}_{name}")
            assert method.__name__ == f"{verb}_{name}"
            assert method.__qualname__ == f"Memory.{verb}_{name}"
            assert f"{SIZES[name] * 8} bits" in method.__doc__


# ---- texts ---------------------------------------------------------------------------------


def test_c_strings(memory):
    assert memory.write_cstring(10, "grüße") == 8
    assert memory.read_cstring(10) == "grüße".encode()
    assert memory.write_cstring(10, b"") == 1
    assert memory.read_cstring(10) == b""
    assert memory.write_cstring(PAGE - 4, bytearray(b"end")) == 4
    assert memory.read_cstring(PAGE - 4) == b"end"
    for length in (0, 1, 255, 256, 257, 1279, 1280, 1281, 30000):
        memory.write_cstring(0, b"x" * length)
        assert memory.read_cstring(0) == b"x" * length
        assert memory.read_cstring(0, length) == b"x" * length
        assert memory.read_cstring(Index(0), Index(length + 1)) == b"x" * length
        assert memory.read_cstring(0, 2**64 - 1) == b"x" * length


def test_c_strings_without_an_end(memory):
    memory.write(PAGE - 3, b"abc")
    with pytest.raises(ValueError, match="^no NUL byte in the 3 bytes at offset 65533$") as caught:
        memory.read_cstring(PAGE - 3)
    assert isinstance(caught.value, EpsilonUsageError)
    with pytest.raises(EpsilonUsageError, match="^no NUL byte in the 0 bytes at offset 65536$"):
        memory.read_cstring(PAGE)
    memory.write_cstring(0, b"12345")
    with pytest.raises(EpsilonUsageError, match="^no NUL byte in the 5 bytes at offset 0$"):
        memory.read_cstring(0, 4)
    memory.write(0, b"x" * PAGE)
    with pytest.raises(EpsilonUsageError, match=f"^no NUL byte in the {PAGE} bytes at offset 0$"):
        memory.read_cstring(0)
    for offset in (-1, PAGE + 1, 2**64):
        with pytest.raises(EpsilonUsageError, match="^out of bounds memory access: offset "):
            memory.read_cstring(offset)
    with pytest.raises(ValueError, match="^max_length must not be negative: -1$"):
        memory.read_cstring(0, -1)


def test_what_is_no_c_string(memory):
    with pytest.raises(ValueError, match="^text must not contain a NUL byte$"):
        memory.write_cstring(0, "a\0b")
    with pytest.raises(ValueError, match="^text is not valid Unicode: "):
        memory.write_cstring(0, "\ud800")
    for wrong in (None, 5, [b"a"]):
        with pytest.raises(TypeError, match="^text must be bytes or str, not "):
            memory.write_cstring(0, wrong)
    with pytest.raises(ValueError, match="length of data 4, the memory has 65536 bytes$"):
        memory.write_cstring(PAGE - 3, "abc")  # the NUL has no room
    assert bytes(memory) == bytes(PAGE)


def test_strings(memory):
    memory.write(7, "naïve ☃".encode())
    assert memory.read_string(7, 10) == "naïve ☃"
    assert memory.read_string(7, 0) == ""
    with pytest.raises(ValueError, match="^the 3 bytes at offset 7 are not valid UTF-8: "):
        memory.read_string(7, 3)
    with pytest.raises(EpsilonUsageError, match="^out of bounds memory access"):
        memory.read_string(PAGE, 1)


# ---- numpy ---------------------------------------------------------------------------------


def test_numpy_scalars(memory):
    numpy = pytest.importorskip("numpy")
    for kind in (numpy.int64, numpy.uint8, numpy.uint32):
        memory.write_u32(kind(8), kind(200))
        assert memory.read_u32(kind(8)) == 200
        assert memory.read(kind(8), kind(1)) == b"\xc8"
        assert memory[kind(8)] == 200
        memory[kind(8)] = kind(7)
        assert memory[8:9] == b"\x07"
    memory.write_f32(0, numpy.float64(1.5))
    memory.write_f64(8, numpy.float32(2.5))
    assert (memory.read_f32(0), memory.read_f64(8)) == (1.5, 2.5)
    assert memory.grow(numpy.int16(1)) == 1
    with pytest.raises(EpsilonUsageError, match="expected an integer, got float64"):
        memory.write_u8(0, numpy.float64(1))
    with pytest.raises(EpsilonUsageError, match="offset must be an integer, not ndarray"):
        memory.read_u8(numpy.zeros(3, dtype=int))
    memory[0:4] = numpy.array([1, 2, 3, 4], dtype=numpy.uint8)
    assert memory[0:4] == b"\1\2\3\4"


# ---- growth, identity, closing, threads ----------------------------------------------------


GROWER = """
(import "env" "m" (memory 1))
(export "again" (memory 0))
(export "same" (memory 0))
(memory $other (export "other") 1)
(func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
(func (export "poke") (param i32 i32) (i32.store (local.get 0) (local.get 1)))
(func (export "peek") (param i32) (result i32) (i32.load (local.get 0)))
"""


def test_the_program_grows_it(runtime):
    """Everything sees the new bytes, and the program sees what is written there."""
    memory = runtime.memory(1)
    module = runtime.instantiate(wat(GROWER), imports={"env": {"m": memory}})
    memory.write_u32(0, 77)
    for pages in range(1, 6):
        assert module.call("grow", 1) == [pages]
        last = (pages + 1) * PAGE - 4
        assert memory.read_u32(last) == 0
        memory.write_u32(last, pages)
        assert module.call("peek", last) == [pages]
        module.call("poke", last, 99)
        assert memory.read_u32(last) == 99
        assert memory[last] == memory[-4] == 99
        assert memory.read(last, 4) == memory[-4:] == b"c\0\0\0"
        memory[last] = pages
        memory[-3:] = b"\1\2\3"
        memory.write_f64(last - 4, 0.5)
        assert memory.read_f64(last - 4) == 0.5
        assert module.call("peek", 0) == [77]
        module.call("poke", 0, 78)
        assert memory.read_u32(0) == memory[0] == 78
        memory.write_u8(0, 77)
        assert module.call("peek", 0) == [77]
        with pytest.raises(EpsilonUsageError):
            memory.read_u32(last + 1)


@pytest.mark.parametrize("by_program", [False, True])
def test_the_first_bytes_after_growth(runtime, by_program):
    """They may have moved, and nothing before has asked for what is beyond their old end."""
    memory = runtime.memory(1)
    module = runtime.instantiate(wat(GROWER), imports={"env": {"m": memory}})
    reads = [
        lambda: memory.read_u32(0), lambda: memory.read_u8(0), lambda: memory[0],
        lambda: memory.read(0, 1)[0], lambda: memory[0:1][0], lambda: memory.view()[0],
        lambda: memory.read_cstring(0)[0], lambda: ord(memory.read_string(0, 1)),
    ]  # fmt: skip
    writes = [
        lambda v: memory.write_u32(0, v), lambda v: memory.write_s8(0, v),
        lambda v: memory.__setitem__(0, v), lambda v: memory.write(0, bytes([v])),
        lambda v: memory.write_f32(0, struct.unpack("<f", bytes([v, 0, 0, 0]))[0]),
        lambda v: memory.__setitem__(slice(0, 1), bytes([v])),
        lambda v: memory.write_cstring(0, chr(v)),
    ]  # fmt: skip
    for number, (read, write) in enumerate((r, w) for r in reads for w in writes):
        value = number % 100 + 1
        memory[0] = 1
        read()  # something has been looked at
        for _ in range(2):  # growth takes room for more, so not every one moves
            if by_program:
                module.call("grow", memory.size)
            else:
                memory.grow(memory.size)
            module.call("poke", 0, value)
            assert read() == value
            write(value + 1)
            assert module.call("peek", 0)[0] & 0xFF == value + 1
        if memory.size > 100:
            memory = runtime.memory(1)
            module = runtime.instantiate(wat(GROWER), imports={"env": {"m": memory}})


def test_it_is_the_same_memory(runtime):
    memory = runtime.memory(1)
    module = runtime.instantiate(wat(GROWER), imports={"env": {"m": memory}})
    again, same, other = (module.exports[n] for n in ("again", "same", "other"))
    assert module.exports["again"] is again
    assert again is not same
    assert memory == again == same
    assert len({memory, again, same, other}) == 2
    assert memory != other
    assert memory != runtime.memory(1)
    assert memory != 5
    again.write(0, b"one")
    assert memory.read(0, 3) == module.read_memory(0, 3, "same") == b"one"
    number = hash(memory)
    runtime.close()
    assert memory == memory  # noqa: PLR0124
    assert hash(memory) == number
    assert memory != again  # nobody knows any more


USES = [
    lambda m: m.type, lambda m: m.size, len, lambda m: m.grow(0), lambda m: m.read(0, 0),
    lambda m: m.write(0, b""), lambda m: m[0], lambda m: m[-1], lambda m: m[0:0],
    lambda m: m.__setitem__(0, 1), lambda m: m.__setitem__(slice(0, 1), b"a"), lambda m: m.view(),
    lambda m: m.__array_interface__, lambda m: m.__buffer__(0), bytes, lambda m: m.read_u32(0),
    lambda m: m.write_u32(0, 1), lambda m: m.read_f64(0), lambda m: m.write_f64(0, 1),
    lambda m: m.read_cstring(0), lambda m: m.write_cstring(0, b""), lambda m: m.read_string(0, 0),
]  # fmt: skip


@pytest.mark.parametrize("used_before", [False, True])
def test_closing(runtime, used_before):
    own = runtime.memory(1)
    module = runtime.instantiate(wat('(memory (export "memory") 1)'))
    exported = module.exports["memory"]
    if used_before:
        for use in USES:
            use(own)
            use(exported)
    module.close()
    for use in USES:
        with pytest.raises(EpsilonUsageError, match="^Module is closed$"):
            use(exported)
    assert own.read(0, 0) == b""
    runtime.close()
    for use in USES:
        with pytest.raises(EpsilonUsageError, match="^Runtime is closed$"):
            use(own)
    assert repr(own) == repr(exported) == "<epsilon.Memory (closed)>"
    assert own
    with pytest.raises(EpsilonUsageError, match="^Runtime is closed$"):
        runtime.memory(1)


def test_exports_are_closed_with_the_runtime_when_their_module_is_gone(runtime):
    module = runtime.instantiate(
        wat(
            '(memory (export "memory") 1) (func (export "f")) (global (export "g") i32 i32.const 1)'
        )
    )
    memory, func, value = (module.exports[name] for name in ("memory", "f", "g"))
    del module
    memory[0] = 1
    func()
    runtime.close()
    for use in (lambda: memory[0], func, value.get):
        with pytest.raises(EpsilonUsageError, match="^(Module|Runtime) is closed$"):
            use()


def test_closing_while_a_value_is_looked_at(runtime):
    """Numbers may run any code: what they close is closed, and nothing is written after."""
    for use in (
        lambda m, value: m.write_u32(0, value),
        lambda m, value: m.write_u32(value, 1),
        lambda m, value: m.__setitem__(0, value),
        lambda m, value: m.__setitem__(value, 1),
        lambda m, value: m.read(value, 1),
        lambda m, value: m.read(0, value),
        lambda m, value: m.write(value, b"x"),
        lambda m, value: m.grow(value),
        lambda m, value: m[value],
        lambda m, value: m.read_u8(value),
    ):
        module = runtime.instantiate(wat('(memory (export "memory") 1)'))
        memory = module.exports["memory"]
        view = memory.view()
        with pytest.raises(EpsilonUsageError, match="^Module is closed$"):
            use(memory, Index(0, module.close))
        assert bytes(view) == bytes(PAGE)


def test_no_copies(memory):
    for make in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError, match="^cannot copy or pickle 'Memory' object$"):
            make(memory)


def test_a_second_thread(runtime):
    """While a program runs on another thread methods that ask the library are refused. What looks
    at the bytes directly may be served: nothing crashes, and all is well afterwards."""
    module = runtime.instantiate(
        wat('(memory (export "memory") 1) (func (export "loop") (loop $l (br $l)))')
    )
    memory = module.exports["memory"]
    memory[0] = 5
    view = memory.view()

    def loop():
        with pytest.raises(TimeoutError):
            module.call("loop", timeout_ms=600)

    thread = threading.Thread(target=loop)
    thread.start()
    time.sleep(0.2)
    busy = "^the runtime is in use by another thread$"
    for use in (
        lambda: memory.read(0, 1), lambda: memory.write(0, b"x"), memory.view, lambda: memory[0:1],
        lambda: memory.grow(1), lambda: memory.read_cstring(0), lambda: memory.__array_interface__,
        lambda: bytes(memory), lambda: runtime.memory(1), lambda: module.read_memory(0, 1),
    ):  # fmt: skip
        with pytest.raises(EpsilonUsageError, match=busy):
            use()
    assert (memory.size, len(memory), view[0]) == (1, PAGE, 5)
    assert repr(memory) == "<epsilon.Memory of 1 page>"
    for use in (lambda: memory.read_u8(0), lambda: memory[0]):
        try:
            assert use() == 5
        except EpsilonUsageError as error:
            assert str(error) == "the runtime is in use by another thread"
    assert thread.is_alive()
    thread.join(30)
    assert memory.read(0, 1) == b"\x05"


def test_growth_and_reading_on_many_threads(runtime):
    """Refused or right, never something else."""
    memory = runtime.memory(1, 200)
    memory.write_u32(0, 0xABCDEF)
    failures = []
    outcomes = {"done": 0}

    def work(use):
        end = time.monotonic() + 0.5
        while time.monotonic() < end:
            try:
                use()
                outcomes["done"] += 1
            except EpsilonUsageError as error:
                if str(error) != "the runtime is in use by another thread":
                    failures.append(error)
            except EpsilonLimitError:
                time.sleep(0.01)
            except BaseException as error:
                failures.append(error)

    def read():
        if memory.read_u32(0) != 0xABCDEF or memory.read(0, 4) != b"\xef\xcd\xab\0":
            failures.append("wrong")
        view = memory.view()
        if len(view) % PAGE or view[-1] != 0 or view[0] != 0xEF:
            failures.append("view")

    uses = [lambda: memory.grow(1), read, read]
    threads = [threading.Thread(target=work, args=(use,)) for use in uses]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    assert outcomes["done"] > 3


@pytest.mark.skipif(sys.version_info < (3, 12), reason="Python asks classes for buffers from 3.12")
def test_it_is_a_buffer(memory):
    memory.write(0, b"abc")
    with memoryview(memory) as view:
        assert bytes(view[:3]) == b"abc"
        view[0] = 65
    assert memory[0] == 65
    assert struct.unpack_from("<B", memory, 0) == (65,)
    other = memory.read(0, 3)
    memory.write(10, memoryview(memory)[:3])
    assert memory.read(10, 3) == other
