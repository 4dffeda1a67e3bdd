# SPDX-License-Identifier: Apache-2.0
"""Arguments and results as text, by the function's own type."""

import pytest


@pytest.fixture
def same(epsilon, module):
    """What the identity function of this type makes of a text: the text printed, or the error."""

    def call(kind, text):
        path = module(f'(func (export "f") (param {kind}) (result {kind}) local.get 0)')
        done = epsilon(path, "f", text)
        if done.returncode == 0:
            assert done.stderr == ""
            return done.stdout[:-1]
        assert (done.returncode, done.stdout) == (2, "")
        return done.stderr.partition("parameter 1 ")[2]

    return call


@pytest.mark.parametrize(
    ("kind", "text", "printed"),
    [
        ("i32", "0", "0"),
        ("i32", "-2147483648", "-2147483648"),
        ("i32", "4294967295", "-1"),
        ("i32", "0xffffffff", "-1"),
        ("i32", "0XFF", "255"),
        ("i32", "-0x80000000", "-2147483648"),
        ("i32", "+5", "5"),
        ("i32", "-0", "0"),
        ("i32", "+0x7fff_ffff", "2147483647"),
        ("i32", "1_000_000", "1000000"),
        ("i32", "-1_0", "-10"),
        ("i32", "0xf_F", "255"),
        ("i32", "00012", "12"),
        ("i32", "0x00000000000000000000ff", "255"),
        ("i64", "-0x8000_0000_0000_0000", "-9223372036854775808"),
        ("i64", "-9223372036854775808", "-9223372036854775808"),
        ("i64", "18446744073709551615", "-1"),
        ("i64", "0x8000000000000000", "-9223372036854775808"),
        ("f32", "0.1", "0.1"),
        ("f32", "16777217", "16777216"),
        ("f32", "3.4028235e38", "3.4028235e+38"),
        ("f32", "1e-45", "1e-45"),
        ("f32", "nan:0x200000", "nan:0x200000"),
        ("f32", "0x1.fffffep127", "3.4028235e+38"),
        ("f32", "0x1p-149", "1e-45"),
        ("f32", "0x1.000001p0", "1"),  # half way: to even
        ("f32", "0x1.000003p0", "1.0000002"),
        ("f32", "nan:0x7fffff", "nan:0x7fffff"),
        ("f32", "+nan:0x40_0000", "nan"),
        ("f64", "0.1", "0.1"),
        ("f64", "-0", "-0"),
        ("f64", "+5", "5"),
        ("f64", "5.", "5"),
        ("f64", ".5", "0.5"),
        ("f64", "-0x1p-3", "-0.125"),
        ("f64", "+0xAp0", "10"),
        ("f64", "0x1P+3", "8"),
        ("f64", "0x10", "16"),
        ("f64", "1_000.000_1e1_0", "10000001000000"),
        ("f64", "0x1_0.8_0p1_0", "16896"),
        ("f64", "+inf", "inf"),
        ("f64", "-0x0p0", "-0"),
        ("f64", "-nan:0xf_ffff_ffff_ffff", "-nan:0xfffffffffffff"),
        ("f64", "1e400", None),
        ("f64", "1e-400", "0"),
        ("f64", "0x1.8p1", "3"),
        ("f64", "inf", "inf"),
        ("f64", "-infinity", "-inf"),
        ("f64", "nan", "nan"),
        ("f64", "-nan", "-nan"),
        ("f64", "-nan:0x1", "-nan:0x1"),
        ("f64", "5e-324", "5e-324"),
        ("f64", "1.7976931348623157e308", "1.7976931348623157e+308"),
        ("v128", "0x1", "0x00000000000000000000000000000001"),
        (
            "v128",
            "0x000102030405060708090a0b0c0d0e0f",
            "0x000102030405060708090a0b0c0d0e0f",
        ),
        ("v128", "i32x4:1,2,3,-1", "0xffffffff000000030000000200000001"),
        ("v128", "i32x4 1 2 3 0xffffffff", "0xffffffff000000030000000200000001"),
        ("v128", "i64x2:1, -1", "0xffffffffffffffff0000000000000001"),
        ("v128", "f32x4:1,0,nan:0x1,-0", "0x800000007f800001000000003f800000"),
        ("v128", "f64x2:1,inf", "0x7ff00000000000003ff0000000000000"),
        ("v128", "0xffff_ffff", "0x000000000000000000000000ffffffff"),
        ("v128", "i16x8:1,2,3,4,5,6,-32768,0xffff", "0xffff8000000600050004000300020001"),
        ("v128", "i32x4:1_0,-0x1,+3,0x8000_0000", "0x8000000000000003ffffffff0000000a"),
        ("v128", "f64x2:-0x1p-1,nan:0x1", "0x7ff0000000000001bfe0000000000000"),
        (
            "v128",
            "i8x16:0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,255",
            "0xff0e0d0c0b0a09080706050403020100",
        ),
        ("externref", "null", "null"),
        ("funcref", "null", "null"),
    ],
)
def test_values(same, kind, text, printed):
    if printed is None:
        assert same(kind, text).startswith(f'({kind}): "{text}" is not a')
    else:
        assert same(kind, text) == printed


