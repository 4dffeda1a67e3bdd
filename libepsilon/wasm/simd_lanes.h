// SPDX-License-Identifier: Apache-2.0
#pragma once

// Making vectors from scalars and the other way round, moving lanes, and what the loads of vectors
// do with the loaded bits (specification, section 4.3.6). Conventions: wasm/simd.h.

#include "wasm/simd_types.h"

#if defined(__aarch64__)
#include <arm_neon.h>
#endif

namespace epsilon::simd {

#if EPSILON_SIMD_SSE

inline V128 i8x16_splat(uint32_t x) noexcept {
    return V128(_mm_set1_epi8(static_cast<char>(x)));
}
inline V128 i16x8_splat(uint32_t x) noexcept {
    return V128(_mm_set1_epi16(static_cast<short>(x)));
}
inline V128 i32x4_splat(uint32_t x) noexcept {
    return V128(_mm_set1_epi32(static_cast<int>(x)));
}
inline V128 i64x2_splat(uint64_t x) noexcept {
    return V128(_mm_set1_epi64x(static_cast<long long>(x)));
}
inline V128 f32x4_splat(float x) noexcept {
    return V128(_mm_set1_ps(x));
}
inline V128 f64x2_splat(double x) noexcept {
    return V128(_mm_set1_pd(x));
}

#else

inline V128 i8x16_splat(uint32_t x) noexcept {
    return V128(U8x16{} + static_cast<uint8_t>(x));
}
inline V128 i16x8_splat(uint32_t x) noexcept {
    return V128(U16x8{} + static_cast<uint16_t>(x));
}
inline V128 i32x4_splat(uint32_t x) noexcept {
    return V128(U32x4{} + x);
}
inline V128 i64x2_splat(uint64_t x) noexcept {
    return V128(U64x2{} + x);
}
// By the bits: arithmetic would make a signaling NaN quiet.
inline V128 f32x4_splat(float x) noexcept {
    return i32x4_splat(std::bit_cast<uint32_t>(x));
}
inline V128 f64x2_splat(double x) noexcept {
    return i64x2_splat(std::bit_cast<uint64_t>(x));
}

#endif

// Extracting and replacing: the lane must exist in the shape, as validation ensures.

inline uint32_t i8x16_extract_lane_s(V128 a, uint8_t lane) noexcept {
    return static_cast<uint32_t>(int32_t{I8x16(a)[lane]});
}
inline uint32_t i8x16_extract_lane_u(V128 a, uint8_t lane) noexcept {
    return U8x16(a)[lane];
}
inline uint32_t i16x8_extract_lane_s(V128 a, uint8_t lane) noexcept {
    return static_cast<uint32_t>(int32_t{I16x8(a)[lane]});
}
inline uint32_t i16x8_extract_lane_u(V128 a, uint8_t lane) noexcept {
    return U16x8(a)[lane];
}
inline uint32_t i32x4_extract_lane(V128 a, uint8_t lane) noexcept {
    return U32x4(a)[lane];
}
inline uint64_t i64x2_extract_lane(V128 a, uint8_t lane) noexcept {
    return a[lane];
}
inline float f32x4_extract_lane(V128 a, uint8_t lane) noexcept {
    return F32x4(a)[lane];
}
inline double f64x2_extract_lane(V128 a, uint8_t lane) noexcept {
    return F64x2(a)[lane];
}

namespace detail {

// With a lane known only when running, a write into one lane would go through memory and stall the
// read of the whole vector after it; a mask doesn't.
template <typename Lanes>
inline V128 replace(V128 a, V128 all_new, Lanes numbers, V128 lane) noexcept {
    return v128_bitselect(all_new, a, V128(numbers == Lanes(lane)));
}

}  // namespace detail

inline V128 i8x16_replace_lane(V128 a, uint8_t lane, uint32_t x) noexcept {
    const U8x16 numbers = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    return detail::replace(a, i8x16_splat(x), numbers, i8x16_splat(lane));
}
inline V128 i16x8_replace_lane(V128 a, uint8_t lane, uint32_t x) noexcept {
    const U16x8 numbers = {0, 1, 2, 3, 4, 5, 6, 7};
    return detail::replace(a, i16x8_splat(x), numbers, i16x8_splat(lane));
}
inline V128 i32x4_replace_lane(V128 a, uint8_t lane, uint32_t x) noexcept {
    const U32x4 numbers = {0, 1, 2, 3};
    return detail::replace(a, i32x4_splat(x), numbers, i32x4_splat(lane));
}
inline V128 f32x4_replace_lane(V128 a, uint8_t lane, float x) noexcept {
    const U32x4 numbers = {0, 1, 2, 3};
    return detail::replace(a, f32x4_splat(x), numbers, i32x4_splat(lane));
}
inline V128 i64x2_replace_lane(V128 a, uint8_t lane, uint64_t x) noexcept {
    return lane == 0 ? V128{x, a[1]} : V128{a[0], x};
}
inline V128 f64x2_replace_lane(V128 a, uint8_t lane, double x) noexcept {
    return i64x2_replace_lane(a, lane, std::bit_cast<uint64_t>(x));
}

// i8x16_swizzle: byte i of the result is a[s[i]], or 0 where s[i] > 15.
// i8x16_shuffle: byte i of the result is byte lanes[i] of a and b put one after the other; lanes
// must be below 32, as validation ensures.

#if EPSILON_SIMD_SSE

// pshufb gives 0 for indices with the highest bit set; adding 0x70 sets it for all above 15.
inline V128 i8x16_swizzle(V128 a, V128 s) noexcept {
    const __m128i index = _mm_adds_epu8(__m128i(s), _mm_set1_epi8(0x70));
    return V128(_mm_shuffle_epi8(__m128i(a), index));
}
inline V128 i8x16_shuffle(V128 a, V128 b, V128 lanes) noexcept {
    const __m128i in_a = _mm_add_epi8(__m128i(lanes), _mm_set1_epi8(0x70));
    const __m128i in_b = _mm_sub_epi8(__m128i(lanes), _mm_set1_epi8(16));
    return V128(_mm_shuffle_epi8(__m128i(a), in_a)) | V128(_mm_shuffle_epi8(__m128i(b), in_b));
}

#elif defined(__aarch64__)

inline V128 i8x16_swizzle(V128 a, V128 s) noexcept {
    return V128(vqtbl1q_u8(uint8x16_t(a), uint8x16_t(s)));
}
inline V128 i8x16_shuffle(V128 a, V128 b, V128 lanes) noexcept {
    return V128(vqtbl2q_u8(uint8x16x2_t{{uint8x16_t(a), uint8x16_t(b)}}, uint8x16_t(lanes)));
}

#else

inline V128 i8x16_swizzle(V128 a, V128 s) noexcept {
    const U8x16 bytes = U8x16(a), index = U8x16(s);
    U8x16 result = {};
    for (int i = 0; i < 16; ++i)
        result[i] = index[i] < 16 ? bytes[index[i]] : 0;
    return V128(result);
}
inline V128 i8x16_shuffle(V128 a, V128 b, V128 lanes) noexcept {
    return i8x16_swizzle(a, lanes) | i8x16_swizzle(b, V128(U8x16(lanes) - 16));
}

#endif

// The loads, given the bits that were loaded. v128.loadN_lane is a replace_lane.

inline V128 v128_load8_splat(uint8_t x) noexcept {
    return i8x16_splat(x);
}
inline V128 v128_load16_splat(uint16_t x) noexcept {
    return i16x8_splat(x);
}
inline V128 v128_load32_splat(uint32_t x) noexcept {
    return i32x4_splat(x);
}
inline V128 v128_load64_splat(uint64_t x) noexcept {
    return i64x2_splat(x);
}
inline V128 v128_load32_zero(uint32_t x) noexcept {
    return V128{x, 0};
}
inline V128 v128_load64_zero(uint64_t x) noexcept {
    return V128{x, 0};
}

}  // namespace epsilon::simd
