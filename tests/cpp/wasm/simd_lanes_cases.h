// SPDX-License-Identifier: Apache-2.0
// Lanes of vectors: splats, access, shuffles, loads; and lanes that change their width.
#pragma once

#include "wasm/simd_check.h"

namespace {

template <typename T, typename Scalar>
std::string splat(V128 (*operation)(Scalar)) {
    for (T x : edges_of<T>()) {
        Lanes<T> want;
        want.fill(x);
        // Whatever is above the bits of the lane doesn't matter.
        Scalar operand;
        if constexpr (std::is_floating_point_v<T> || sizeof(Scalar) == sizeof(T))
            operand = x;
        else
            operand = static_cast<Scalar>(x) | static_cast<Scalar>(Scalar{0xa5} << (sizeof(T) * 8));
        if (std::memcmp(want.data(), unpack<T>(operation(operand)).data(), 16) != 0) return show(x);
    }
    return "";
}

template <typename T, typename Scalar>
std::string extract(Scalar (*operation)(V128, uint8_t)) {
    for (V128 a : vectors<T>())
        for (uint8_t lane = 0; lane < 16 / sizeof(T); ++lane) {
            const Scalar got = operation(a, lane), want = static_cast<Scalar>(unpack<T>(a)[lane]);
            if (std::memcmp(&got, &want, sizeof got) != 0)
                return show_lanes<T>(a) + " lane " + show(lane) + " gives " + show(got);
        }
    return "";
}

template <typename T, typename Scalar>
std::string replace(V128 (*operation)(V128, uint8_t, Scalar)) {
    for (V128 a : vectors<uint8_t>())
        for (T x : edges_of<T>())
            for (uint8_t lane = 0; lane < 16 / sizeof(T); ++lane) {
                auto want = unpack<T>(a);
                want[lane] = x;
                const V128 got = operation(a, lane, static_cast<Scalar>(x));
                if (std::memcmp(want.data(), &got, sizeof got) != 0)
                    return show_lanes<T>(a) + " lane " + show(lane) + " gives " +
                           show_lanes<T>(got);
            }
    return "";
}

// References for operations from lanes of type From to lanes of type To.
template <typename To, typename From>
Lanes<To> narrowed(const Lanes<From>& a, const Lanes<From>& b) {
    Lanes<To> result;
    for (size_t i = 0; i < a.size(); ++i) {
        result[i] = clamp_to<To>(a[i]);
        result[a.size() + i] = clamp_to<To>(b[i]);
    }
    return result;
}
template <typename To, typename From>
auto extended(bool high) {
    return [high](const Lanes<From>& a) {
        Lanes<To> result;
        for (size_t i = 0; i < result.size(); ++i)
            result[i] = a[i + (high ? result.size() : 0)];
        return result;
    };
}
template <typename To, typename From>
auto multiplied(bool high) {
    return [high](const Lanes<From>& a, const Lanes<From>& b) {
        Lanes<To> result;
        for (size_t i = 0; i < result.size(); ++i) {
            const size_t lane = i + (high ? result.size() : 0);
            result[i] = static_cast<To>(Wide{a[lane]} * Wide{b[lane]});
        }
        return result;
    };
}
template <typename To, typename From>
Lanes<To> added_pairs(const Lanes<From>& a) {
    Lanes<To> result;
    for (size_t i = 0; i < result.size(); ++i)
        result[i] = static_cast<To>(To{a[2 * i]} + To{a[2 * i + 1]});
    return result;
}

template <typename To, typename From>
std::string load_extended(V128 (*operation)(uint64_t)) {
    for (V128 a : vectors<From>())
        if (unpack<To>(operation(a[0])) != extended<To, From>(false)(unpack<From>(a)))
            return show(a[0]);
    return "";
}

}  // namespace

TEST_CASE(SIMD_FORM "splats", "[wasm][simd]") {
    CHECK(splat<uint8_t>(i8x16_splat) == "");
    CHECK(splat<uint16_t>(i16x8_splat) == "");
    CHECK(splat<uint32_t>(i32x4_splat) == "");
    CHECK(splat<uint64_t>(i64x2_splat) == "");
    CHECK(splat<float>(f32x4_splat) == "");
    CHECK(splat<double>(f64x2_splat) == "");
    CHECK(splat<uint8_t>(v128_load8_splat) == "");
    CHECK(splat<uint16_t>(v128_load16_splat) == "");
    CHECK(splat<uint32_t>(v128_load32_splat) == "");
    CHECK(splat<uint64_t>(v128_load64_splat) == "");
}

