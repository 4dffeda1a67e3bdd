// SPDX-License-Identifier: Apache-2.0
#include "catch.hpp"

#include "wasm/numeric.h"
#include "wasm/numeric_operands.h"
#include "wasm/trap.h"

using namespace epsilon::numeric;
using namespace numeric_test;
using epsilon::Trap;

namespace {

template <typename Operand, typename Result, typename Reference>
void check_unary(const char* name, Result (*operation)(Operand), Reference reference) {
    for (Operand a : edges_of<Operand>()) {
        const Result got = operation(a), want = reference(a);
        if (!agrees<Result, Operand>(got, want, {a}))
            FAIL_CHECK(name << ' ' << show(a) << " gives " << show(got) << ", not " << show(want));
    }
    SUCCEED();
}

template <typename Operand, typename Result, typename Reference>
void check_binary(const char* name, Result (*operation)(Operand, Operand), Reference reference) {
    for (Operand a : edges_of<Operand>())
        for (Operand b : edges_of<Operand>()) {
            const Result got = operation(a, b), want = reference(a, b);
            if (!agrees<Result, Operand>(got, want, {a, b}))
                FAIL_CHECK(name << ' ' << show(a) << ' ' << show(b) << " gives " << show(got)
                                << ", not " << show(want));
        }
    SUCCEED();
}

// Operations that change nothing but bits: the result must be exact for NaNs too.
template <typename Float, typename Reference>
void check_bits(const char* name, Float (*operation)(Float, Float), Reference reference) {
    using Bits = BitsOf<Float>;
    for (Float a : float_edges<Float>())
        for (Float b : float_edges<Float>()) {
            const Bits got = std::bit_cast<Bits>(operation(a, b));
            if (got != reference(std::bit_cast<Bits>(a), std::bit_cast<Bits>(b)))
                FAIL_CHECK(name << ' ' << show(a) << ' ' << show(b) << " gives " << show(got));
        }
    SUCCEED();
}

// Results of + - * / and the root of f32 are exact to twice the digits in double, so that rounding
// them once more changes nothing; those of f64 have no wider type to compare with.
template <typename Float>
void check_arithmetic(Float (*add)(Float, Float), Float (*sub)(Float, Float),
                      Float (*mul)(Float, Float), Float (*div)(Float, Float),
                      Float (*root)(Float)) {
    check_binary("add", add, [](double a, double b) { return static_cast<Float>(a + b); });
    check_binary("sub", sub, [](double a, double b) { return static_cast<Float>(a - b); });
    check_binary("mul", mul, [](double a, double b) { return static_cast<Float>(a * b); });
    check_binary("div", div, [](double a, double b) { return static_cast<Float>(a / b); });
    check_unary("sqrt", root, [](double a) { return static_cast<Float>(std::sqrt(a)); });
}

template <typename Integer, typename Float, typename Bits>
void check_trunc(const char* name, Trap (*operation)(Float, Bits*)) {
    for (Float a : float_edges<Float>()) {
        Bits result = 77;
        Integer expected = 77;
        Trap trap = Trap::none;
        if (is_nan(a))
            trap = Trap::invalid_conversion_to_integer;
        else if (!integer_part(a, &expected))
            trap = Trap::integer_overflow;
        if (operation(a, &result) != trap || result != static_cast<Bits>(expected))
            FAIL_CHECK(name << ' ' << show(a) << " gives " << show(result));
    }
    SUCCEED();
}

template <typename Integer, typename Float, typename Bits>
void check_trunc_sat(const char* name, Bits (*operation)(Float)) {
    check_unary(name, operation, [](Float a) { return static_cast<Bits>(saturated<Integer>(a)); });
}

// long double holds every integer of 64 bits, so that only the last step rounds.
template <typename Integer, typename Float, typename Bits>
void check_convert(const char* name, Float (*operation)(Bits)) {
    check_unary(name, operation, [](Bits a) {
        return static_cast<Float>(static_cast<long double>(static_cast<Integer>(a)));
    });
}

}  // namespace

