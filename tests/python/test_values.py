# SPDX-License-Identifier: Apache-2.0
"""Conversions of arguments and results."""

import decimal
import fractions
import math
import struct

import pytest
from epsilon import EpsilonUsageError, Func, Runtime
from wat import wat

IDENTITIES = "".join(
    f'(func (export "{t}") (param {t}) (result {t}) (local.get 0))'
    for t in ("i32", "i64", "f32", "f64", "v128", "funcref", "externref")
)


@pytest.fixture
def module(load):
    return load(IDENTITIES)


def one(module, name, value):
    (result,) = module.call(name, value)
    return result


@pytest.mark.parametrize("bits", [32, 64])
def test_integers_of_both_ranges(module, bits):
    name = f"i{bits}"
    half = 1 << (bits - 1)
    for value in (0, 1, -1, half - 1, -half):
        assert one(module, name, value) == value
    assert one(module, name, half) == -half
    assert one(module, name, 2 * half - 1) == -1
    assert one(module, name, 0xFFFF_FFFF) == (-1 if bits == 32 else 0xFFFF_FFFF)
    assert type(one(module, name, 5)) is int
    assert one(module, name, True) == 1
    for value in (2 * half, -half - 1, 10**30, -(10**30), 1 << 100000):
        with pytest.raises(OverflowError, match=rf"^{name}: parameter 0 \({name}\): ") as caught:
            module.call(name, value)
        assert isinstance(caught.value, EpsilonUsageError)
        assert caught.value.kind == "misuse"


def test_the_message_of_a_range_error(module):
    with pytest.raises(
        OverflowError,
        match=r"^i32: parameter 0 \(i32\): 4294967296 is out of range "
        r"\(-2147483648 to 4294967295\)$",
    ):
        module.call("i32", 2**32)
    with pytest.raises(OverflowError, match="an integer of 100001 bits is out of range"):
        module.call("i32", 1 << 100000)


@pytest.mark.parametrize(
    "value",
    [1.0, 1.5, "1", b"1", None, [], (), {}, 1j, math.nan, decimal.Decimal(3),
     fractions.Fraction(3), object(), int],
)  # fmt: skip
def test_what_is_no_integer(module, value):
    for name in ("i32", "i64"):
        kind = type(value).__name__
        with pytest.raises(
            TypeError, match=rf"^{name}: parameter 0 \({name}\): expected an integer, got {kind}$"
        ):
            module.call(name, value)


class Index:
    def __init__(self, value):
        self.value = value

    def __index__(self):
        return self.value


class Float:
    def __float__(self):
        return 2.5


class IntSubclass(int):
    pass


def test_objects_that_are_numbers(module):
    assert one(module, "i32", Index(7)) == 7
    assert one(module, "i64", Index(2**64 - 1)) == -1
    assert one(module, "i32", IntSubclass(8)) == 8
    assert type(one(module, "i32", IntSubclass(8))) is int
    assert one(module, "f64", Index(7)) == 7.0
    assert one(module, "f64", Float()) == 2.5
    assert one(module, "f32", Float()) == 2.5
    assert one(module, "f64", fractions.Fraction(1, 4)) == 0.25
    with pytest.raises(OverflowError):
        module.call("i32", Index(2**40))


def test_an_exception_in_a_conversion_comes_out(module):
    class Bad:
        def __index__(self):
            raise LookupError("no")

    with pytest.raises(LookupError, match="^no$"):
        module.call("i32", Bad())
    assert one(module, "i32", 3) == 3


def test_a_conversion_may_call_the_same_function(module):
    class Nested:
        def __index__(self):
            return one(module, "i32", 5) + 1

    assert one(module, "i32", Nested()) == 6


def test_floats(module):
    for name in ("f32", "f64"):
        for value in (0.0, 1.0, -1.5, math.inf, -math.inf, 2.0**-126):
            result = one(module, name, value)
            assert type(result) is float
            assert result == value
        assert math.copysign(1, one(module, name, -0.0)) == -1
        assert math.isnan(one(module, name, math.nan))
        assert one(module, name, 3) == 3.0
        assert type(one(module, name, 3)) is float
        assert one(module, name, True) == 1.0
        with pytest.raises(OverflowError, match=rf"^{name}: .*the integer is too large"):
            module.call(name, 10**400)
        for value in ("1", b"1", None, [], 1j, object()):
            kind = type(value).__name__
            with pytest.raises(TypeError, match=rf"expected a number, got {kind}$"):
                module.call(name, value)
    assert one(module, "f64", 0.1) == 0.1
    assert one(module, "f32", 0.1) == struct.unpack("f", struct.pack("f", 0.1))[0]
    assert one(module, "f32", 1e300) == math.inf


def test_the_bits_of_a_nan_pass(load):
    module = load(
        """(func (export "to") (param i64) (result f64) (f64.reinterpret_i64 (local.get 0)))
           (func (export "from") (param f64) (result i64) (i64.reinterpret_f64 (local.get 0)))"""
    )
    for bits in (0x7FF8_0000_0000_0001, 0xFFF8_DEAD_BEEF_0001):
        (value,) = module.call("to", bits)
        assert math.isnan(value)
        assert module.call("from", value)[0] % 2**64 == bits