TEST_CASE(SIMD_FORM "extracting and replacing lanes", "[wasm][simd]") {
    CHECK(extract<int8_t>(i8x16_extract_lane_s) == "");
    CHECK(extract<uint8_t>(i8x16_extract_lane_u) == "");
    CHECK(extract<int16_t>(i16x8_extract_lane_s) == "");
    CHECK(extract<uint16_t>(i16x8_extract_lane_u) == "");
    CHECK(extract<uint32_t>(i32x4_extract_lane) == "");
    CHECK(extract<uint64_t>(i64x2_extract_lane) == "");
    CHECK(extract<float>(f32x4_extract_lane) == "");
    CHECK(extract<double>(f64x2_extract_lane) == "");
    CHECK(replace<uint8_t>(i8x16_replace_lane) == "");
    CHECK(replace<uint16_t>(i16x8_replace_lane) == "");
    CHECK(replace<uint32_t>(i32x4_replace_lane) == "");
    CHECK(replace<uint64_t>(i64x2_replace_lane) == "");
    CHECK(replace<float>(f32x4_replace_lane) == "");
    CHECK(replace<double>(f64x2_replace_lane) == "");
    // The bits above the lane don't matter.
    CHECK(i8x16_replace_lane(V128{}, 1, 0xabcdef12)[0] == 0x1200);
    CHECK(i16x8_replace_lane(V128{}, 1, 0xabcdef12)[0] == 0xef120000);
}

TEST_CASE(SIMD_FORM "moving bytes", "[wasm][simd]") {
    const V128 a = {0x8786858483828180, 0x8f8e8d8c8b8a8988};
    const V128 b = {0xc7c6c5c4c3c2c1c0, 0xcfcecdcccbcac9c8};
    for (unsigned index = 0; index < 256; ++index)
        for (uint8_t lane = 0; lane < 16; ++lane) {
            const V128 indices = i8x16_replace_lane(i8x16_splat(3), lane, index);
            const V128 swizzled = i8x16_swizzle(a, indices);
            const uint32_t wanted = index < 16 ? 0x80 + index : 0;
            REQUIRE(i8x16_extract_lane_u(swizzled, lane) == wanted);
            REQUIRE(i8x16_extract_lane_u(swizzled, lane ^ 1) == 0x83);
            if (index >= 32) continue;
            const V128 shuffled = i8x16_shuffle(a, b, indices);
            REQUIRE(i8x16_extract_lane_u(shuffled, lane) ==
                    (index < 16 ? 0x80 + index : 0xc0 + index - 16));
            REQUIRE(i8x16_extract_lane_u(shuffled, lane ^ 1) == 0x83);
        }
}

TEST_CASE(SIMD_FORM "loads of part of a vector", "[wasm][simd]") {
    CHECK(load_extended<int16_t, int8_t>(v128_load8x8_s) == "");
    CHECK(load_extended<uint16_t, uint8_t>(v128_load8x8_u) == "");
    CHECK(load_extended<int32_t, int16_t>(v128_load16x4_s) == "");
    CHECK(load_extended<uint32_t, uint16_t>(v128_load16x4_u) == "");
    CHECK(load_extended<int64_t, int32_t>(v128_load32x2_s) == "");
    CHECK(load_extended<uint64_t, uint32_t>(v128_load32x2_u) == "");
    const V128 zero32 = v128_load32_zero(0x89abcdef);
    const V128 zero64 = v128_load64_zero(0x8123456789abcdef);
    CHECK(zero32[0] == 0x89abcdef);
    CHECK(zero32[1] == 0);
    CHECK(zero64[0] == 0x8123456789abcdef);
    CHECK(zero64[1] == 0);
    uint8_t bytes[20] = {9, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18};
    const V128 loaded = from_bytes(bytes + 1);
    CHECK(loaded[0] == 0x0706050403020100);
    CHECK(loaded[1] == 0x0f0e0d0c0b0a0908);
    to_bytes(bytes + 3, loaded);
    CHECK(bytes[2] == 1);
    CHECK(bytes[3] == 0);
    CHECK(bytes[18] == 15);
    CHECK(bytes[19] == 18);
}

