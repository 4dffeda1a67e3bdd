// SPDX-License-Identifier: Apache-2.0
// Floating-point arithmetic and conversions of vectors.
#pragma once

#include <cmath>

#include "wasm/simd_check.h"

namespace {

template <typename F>
using Mask = std::conditional_t<sizeof(F) == 4, int32_t, int64_t>;

template <typename F>
std::string arithmetic(V128 (*add)(V128, V128), V128 (*sub)(V128, V128), V128 (*mul)(V128, V128),
                       V128 (*div)(V128, V128)) {
    // Exact to twice the digits for f32; see numeric_float_test.cpp.
    return lanewise<F>(add, [](F a, F b) { return static_cast<F>(double{a} + double{b}); }) +
           lanewise<F>(sub, [](F a, F b) { return static_cast<F>(double{a} - double{b}); }) +
           lanewise<F>(mul, [](F a, F b) { return static_cast<F>(double{a} * double{b}); }) +
           lanewise<F>(div, [](F a, F b) { return static_cast<F>(double{a} / double{b}); });
}

template <typename F>
Mask<F> f_eq(F a, F b) {
    return a == b ? -1 : 0;
}
template <typename F>
Mask<F> f_ne(F a, F b) {
    return a == b ? 0 : -1;
}
template <typename F>
Mask<F> f_lt(F a, F b) {
    return a < b ? -1 : 0;
}
template <typename F>
Mask<F> f_gt(F a, F b) {
    return b < a ? -1 : 0;
}
template <typename F>
Mask<F> f_le(F a, F b) {
    return a < b || a == b ? -1 : 0;
}
template <typename F>
Mask<F> f_ge(F a, F b) {
    return b < a || a == b ? -1 : 0;
}

template <typename F>
F f_sqrt(F a) {
    return static_cast<F>(std::sqrt(double{a}));
}

// These must give one of the operands with all its bits, so they are compared as integers.
template <typename F>
std::string pseudo(V128 (*operation)(V128, V128), bool maximum) {
    for (const auto& [a, b] : pairs<F>()) {
        const auto x = unpack<F>(a), y = unpack<F>(b);
        V128 want = a;
        for (size_t i = 0; i < x.size(); ++i)
            if (maximum ? x[i] < y[i] : y[i] < x[i])
                std::memcpy(reinterpret_cast<char*>(&want) + i * sizeof(F), &y[i], sizeof(F));
        if (unpack<uint64_t>(operation(a, b)) != unpack<uint64_t>(want))
            return show_lanes<F>(a) + ' ' + show_lanes<F>(b);
    }
    return "";
}

template <typename F>
std::string sign_bits(V128 (*operation)(V128), bool flip) {
    using Bits = BitsOf<F>;
    constexpr Bits sign = Bits{1} << (sizeof(F) * 8 - 1);
    for (V128 a : vectors<F>()) {
        auto want = unpack<Bits>(a);
        for (Bits& x : want)
            x = flip ? x ^ sign : x & ~sign;
        if (unpack<Bits>(operation(a)) != want) return show_lanes<F>(a);
    }
    return "";
}

// By way of a type that holds every operand, so that only the last step rounds.
template <typename To, typename From>
To converted(From a) {
    return static_cast<To>(static_cast<long double>(a));
}

// Lanes of another width; those that have no source are zero.
template <typename From, typename To, typename Convert>
auto low_lanes(Convert convert) {
    return [convert](const Lanes<From>& a) {
        Lanes<To> result{};
        for (size_t i = 0; i < std::min(a.size(), result.size()); ++i)
            result[i] = convert(a[i]);
        return result;
    };
}

}  // namespace

TEST_CASE(SIMD_FORM "arithmetic of floating-point lanes", "[wasm][simd]") {
    CHECK(arithmetic<float>(f32x4_add, f32x4_sub, f32x4_mul, f32x4_div) == "");
    CHECK(lanewise<float>(f32x4_sqrt, f_sqrt<float>) == "");
    CHECK(sign_bits<float>(f32x4_abs, false) == "");
    CHECK(sign_bits<float>(f32x4_neg, true) == "");
    CHECK(arithmetic<double>(f64x2_add, f64x2_sub, f64x2_mul, f64x2_div) == "");
    CHECK(lanewise<double>(f64x2_sqrt, f_sqrt<double>) == "");
    CHECK(sign_bits<double>(f64x2_abs, false) == "");
    CHECK(sign_bits<double>(f64x2_neg, true) == "");
}

