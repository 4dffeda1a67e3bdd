// SPDX-License-Identifier: Apache-2.0
// Integer arithmetic, comparisons, tests and shifts of vectors.
#pragma once

#include "wasm/simd_check.h"

namespace {

// T is signed or unsigned as the instruction is; sums and products are formed exactly.
template <typename T>
T lane_add(T a, T b) {
    return static_cast<T>(Wide{a} + Wide{b});
}
template <typename T>
T lane_sub(T a, T b) {
    return static_cast<T>(Wide{a} - Wide{b});
}
template <typename T>
T lane_mul(T a, T b) {
    // Modulo 2^64 in the unsigned type: the product of two of 64 bits would overflow Wide.
    return static_cast<T>(uint64_t{a} * uint64_t{b});
}
template <typename T>
T lane_add_sat(T a, T b) {
    return clamp_to<T>(Wide{a} + Wide{b});
}
template <typename T>
T lane_sub_sat(T a, T b) {
    return clamp_to<T>(Wide{a} - Wide{b});
}
template <typename T>
T lane_min(T a, T b) {
    return std::min(a, b);
}
template <typename T>
T lane_max(T a, T b) {
    return std::max(a, b);
}
template <typename T>
T lane_avgr(T a, T b) {
    return static_cast<T>((Wide{a} + Wide{b} + 1) / 2);
}
template <typename T>
T lane_neg(T a) {
    return static_cast<T>(-Wide{a});
}
template <typename T>
T lane_abs(T a) {
    return static_cast<T>(a < 0 ? -Wide{a} : Wide{a});
}

template <typename T>
T lane_mask(bool holds) {
    return static_cast<T>(holds ? -1 : 0);
}
template <typename T>
T lane_eq(T a, T b) {
    return lane_mask<T>(a == b);
}
template <typename T>
T lane_ne(T a, T b) {
    return lane_mask<T>(a != b);
}
template <typename T>
T lane_lt(T a, T b) {
    return lane_mask<T>(a < b);
}
template <typename T>
T lane_gt(T a, T b) {
    return lane_mask<T>(a > b);
}
template <typename T>
T lane_le(T a, T b) {
    return lane_mask<T>(a <= b);
}
template <typename T>
T lane_ge(T a, T b) {
    return lane_mask<T>(a >= b);
}

template <typename T>
std::string shift(V128 (*operation)(V128, uint32_t), bool left) {
    constexpr uint32_t width = sizeof(T) * 8;
    std::vector<uint32_t> counts;
    for (uint32_t n = 0; n <= 2 * width + 1; ++n)
        counts.push_back(n);
    for (uint32_t n : {255u, 256u, 257u, 0x7fffffffu, 0x80000000u, 0xfffffff9u, 0xffffffffu})
        counts.push_back(n);
    for (V128 a : vectors<T>())
        for (uint32_t n : counts) {
            Lanes<T> want = unpack<T>(a);
            const Wide factor = Wide{1} << (n % width);
            for (T& x : want) {
                // Division that rounds down, for negative values too.
                const Wide down = Wide{x} < 0 ? factor - 1 : 0;
                x = static_cast<T>(left ? Wide{x} * factor : (Wide{x} - down) / factor);
            }
            if (unpack<T>(operation(a, n)) != want)
                return show_lanes<T>(a) + " by " + show(n) + " gives " +
                       show_lanes<T>(operation(a, n));
        }
    return "";
}

template <typename T>
uint32_t reference_all_true(const Lanes<T>& a) {
    return std::count(a.begin(), a.end(), T{0}) == 0;
}
template <typename T>
uint32_t reference_bitmask(const Lanes<T>& a) {
    uint32_t mask = 0;
    for (size_t i = 0; i < a.size(); ++i)
        mask += (a[i] < 0 ? 1u : 0u) << i;
    return mask;
}

}  // namespace