TEST_CASE(SIMD_FORM "narrowing and extending lanes", "[wasm][simd]") {
    CHECK(whole<int16_t, int8_t>(i8x16_narrow_i16x8_s, narrowed<int8_t, int16_t>) == "");
    CHECK(whole<int16_t, uint8_t>(i8x16_narrow_i16x8_u, narrowed<uint8_t, int16_t>) == "");
    CHECK(whole<int32_t, int16_t>(i16x8_narrow_i32x4_s, narrowed<int16_t, int32_t>) == "");
    CHECK(whole<int32_t, uint16_t>(i16x8_narrow_i32x4_u, narrowed<uint16_t, int32_t>) == "");
    CHECK(whole<int8_t, int16_t>(i16x8_extend_low_i8x16_s, extended<int16_t, int8_t>(false)) == "");
    CHECK(whole<uint8_t, uint16_t>(i16x8_extend_low_i8x16_u, extended<uint16_t, uint8_t>(false)) ==
          "");
    CHECK(whole<int8_t, int16_t>(i16x8_extend_high_i8x16_s, extended<int16_t, int8_t>(true)) == "");
    CHECK(whole<uint8_t, uint16_t>(i16x8_extend_high_i8x16_u, extended<uint16_t, uint8_t>(true)) ==
          "");
    CHECK(whole<int16_t, int32_t>(i32x4_extend_low_i16x8_s, extended<int32_t, int16_t>(false)) ==
          "");
    CHECK(whole<uint16_t, uint32_t>(i32x4_extend_low_i16x8_u,
                                    extended<uint32_t, uint16_t>(false)) == "");
    CHECK(whole<int16_t, int32_t>(i32x4_extend_high_i16x8_s, extended<int32_t, int16_t>(true)) ==
          "");
    CHECK(whole<uint16_t, uint32_t>(i32x4_extend_high_i16x8_u,
                                    extended<uint32_t, uint16_t>(true)) == "");
    CHECK(whole<int32_t, int64_t>(i64x2_extend_low_i32x4_s, extended<int64_t, int32_t>(false)) ==
          "");
    CHECK(whole<uint32_t, uint64_t>(i64x2_extend_low_i32x4_u,
                                    extended<uint64_t, uint32_t>(false)) == "");
    CHECK(whole<int32_t, int64_t>(i64x2_extend_high_i32x4_s, extended<int64_t, int32_t>(true)) ==
          "");
    CHECK(whole<uint32_t, uint64_t>(i64x2_extend_high_i32x4_u,
                                    extended<uint64_t, uint32_t>(true)) == "");
}

TEST_CASE(SIMD_FORM "extended products and sums of pairs", "[wasm][simd]") {
    CHECK(whole<int8_t, int16_t>(i16x8_extmul_low_i8x16_s, multiplied<int16_t, int8_t>(false)) ==
          "");
    CHECK(whole<uint8_t, uint16_t>(i16x8_extmul_low_i8x16_u,
                                   multiplied<uint16_t, uint8_t>(false)) == "");
    CHECK(whole<int8_t, int16_t>(i16x8_extmul_high_i8x16_s, multiplied<int16_t, int8_t>(true)) ==
          "");
    CHECK(whole<uint8_t, uint16_t>(i16x8_extmul_high_i8x16_u,
                                   multiplied<uint16_t, uint8_t>(true)) == "");
    CHECK(whole<int16_t, int32_t>(i32x4_extmul_low_i16x8_s, multiplied<int32_t, int16_t>(false)) ==
          "");
    CHECK(whole<uint16_t, uint32_t>(i32x4_extmul_low_i16x8_u,
                                    multiplied<uint32_t, uint16_t>(false)) == "");
    CHECK(whole<int16_t, int32_t>(i32x4_extmul_high_i16x8_s, multiplied<int32_t, int16_t>(true)) ==
          "");
    CHECK(whole<uint16_t, uint32_t>(i32x4_extmul_high_i16x8_u,
                                    multiplied<uint32_t, uint16_t>(true)) == "");
    CHECK(whole<int32_t, int64_t>(i64x2_extmul_low_i32x4_s, multiplied<int64_t, int32_t>(false)) ==
          "");
    CHECK(whole<uint32_t, uint64_t>(i64x2_extmul_low_i32x4_u,
                                    multiplied<uint64_t, uint32_t>(false)) == "");
    CHECK(whole<int32_t, int64_t>(i64x2_extmul_high_i32x4_s, multiplied<int64_t, int32_t>(true)) ==
          "");
    CHECK(whole<uint32_t, uint64_t>(i64x2_extmul_high_i32x4_u,
                                    multiplied<uint64_t, uint32_t>(true)) == "");
    CHECK(whole<int8_t, int16_t>(i16x8_extadd_pairwise_i8x16_s, added_pairs<int16_t, int8_t>) ==
          "");
    CHECK(whole<uint8_t, uint16_t>(i16x8_extadd_pairwise_i8x16_u, added_pairs<uint16_t, uint8_t>) ==
          "");
    CHECK(whole<int16_t, int32_t>(i32x4_extadd_pairwise_i16x8_s, added_pairs<int32_t, int16_t>) ==
          "");
    CHECK(whole<uint16_t, uint32_t>(i32x4_extadd_pairwise_i16x8_u,
                                    added_pairs<uint32_t, uint16_t>) == "");
}