def test_vectors(module):
    vector = bytes(range(16))
    assert one(module, "v128", vector) == vector
    assert type(one(module, "v128", bytearray(vector))) is bytes
    assert one(module, "v128", memoryview(vector)) == vector
    for wrong in (b"", bytes(15), bytes(17)):
        with pytest.raises(ValueError, match=rf"expected 16 bytes, got {len(wrong)}$"):
            module.call("v128", wrong)
    for wrong in (5, None, "0123456789abcdef", list(vector)):
        with pytest.raises(TypeError, match=r"^v128: parameter 0 \(v128\): expected 16 bytes"):
            module.call("v128", wrong)


def test_lanes_of_a_vector(load):
    module = load(
        """(func (export "f") (param v128) (result i32 i32)
             (i32x4.extract_lane 0 (local.get 0)) (i32x4.extract_lane 3 (local.get 0)))"""
    )
    assert module.call("f", struct.pack("<4i", 1, 2, 3, -4)) == [1, -4]


def test_external_references(module):
    for value in (object(), "text", 0, 1.5, b"", [], module, print, (), False):
        assert one(module, "externref", value) is value
    assert one(module, "externref", None) is None


def test_function_references(load):
    module = load(
        """(func $double (export "double") (param i32) (result i32)
             (i32.add (local.get 0) (local.get 0)))
           (func $pair (result i32 i32) (i32.const 1) (i32.const 2))
           (func $none)
           (func (export "get") (result funcref) (ref.func $double))
           (func (export "get_pair") (result funcref funcref) (ref.func $pair) (ref.func $none))
           (func (export "null") (result funcref) (ref.null func))
           (elem declare func $double $pair $none)
           (table $t (export "t") 1 funcref)
           (func (export "put") (param funcref) (table.set $t (i32.const 0) (local.get 0)))
           (func (export "run") (param i32) (result i32)
             (call_indirect $t (param i32) (result i32) (local.get 0) (i32.const 0)))"""
    )
    (double,) = module.call("get")
    assert isinstance(double, Func)
    assert double(21) == 42
    assert double.name == "double"
    assert double.params == ("i32",)
    assert double.results == ("i32",)
    assert "[i32] -> [i32]" in repr(double)
    pair, none = module.call("get_pair")
    assert pair() == (1, 2)
    assert none() is None
    assert module.call("null") == [None]
    (again,) = module.call("get")
    assert again == double
    assert hash(again) == hash(double)
    assert again is not double
    assert pair != double
    assert double != "double"
    module.call("put", double)
    assert module.call("run", 4) == [8]
    with pytest.raises(TypeError, match="^double: expected 1 argument"):
        double()
    for wrong in (5, print, "f"):
        with pytest.raises(TypeError, match=r"^put: parameter 0 \(funcref\): expected a Func"):
            module.call("put", wrong)
    with Runtime() as other, pytest.raises(EpsilonUsageError, match="another Runtime"):
        other.instantiate(wat(IDENTITIES)).call("funcref", double)
    module.close()
    assert double(1) == 2  # it holds what it needs


def test_a_function_of_a_closed_runtime():
    with Runtime() as runtime:
        module = runtime.instantiate(
            wat('(func $f (result i32) (i32.const 1)) (elem declare func $f)'
                '(func (export "get") (result funcref) (ref.func $f))')
        )  # fmt: skip
        (func,) = module.call("get")
        assert func() == 1
    with pytest.raises(EpsilonUsageError, match="^Runtime is closed$"):
        func()
    assert repr(func) == "<epsilon.Func (closed)>"
    assert func == func
    hash(func)


def test_counts(module, load):
    three = load('(func (export "f") (param i32 i64 f32))')
    with pytest.raises(TypeError, match=r"^f: expected 3 arguments \(i32, i64, f32\), got 0$"):
        three.call("f")
    with pytest.raises(TypeError, match=r"^f: expected 3 arguments \(i32, i64, f32\), got 4$"):
        three.call("f", 1, 2, 3, 4)
    with pytest.raises(TypeError, match=r"^i32: expected 1 argument \(i32\), got 2$"):
        module.call("i32", 1, 2)
    none = load('(func (export "f"))')
    with pytest.raises(TypeError, match=r"^f: expected 0 arguments, got 1$"):
        none.call("f", 1)
    with pytest.raises(TypeError, match=r"^f: parameter 2 \(f32\): expected a number, got str$"):
        three.call("f", 1, 2, "3")


def test_a_wrong_argument_runs_nothing(load):
    module = load(
        """(global $g (export "g") (mut i32) (i32.const 0))
           (func (export "f") (param i32 i32) (global.set $g (i32.const 1)))"""
    )
    for wrong in ((1, "2"), ("1", 2), (2**32, 1), (1, 2**32), (1,)):
        with pytest.raises(EpsilonUsageError):
            module.call("f", *wrong)
    assert module.get_global("g") == 0


def test_many_parameters_and_results(load):
    count = 500
    module = load(
        f"""(func (export "f") (param {"i64 " * count}) (result {"i64 " * count})
              {" ".join(f"(local.get {i})" for i in reversed(range(count)))})"""
    )
    values = [i - 250 for i in range(count)]
    assert module.call("f", *values) == values[::-1]


def test_numpy_scalars(module):
    numpy = pytest.importorskip("numpy")
    assert one(module, "i32", numpy.int8(-3)) == -3
    assert one(module, "i32", numpy.uint32(2**32 - 1)) == -1
    assert one(module, "i64", numpy.uint64(2**64 - 1)) == -1
    assert one(module, "f32", numpy.float32(0.5)) == 0.5
    assert one(module, "f64", numpy.float64(0.5)) == 0.5
    assert one(module, "f64", numpy.int32(2)) == 2.0
    with pytest.raises(TypeError):
        module.call("i32", numpy.float32(1))