TEST_CASE(SIMD_FORM "minima and maxima of floating-point lanes", "[wasm][simd]") {
    CHECK(lanewise<float>(f32x4_min, minimum<float>) == "");
    CHECK(lanewise<float>(f32x4_max, maximum<float>) == "");
    CHECK(pseudo<float>(f32x4_pmin, false) == "");
    CHECK(pseudo<float>(f32x4_pmax, true) == "");
    CHECK(lanewise<double>(f64x2_min, minimum<double>) == "");
    CHECK(lanewise<double>(f64x2_max, maximum<double>) == "");
    CHECK(pseudo<double>(f64x2_pmin, false) == "");
    CHECK(pseudo<double>(f64x2_pmax, true) == "");
}

TEST_CASE(SIMD_FORM "rounding of floating-point lanes", "[wasm][simd]") {
    CHECK(lanewise<float>(f32x4_ceil, rounded<Rounding::up, float>) == "");
    CHECK(lanewise<float>(f32x4_floor, rounded<Rounding::down, float>) == "");
    CHECK(lanewise<float>(f32x4_trunc, rounded<Rounding::to_zero, float>) == "");
    CHECK(lanewise<float>(f32x4_nearest, rounded<Rounding::to_even, float>) == "");
    CHECK(lanewise<double>(f64x2_ceil, rounded<Rounding::up, double>) == "");
    CHECK(lanewise<double>(f64x2_floor, rounded<Rounding::down, double>) == "");
    CHECK(lanewise<double>(f64x2_trunc, rounded<Rounding::to_zero, double>) == "");
    CHECK(lanewise<double>(f64x2_nearest, rounded<Rounding::to_even, double>) == "");
}

TEST_CASE(SIMD_FORM "comparisons of floating-point lanes", "[wasm][simd]") {
    CHECK(lanewise<float>(f32x4_eq, f_eq<float>) == "");
    CHECK(lanewise<float>(f32x4_ne, f_ne<float>) == "");
    CHECK(lanewise<float>(f32x4_lt, f_lt<float>) == "");
    CHECK(lanewise<float>(f32x4_gt, f_gt<float>) == "");
    CHECK(lanewise<float>(f32x4_le, f_le<float>) == "");
    CHECK(lanewise<float>(f32x4_ge, f_ge<float>) == "");
    CHECK(lanewise<double>(f64x2_eq, f_eq<double>) == "");
    CHECK(lanewise<double>(f64x2_ne, f_ne<double>) == "");
    CHECK(lanewise<double>(f64x2_lt, f_lt<double>) == "");
    CHECK(lanewise<double>(f64x2_gt, f_gt<double>) == "");
    CHECK(lanewise<double>(f64x2_le, f_le<double>) == "");
    CHECK(lanewise<double>(f64x2_ge, f_ge<double>) == "");
}

TEST_CASE(SIMD_FORM "conversions of lanes", "[wasm][simd]") {
    CHECK(lanewise<float>(i32x4_trunc_sat_f32x4_s, saturated<int32_t, float>) == "");
    CHECK(whole<double, int32_t>(i32x4_trunc_sat_f64x2_s_zero,
                                 low_lanes<double, int32_t>(saturated<int32_t, double>)) == "");
    CHECK(lanewise<int32_t>(f32x4_convert_i32x4_s, converted<float, int32_t>) == "");
    CHECK(whole<int32_t, double>(f64x2_convert_low_i32x4_s,
                                 low_lanes<int32_t, double>(converted<double, int32_t>)) == "");
    CHECK(lanewise<float>(i32x4_trunc_sat_f32x4_u, saturated<uint32_t, float>) == "");
    CHECK(whole<double, uint32_t>(i32x4_trunc_sat_f64x2_u_zero,
                                  low_lanes<double, uint32_t>(saturated<uint32_t, double>)) == "");
    CHECK(lanewise<uint32_t>(f32x4_convert_i32x4_u, converted<float, uint32_t>) == "");
    CHECK(whole<uint32_t, double>(f64x2_convert_low_i32x4_u,
                                  low_lanes<uint32_t, double>(converted<double, uint32_t>)) == "");
    CHECK(whole<double, float>(f32x4_demote_f64x2_zero,
                               low_lanes<double, float>(converted<float, double>)) == "");
    CHECK(whole<float, double>(f64x2_promote_low_f32x4,
                               low_lanes<float, double>(converted<double, float>)) == "");
}