TEST_CASE(SIMD_FORM "arithmetic of integer lanes", "[wasm][simd]") {
    CHECK(lanewise<uint8_t>(i8x16_add, lane_add<uint8_t>) == "");
    CHECK(lanewise<uint8_t>(i8x16_sub, lane_sub<uint8_t>) == "");
    CHECK(lanewise<uint8_t>(i8x16_neg, lane_neg<uint8_t>) == "");
    CHECK(lanewise<int8_t>(i8x16_abs, lane_abs<int8_t>) == "");
    CHECK(lanewise<uint16_t>(i16x8_add, lane_add<uint16_t>) == "");
    CHECK(lanewise<uint16_t>(i16x8_sub, lane_sub<uint16_t>) == "");
    CHECK(lanewise<uint16_t>(i16x8_mul, lane_mul<uint16_t>) == "");
    CHECK(lanewise<uint16_t>(i16x8_neg, lane_neg<uint16_t>) == "");
    CHECK(lanewise<int16_t>(i16x8_abs, lane_abs<int16_t>) == "");
    CHECK(lanewise<uint32_t>(i32x4_add, lane_add<uint32_t>) == "");
    CHECK(lanewise<uint32_t>(i32x4_sub, lane_sub<uint32_t>) == "");
    CHECK(lanewise<uint32_t>(i32x4_mul, lane_mul<uint32_t>) == "");
    CHECK(lanewise<uint32_t>(i32x4_neg, lane_neg<uint32_t>) == "");
    CHECK(lanewise<int32_t>(i32x4_abs, lane_abs<int32_t>) == "");
    CHECK(lanewise<uint64_t>(i64x2_add, lane_add<uint64_t>) == "");
    CHECK(lanewise<uint64_t>(i64x2_sub, lane_sub<uint64_t>) == "");
    CHECK(lanewise<uint64_t>(i64x2_mul, lane_mul<uint64_t>) == "");
    CHECK(lanewise<uint64_t>(i64x2_neg, lane_neg<uint64_t>) == "");
    CHECK(lanewise<int64_t>(i64x2_abs, lane_abs<int64_t>) == "");
}

TEST_CASE(SIMD_FORM "saturation, minima, maxima and averages of integers", "[wasm][simd]") {
    CHECK(lanewise<int8_t>(i8x16_add_sat_s, lane_add_sat<int8_t>) == "");
    CHECK(lanewise<int8_t>(i8x16_sub_sat_s, lane_sub_sat<int8_t>) == "");
    CHECK(lanewise<int8_t>(i8x16_min_s, lane_min<int8_t>) == "");
    CHECK(lanewise<int8_t>(i8x16_max_s, lane_max<int8_t>) == "");
    CHECK(lanewise<uint8_t>(i8x16_add_sat_u, lane_add_sat<uint8_t>) == "");
    CHECK(lanewise<uint8_t>(i8x16_sub_sat_u, lane_sub_sat<uint8_t>) == "");
    CHECK(lanewise<uint8_t>(i8x16_min_u, lane_min<uint8_t>) == "");
    CHECK(lanewise<uint8_t>(i8x16_max_u, lane_max<uint8_t>) == "");
    CHECK(lanewise<uint8_t>(i8x16_avgr_u, lane_avgr<uint8_t>) == "");
    CHECK(lanewise<int16_t>(i16x8_add_sat_s, lane_add_sat<int16_t>) == "");
    CHECK(lanewise<int16_t>(i16x8_sub_sat_s, lane_sub_sat<int16_t>) == "");
    CHECK(lanewise<int16_t>(i16x8_min_s, lane_min<int16_t>) == "");
    CHECK(lanewise<int16_t>(i16x8_max_s, lane_max<int16_t>) == "");
    CHECK(lanewise<uint16_t>(i16x8_add_sat_u, lane_add_sat<uint16_t>) == "");
    CHECK(lanewise<uint16_t>(i16x8_sub_sat_u, lane_sub_sat<uint16_t>) == "");
    CHECK(lanewise<uint16_t>(i16x8_min_u, lane_min<uint16_t>) == "");
    CHECK(lanewise<uint16_t>(i16x8_max_u, lane_max<uint16_t>) == "");
    CHECK(lanewise<uint16_t>(i16x8_avgr_u, lane_avgr<uint16_t>) == "");
    CHECK(lanewise<int32_t>(i32x4_min_s, lane_min<int32_t>) == "");
    CHECK(lanewise<int32_t>(i32x4_max_s, lane_max<int32_t>) == "");
    CHECK(lanewise<uint32_t>(i32x4_min_u, lane_min<uint32_t>) == "");
    CHECK(lanewise<uint32_t>(i32x4_max_u, lane_max<uint32_t>) == "");
}