TEST_CASE("floating-point arithmetic", "[wasm][numeric]") {
    check_arithmetic(f32_add, f32_sub, f32_mul, f32_div, f32_sqrt);
    check_arithmetic(f64_add, f64_sub, f64_mul, f64_div, f64_sqrt);
    check_binary("f32.min", f32_min, minimum<float>);
    check_binary("f32.max", f32_max, maximum<float>);
    check_binary("f64.min", f64_min, minimum<double>);
    check_binary("f64.max", f64_max, maximum<double>);
}

TEST_CASE("rounding to integral values", "[wasm][numeric]") {
    check_unary("f32.ceil", f32_ceil, rounded<Rounding::up, float>);
    check_unary("f32.floor", f32_floor, rounded<Rounding::down, float>);
    check_unary("f32.trunc", f32_trunc, rounded<Rounding::to_zero, float>);
    check_unary("f32.nearest", f32_nearest, rounded<Rounding::to_even, float>);
    check_unary("f64.ceil", f64_ceil, rounded<Rounding::up, double>);
    check_unary("f64.floor", f64_floor, rounded<Rounding::down, double>);
    check_unary("f64.trunc", f64_trunc, rounded<Rounding::to_zero, double>);
    check_unary("f64.nearest", f64_nearest, rounded<Rounding::to_even, double>);
}

TEST_CASE("operations on the sign keep all other bits", "[wasm][numeric]") {
    constexpr uint32_t s32 = 0x80000000;
    constexpr uint64_t s64 = 0x8000000000000000;
    check_bits<float>(
        "f32.abs", [](float a, float) { return f32_abs(a); },
        [](uint32_t a, uint32_t) { return a & ~s32; });
    check_bits<float>(
        "f32.neg", [](float a, float) { return f32_neg(a); },
        [](uint32_t a, uint32_t) { return a ^ s32; });
    check_bits<float>("f32.copysign", f32_copysign,
                      [](uint32_t a, uint32_t b) { return (a & ~s32) | (b & s32); });
    check_bits<double>(
        "f64.abs", [](double a, double) { return f64_abs(a); },
        [](uint64_t a, uint64_t) { return a & ~s64; });
    check_bits<double>(
        "f64.neg", [](double a, double) { return f64_neg(a); },
        [](uint64_t a, uint64_t) { return a ^ s64; });
    check_bits<double>("f64.copysign", f64_copysign,
                       [](uint64_t a, uint64_t b) { return (a & ~s64) | (b & s64); });
}

TEST_CASE("floating-point comparisons", "[wasm][numeric]") {
    const auto check = [](auto eq, auto ne, auto lt, auto gt, auto le, auto ge, auto zero) {
        using Float = decltype(zero);
        // Less than, by the order of the bits; NaN is in no order.
        const auto key = [](Float x) {
            using Bits = BitsOf<Float>;
            const Wide magnitude = Wide{std::bit_cast<Bits>(x) & (~Bits{0} >> 1)};
            return negative(x) ? -magnitude : magnitude;
        };
        const auto ordered = [](Float a, Float b) { return !is_nan(a) && !is_nan(b); };
        check_binary<Float, uint32_t>("eq", eq, [=](Float a, Float b) -> uint32_t {
            return ordered(a, b) && key(a) == key(b);
        });
        check_binary<Float, uint32_t>("ne", ne, [=](Float a, Float b) -> uint32_t {
            return !(ordered(a, b) && key(a) == key(b));
        });
        check_binary<Float, uint32_t>("lt", lt, [=](Float a, Float b) -> uint32_t {
            return ordered(a, b) && key(a) < key(b);
        });
        check_binary<Float, uint32_t>("gt", gt, [=](Float a, Float b) -> uint32_t {
            return ordered(a, b) && key(a) > key(b);
        });
        check_binary<Float, uint32_t>("le", le, [=](Float a, Float b) -> uint32_t {
            return ordered(a, b) && key(a) <= key(b);
        });
        check_binary<Float, uint32_t>("ge", ge, [=](Float a, Float b) -> uint32_t {
            return ordered(a, b) && key(a) >= key(b);
        });
    };
    check(f32_eq, f32_ne, f32_lt, f32_gt, f32_le, f32_ge, 0.0f);
    check(f64_eq, f64_ne, f64_lt, f64_gt, f64_le, f64_ge, 0.0);
}

