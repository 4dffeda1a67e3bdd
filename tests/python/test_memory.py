# SPDX-License-Identifier: Apache-2.0
"""Reading, writing and growing memories: every edge."""

import array

import pytest
from epsilon import EpsilonError, EpsilonLimitError, EpsilonUsageError, Runtime
from wat import wat

PAGE = Runtime.PAGE_SIZE


@pytest.fixture(params=[False, True], ids=["guard", "explicit"])
def module(request):
    with Runtime(explicit_checks=request.param) as runtime:
        yield runtime.instantiate(wat('(memory (export "memory") 1 3) (memory (export "other") 0)'))


@pytest.mark.parametrize(
    "offset, length",
    [(PAGE, 1), (PAGE - 1, 2), (0, PAGE + 1), (-1, 1), (-1, 0), (0, -1), (5, -5), (2**32, 1),
     (2**64, 0), (2**64 - 1, 2), (2**63, 2**63), (1, 2**64 - 1), (10**30, 10**30), (-(10**30), 5),
     (0, 1 << 1000)],
)  # fmt: skip
def test_reading_outside(module, offset, length):
    with pytest.raises(EpsilonError, match="^out of bounds memory access") as caught:
        module.read_memory(offset, length)
    assert caught.value.kind == "misuse"


@pytest.mark.parametrize(
    "offset, size", [(PAGE, 1), (PAGE - 1, 2), (0, PAGE + 1), (-1, 1), (-1, 0), (2**64, 1),
                     (2**64 - 1, 1), (PAGE + 1, 0)],
)  # fmt: skip
def test_writing_outside(module, offset, size):
    with pytest.raises(EpsilonError, match="^out of bounds memory access"):
        module.write_memory(offset, b"x" * size)
    assert module.read_memory(0, PAGE) == bytes(PAGE)


def test_the_whole_and_nothing(module):
    data = bytes(range(256)) * 256
    assert module.write_memory(0, data) == PAGE
    assert module.read_memory(0, PAGE) == data
    assert module.read_memory(PAGE, 0) == b""
    assert module.write_memory(PAGE, b"") == 0
    assert module.read_memory(PAGE - 1, 1) == b"\xff"
    assert module.read_memory(0, 0, "other") == b""
    with pytest.raises(EpsilonError):
        module.read_memory(0, 1, "other")


@pytest.mark.parametrize(
    "data", [b"abcd", bytearray(b"abcd"), memoryview(b"xabcd")[1:], array.array("B", b"abcd"),
             array.array("I", b"abcd")],
)  # fmt: skip
def test_what_can_be_written(module, data):
    assert module.write_memory(3, data) == 4
    assert module.read_memory(2, 6) == b"\0abcd\0"


@pytest.mark.parametrize("data", ["abcd", None, 5, [1, 2], memoryview(b"abcd")[::2]])
def test_what_cannot_be_written(module, data):
    with pytest.raises(TypeError, match="^data must be bytes-like") as caught:
        module.write_memory(0, data)
    assert isinstance(caught.value, EpsilonUsageError)


@pytest.mark.parametrize("wrong", [None, "0", 1.0, b"1", []])
def test_what_is_no_offset(module, wrong):
    for use in (
        lambda: module.read_memory(wrong, 1),
        lambda: module.read_memory(1, wrong),
        lambda: module.write_memory(wrong, b"x"),
    ):
        with pytest.raises(TypeError, match="must be an integer, not"):
            use()


def test_growing(module):
    assert module.grow_memory(0) == 1
    assert module.grow_memory(1) == 1
    assert module.get_memory_size() == 2
    for too_much in (2, 65536, 2**32, 2**64 - 1):
        with pytest.raises(EpsilonLimitError):
            module.grow_memory(too_much)
    assert module.get_memory_size() == 2
    assert module.grow_memory(1) == 2
    with pytest.raises(ValueError, match="^pages must not be negative"):
        module.grow_memory(-1)
    with pytest.raises(OverflowError, match="^pages is too large"):
        module.grow_memory(2**64)
    for wrong in (1.0, None, "1"):
        with pytest.raises(TypeError, match="^pages must be an integer"):
            module.grow_memory(wrong)
    assert module.get_memory_size("other") == 0


def test_bytes_read_stay_after_growth_and_close(module):
    module.write_memory(0, b"kept")
    data = module.read_memory(0, 4)
    module.grow_memory(2)
    module.write_memory(0, b"lost")
    assert data == b"kept"
    module.close()
    assert data == b"kept"


def test_python_and_the_program_see_the_same_bytes(load):
    module = load(
        """(memory (export "memory") 1)
           (func (export "peek") (param i32) (result i32) (i32.load8_u (local.get 0)))
           (func (export "poke") (param i32 i32) (i32.store8 (local.get 0) (local.get 1)))
           (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))"""
    )
    module.write_memory(10, b"\xfe")
    assert module.call("peek", 10) == [254]
    module.call("poke", 11, 7)
    assert module.read_memory(10, 2) == b"\xfe\x07"
    assert module.call("grow", 2) == [1]
    assert module.get_memory_size() == 3
    module.write_memory(3 * PAGE - 1, b"\x09")
    assert module.call("peek", 3 * PAGE - 1) == [9]