TEST_CASE(SIMD_FORM "comparisons of integer lanes", "[wasm][simd]") {
    CHECK(lanewise<uint8_t>(i8x16_eq, lane_eq<uint8_t>) == "");
    CHECK(lanewise<uint8_t>(i8x16_ne, lane_ne<uint8_t>) == "");
    CHECK(lanewise<int8_t>(i8x16_lt_s, lane_lt<int8_t>) == "");
    CHECK(lanewise<int8_t>(i8x16_gt_s, lane_gt<int8_t>) == "");
    CHECK(lanewise<int8_t>(i8x16_le_s, lane_le<int8_t>) == "");
    CHECK(lanewise<int8_t>(i8x16_ge_s, lane_ge<int8_t>) == "");
    CHECK(lanewise<uint8_t>(i8x16_lt_u, lane_lt<uint8_t>) == "");
    CHECK(lanewise<uint8_t>(i8x16_gt_u, lane_gt<uint8_t>) == "");
    CHECK(lanewise<uint8_t>(i8x16_le_u, lane_le<uint8_t>) == "");
    CHECK(lanewise<uint8_t>(i8x16_ge_u, lane_ge<uint8_t>) == "");
    CHECK(lanewise<uint16_t>(i16x8_eq, lane_eq<uint16_t>) == "");
    CHECK(lanewise<uint16_t>(i16x8_ne, lane_ne<uint16_t>) == "");
    CHECK(lanewise<int16_t>(i16x8_lt_s, lane_lt<int16_t>) == "");
    CHECK(lanewise<int16_t>(i16x8_gt_s, lane_gt<int16_t>) == "");
    CHECK(lanewise<int16_t>(i16x8_le_s, lane_le<int16_t>) == "");
    CHECK(lanewise<int16_t>(i16x8_ge_s, lane_ge<int16_t>) == "");
    CHECK(lanewise<uint16_t>(i16x8_lt_u, lane_lt<uint16_t>) == "");
    CHECK(lanewise<uint16_t>(i16x8_gt_u, lane_gt<uint16_t>) == "");
    CHECK(lanewise<uint16_t>(i16x8_le_u, lane_le<uint16_t>) == "");
    CHECK(lanewise<uint16_t>(i16x8_ge_u, lane_ge<uint16_t>) == "");
    CHECK(lanewise<uint32_t>(i32x4_eq, lane_eq<uint32_t>) == "");
    CHECK(lanewise<uint32_t>(i32x4_ne, lane_ne<uint32_t>) == "");
    CHECK(lanewise<int32_t>(i32x4_lt_s, lane_lt<int32_t>) == "");
    CHECK(lanewise<int32_t>(i32x4_gt_s, lane_gt<int32_t>) == "");
    CHECK(lanewise<int32_t>(i32x4_le_s, lane_le<int32_t>) == "");
    CHECK(lanewise<int32_t>(i32x4_ge_s, lane_ge<int32_t>) == "");
    CHECK(lanewise<uint32_t>(i32x4_lt_u, lane_lt<uint32_t>) == "");
    CHECK(lanewise<uint32_t>(i32x4_gt_u, lane_gt<uint32_t>) == "");
    CHECK(lanewise<uint32_t>(i32x4_le_u, lane_le<uint32_t>) == "");
    CHECK(lanewise<uint32_t>(i32x4_ge_u, lane_ge<uint32_t>) == "");
    CHECK(lanewise<uint64_t>(i64x2_eq, lane_eq<uint64_t>) == "");
    CHECK(lanewise<uint64_t>(i64x2_ne, lane_ne<uint64_t>) == "");
    CHECK(lanewise<int64_t>(i64x2_lt_s, lane_lt<int64_t>) == "");
    CHECK(lanewise<int64_t>(i64x2_gt_s, lane_gt<int64_t>) == "");
    CHECK(lanewise<int64_t>(i64x2_le_s, lane_le<int64_t>) == "");
    CHECK(lanewise<int64_t>(i64x2_ge_s, lane_ge<int64_t>) == "");
}