TEST_CASE("truncation to integers", "[wasm][numeric]") {
    check_trunc<int32_t>("i32.trunc_f32_s", i32_trunc_f32_s);
    check_trunc<uint32_t>("i32.trunc_f32_u", i32_trunc_f32_u);
    check_trunc<int32_t>("i32.trunc_f64_s", i32_trunc_f64_s);
    check_trunc<uint32_t>("i32.trunc_f64_u", i32_trunc_f64_u);
    check_trunc<int64_t>("i64.trunc_f32_s", i64_trunc_f32_s);
    check_trunc<uint64_t>("i64.trunc_f32_u", i64_trunc_f32_u);
    check_trunc<int64_t>("i64.trunc_f64_s", i64_trunc_f64_s);
    check_trunc<uint64_t>("i64.trunc_f64_u", i64_trunc_f64_u);
    check_trunc_sat<int32_t>("i32.trunc_sat_f32_s", i32_trunc_sat_f32_s);
    check_trunc_sat<uint32_t>("i32.trunc_sat_f32_u", i32_trunc_sat_f32_u);
    check_trunc_sat<int32_t>("i32.trunc_sat_f64_s", i32_trunc_sat_f64_s);
    check_trunc_sat<uint32_t>("i32.trunc_sat_f64_u", i32_trunc_sat_f64_u);
    check_trunc_sat<int64_t>("i64.trunc_sat_f32_s", i64_trunc_sat_f32_s);
    check_trunc_sat<uint64_t>("i64.trunc_sat_f32_u", i64_trunc_sat_f32_u);
    check_trunc_sat<int64_t>("i64.trunc_sat_f64_s", i64_trunc_sat_f64_s);
    check_trunc_sat<uint64_t>("i64.trunc_sat_f64_u", i64_trunc_sat_f64_u);
}

TEST_CASE("other conversions", "[wasm][numeric]") {
    check_convert<int32_t>("f32.convert_i32_s", f32_convert_i32_s);
    check_convert<uint32_t>("f32.convert_i32_u", f32_convert_i32_u);
    check_convert<int64_t>("f32.convert_i64_s", f32_convert_i64_s);
    check_convert<uint64_t>("f32.convert_i64_u", f32_convert_i64_u);
    check_convert<int32_t>("f64.convert_i32_s", f64_convert_i32_s);
    check_convert<uint32_t>("f64.convert_i32_u", f64_convert_i32_u);
    check_convert<int64_t>("f64.convert_i64_s", f64_convert_i64_s);
    check_convert<uint64_t>("f64.convert_i64_u", f64_convert_i64_u);

    check_unary("f64.promote_f32", f64_promote_f32,
                [](float a) { return static_cast<double>(static_cast<long double>(a)); });
    check_unary("f32.demote_f64", f32_demote_f64,
                [](double a) { return static_cast<float>(static_cast<long double>(a)); });

    check_unary("i32.wrap_i64", i32_wrap_i64,
                [](uint64_t a) { return static_cast<uint32_t>(a % 0x100000000); });
    check_unary("i64.extend_i32_u", i64_extend_i32_u, [](uint32_t a) { return uint64_t{a}; });
    check_unary("i64.extend_i32_s", i64_extend_i32_s,
                [](uint32_t a) { return a < 0x80000000 ? a : a | 0xffffffff00000000; });

    // To integers and back keeps every NaN.
    for (float a : float_edges<float>())
        CHECK(i32_reinterpret_f32(f32_reinterpret_i32(std::bit_cast<uint32_t>(a))) ==
              std::bit_cast<uint32_t>(a));
    for (double a : float_edges<double>())
        CHECK(i64_reinterpret_f64(f64_reinterpret_i64(std::bit_cast<uint64_t>(a))) ==
              std::bit_cast<uint64_t>(a));
}