@pytest.mark.parametrize(
    "text",
    ["", " 1", "1 ", "1.0", "x", "0x", "--1", "null", "-", "+-1"]
    + ["_1", "1_", "1__0", "0_x1", "0x_1", "0x1_", "-_1", "_", "1e3", "0b1", "0x1g"],
)
@pytest.mark.parametrize("kind", ["i32", "i64"])
def test_not_integers(same, kind, text):
    assert same(kind, text).startswith(f'({kind}): "{text}" is not an integer from -')


@pytest.mark.parametrize(
    ("kind", "text"),
    [("i32", "4294967296"), ("i32", "-2147483649"), ("i32", "99999999999999999999")]
    + [("i64", "18446744073709551616"), ("i64", "-9223372036854775809")],
)
def test_integers_out_of_range(same, kind, text):
    assert same(kind, text).startswith(f'({kind}): "{text}" is not an integer from -')


@pytest.mark.parametrize(
    "text",
    ["", "x", " 1", "1x", "1e", "nan:0x0", "nan:0x800000", "nan:1", "nano", "infin", "1e39"]
    + ["nan:canonical", "nan:arithmetic", "nan:", "nan:0x", "nan(1)", "NaN", "Inf", "inf1"]
    + ["0x", "0x1p", "0x.p1", "0xp1", "0x1p128", "-0x1p+128", "1p3", "0x1e3.8q", "--1", "+-1"]
    + ["1_", "_1", "1__0", "1_.0", "1._0", "1_e3", "1e_3", "0x_1", "0_x1", "0x1_p3", "nan:0x_1"]
    + [".", "e1", ".e1", "3.4028236e38", "0x1.ffffffp127", "1,5"],
)
def test_not_floats(same, text):
    assert same("f32", text).startswith(f'(f32): "{text}" is not a number')


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "0x",
        "0x" + "1" * 33,
        "0x+1",
        "0x1_",
        "0x_1",
        "0x1__1",
        "-0x1",
        "i32x4:1_,2,3,4",
        "i32x4:1,2,3,4294967296",
        "i32x4:1,,3,4",
        "f32x4:1,2,3,x",
        "i32x4:1.0,2,3,4",
        "I32x4:1,2,3,4",
        "i32x4:1,2,3",
        "i32x4:1,2,3,4,5",
        "i32x4:1,2,3,",
        "i32x4",
        "i8x16:256" + ",0" * 15,
        "i16x4:1,2,3,4",
    ],
)
def test_not_vectors(same, text):
    assert same("v128", text).startswith(f'(v128): "{text}" is not 0x and up to 32 digits')


def test_not_references(same):
    assert same("externref", "1") == '(externref): "1" is not null\n'
    assert same("funcref", "0") == '(funcref): "0" is not null\n'


def test_function_references_are_named(epsilon, module):
    path = module(
        """(func $named) (func (export "f") (result funcref) (ref.func $named))
           (elem declare func $named)"""
    )
    assert epsilon(path, "f").stdout == "func named\n"