TEST_CASE(SIMD_FORM "shifts of integer lanes", "[wasm][simd]") {
    CHECK(shift<uint8_t>(i8x16_shl, true) == "");
    CHECK(shift<int8_t>(i8x16_shr_s, false) == "");
    CHECK(shift<uint8_t>(i8x16_shr_u, false) == "");
    CHECK(shift<uint16_t>(i16x8_shl, true) == "");
    CHECK(shift<int16_t>(i16x8_shr_s, false) == "");
    CHECK(shift<uint16_t>(i16x8_shr_u, false) == "");
    CHECK(shift<uint32_t>(i32x4_shl, true) == "");
    CHECK(shift<int32_t>(i32x4_shr_s, false) == "");
    CHECK(shift<uint32_t>(i32x4_shr_u, false) == "");
    CHECK(shift<uint64_t>(i64x2_shl, true) == "");
    CHECK(shift<int64_t>(i64x2_shr_s, false) == "");
    CHECK(shift<uint64_t>(i64x2_shr_u, false) == "");
}

TEST_CASE(SIMD_FORM "tests and masks of integer lanes", "[wasm][simd]") {
    CHECK(number<uint64_t>(v128_any_true, [](const Lanes<uint64_t>& a) -> uint32_t {
              return a[0] != 0 || a[1] != 0;
          }) == "");
    CHECK(number<int8_t>(i8x16_all_true, reference_all_true<int8_t>) == "");
    CHECK(number<int8_t>(i8x16_bitmask, reference_bitmask<int8_t>) == "");
    CHECK(number<int16_t>(i16x8_all_true, reference_all_true<int16_t>) == "");
    CHECK(number<int16_t>(i16x8_bitmask, reference_bitmask<int16_t>) == "");
    CHECK(number<int32_t>(i32x4_all_true, reference_all_true<int32_t>) == "");
    CHECK(number<int32_t>(i32x4_bitmask, reference_bitmask<int32_t>) == "");
    CHECK(number<int64_t>(i64x2_all_true, reference_all_true<int64_t>) == "");
    CHECK(number<int64_t>(i64x2_bitmask, reference_bitmask<int64_t>) == "");
}

TEST_CASE(SIMD_FORM "counts of bits, rounded products and dot products", "[wasm][simd]") {
    CHECK(lanewise<uint8_t>(i8x16_popcnt, [](uint8_t a) {
              uint8_t n = 0;
              for (int i = 0; i < 8; ++i)
                  n = static_cast<uint8_t>(n + (a >> i & 1));
              return n;
          }) == "");
    CHECK(lanewise<int16_t>(i16x8_q15mulr_sat_s, [](int16_t a, int16_t b) {
              return clamp_to<int16_t>((Wide{a} * b + 0x4000) >> 15);
          }) == "");
    CHECK(whole<int16_t, int32_t>(i32x4_dot_i16x8_s, [](auto a, auto b) {
              Lanes<int32_t> sums;
              for (size_t i = 0; i < 4; ++i)
                  sums[i] = static_cast<int32_t>(Wide{a[2 * i]} * b[2 * i] +
                                                 Wide{a[2 * i + 1]} * b[2 * i + 1]);
              return sums;
          }) == "");
    // The one sum that wraps.
    const V128 smallest = i16x8_splat(0x8000);
    CHECK(i32x4_extract_lane(i32x4_dot_i16x8_s(smallest, smallest), 0) == 0x80000000);
}

TEST_CASE(SIMD_FORM "bitwise operations", "[wasm][simd]") {
    CHECK(lanewise<uint64_t>(v128_and, [](uint64_t a, uint64_t b) { return a & b; }) == "");
    CHECK(lanewise<uint64_t>(v128_or, [](uint64_t a, uint64_t b) { return a | b; }) == "");
    CHECK(lanewise<uint64_t>(v128_xor, [](uint64_t a, uint64_t b) { return a ^ b; }) == "");
    CHECK(lanewise<uint64_t>(v128_andnot, [](uint64_t a, uint64_t b) { return a & ~b; }) == "");
    CHECK(lanewise<uint64_t>(v128_not, [](uint64_t a) { return ~a; }) == "");
    const V128 a = {0x00ff00ff00ff00ff, 0x123456789abcdef0}, b = {0x3333333333333333, 0};
    const V128 mask = {0x0f0f0f0f0f0f0f0f, 0xffffffff00000000};
    const V128 result = v128_bitselect(a, b, mask);
    CHECK(result[0] == 0x303f303f303f303f);
    CHECK(result[1] == 0x1234567800000000);
}
