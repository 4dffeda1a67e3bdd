// SPDX-License-Identifier: Apache-2.0
#pragma once

// Integer comparisons and tests of lanes (specification, section 4.3.2). A comparison sets all bits
// of the lanes where it holds. Conventions: wasm/simd.h.

#include "wasm/simd_types.h"

namespace epsilon::simd {

inline V128 i8x16_eq(V128 a, V128 b) noexcept {
    return V128(U8x16(a) == U8x16(b));
}
inline V128 i8x16_ne(V128 a, V128 b) noexcept {
    return V128(U8x16(a) != U8x16(b));
}
inline V128 i8x16_lt_s(V128 a, V128 b) noexcept {
    return V128(I8x16(a) < I8x16(b));
}
inline V128 i8x16_lt_u(V128 a, V128 b) noexcept {
    return V128(U8x16(a) < U8x16(b));
}
inline V128 i8x16_gt_s(V128 a, V128 b) noexcept {
    return V128(I8x16(a) > I8x16(b));
}
inline V128 i8x16_gt_u(V128 a, V128 b) noexcept {
    return V128(U8x16(a) > U8x16(b));
}
inline V128 i8x16_le_s(V128 a, V128 b) noexcept {
    return V128(I8x16(a) <= I8x16(b));
}
inline V128 i8x16_le_u(V128 a, V128 b) noexcept {
    return V128(U8x16(a) <= U8x16(b));
}
inline V128 i8x16_ge_s(V128 a, V128 b) noexcept {
    return V128(I8x16(a) >= I8x16(b));
}
inline V128 i8x16_ge_u(V128 a, V128 b) noexcept {
    return V128(U8x16(a) >= U8x16(b));
}

inline V128 i16x8_eq(V128 a, V128 b) noexcept {
    return V128(U16x8(a) == U16x8(b));
}
inline V128 i16x8_ne(V128 a, V128 b) noexcept {
    return V128(U16x8(a) != U16x8(b));
}
inline V128 i16x8_lt_s(V128 a, V128 b) noexcept {
    return V128(I16x8(a) < I16x8(b));
}
inline V128 i16x8_lt_u(V128 a, V128 b) noexcept {
    return V128(U16x8(a) < U16x8(b));
}
inline V128 i16x8_gt_s(V128 a, V128 b) noexcept {
    return V128(I16x8(a) > I16x8(b));
}
inline V128 i16x8_gt_u(V128 a, V128 b) noexcept {
    return V128(U16x8(a) > U16x8(b));
}
inline V128 i16x8_le_s(V128 a, V128 b) noexcept {
    return V128(I16x8(a) <= I16x8(b));
}
inline V128 i16x8_le_u(V128 a, V128 b) noexcept {
    return V128(U16x8(a) <= U16x8(b));
}
inline V128 i16x8_ge_s(V128 a, V128 b) noexcept {
    return V128(I16x8(a) >= I16x8(b));
}
inline V128 i16x8_ge_u(V128 a, V128 b) noexcept {
    return V128(U16x8(a) >= U16x8(b));
}

inline V128 i32x4_eq(V128 a, V128 b) noexcept {
    return V128(U32x4(a) == U32x4(b));
}
inline V128 i32x4_ne(V128 a, V128 b) noexcept {
    return V128(U32x4(a) != U32x4(b));
}
inline V128 i32x4_lt_s(V128 a, V128 b) noexcept {
    return V128(I32x4(a) < I32x4(b));
}
inline V128 i32x4_lt_u(V128 a, V128 b) noexcept {
    return V128(U32x4(a) < U32x4(b));
}
inline V128 i32x4_gt_s(V128 a, V128 b) noexcept {
    return V128(I32x4(a) > I32x4(b));
}
inline V128 i32x4_gt_u(V128 a, V128 b) noexcept {
    return V128(U32x4(a) > U32x4(b));
}
inline V128 i32x4_le_s(V128 a, V128 b) noexcept {
    return V128(I32x4(a) <= I32x4(b));
}
inline V128 i32x4_le_u(V128 a, V128 b) noexcept {
    return V128(U32x4(a) <= U32x4(b));
}
inline V128 i32x4_ge_s(V128 a, V128 b) noexcept {
    return V128(I32x4(a) >= I32x4(b));
}
inline V128 i32x4_ge_u(V128 a, V128 b) noexcept {
    return V128(U32x4(a) >= U32x4(b));
}

inline V128 i64x2_eq(V128 a, V128 b) noexcept {
    return V128(U64x2(a) == U64x2(b));
}
inline V128 i64x2_ne(V128 a, V128 b) noexcept {
    return V128(U64x2(a) != U64x2(b));
}

inline V128 i64x2_gt_s(V128 a, V128 b) noexcept {
#if EPSILON_SIMD_SSE && !defined(__SSE4_2__)
    // In the upper halves: greater, or equal with a borrow from the lower halves of b - a, which
    // then is all that the difference has there.
    const V128 greater = V128(_mm_cmpgt_epi32(__m128i(a), __m128i(b)));
    const V128 equal = V128(_mm_cmpeq_epi32(__m128i(a), __m128i(b)));
    return V128(_mm_shuffle_epi32(__m128i((equal & (b - a)) | greater), 0xf5));
#else
    return V128(I64x2(a) > I64x2(b));
#endif
}
inline V128 i64x2_lt_s(V128 a, V128 b) noexcept {
    return i64x2_gt_s(b, a);
}
inline V128 i64x2_le_s(V128 a, V128 b) noexcept {
    return ~i64x2_gt_s(a, b);
}
inline V128 i64x2_ge_s(V128 a, V128 b) noexcept {
    return ~i64x2_gt_s(b, a);
}

// any_true: a bit is set. all_true: no lane is 0. bitmask: bit i of the result is the highest bit
// of lane i.

#if EPSILON_SIMD_SSE

inline uint32_t v128_any_true(V128 a) noexcept {
    return _mm_testz_si128(__m128i(a), __m128i(a)) == 0;
}
inline uint32_t i8x16_all_true(V128 a) noexcept {
    const __m128i zeros = _mm_cmpeq_epi8(__m128i(a), _mm_setzero_si128());
    return static_cast<uint32_t>(_mm_testz_si128(zeros, zeros));
}
inline uint32_t i16x8_all_true(V128 a) noexcept {
    const __m128i zeros = _mm_cmpeq_epi16(__m128i(a), _mm_setzero_si128());
    return static_cast<uint32_t>(_mm_testz_si128(zeros, zeros));
}
inline uint32_t i32x4_all_true(V128 a) noexcept {
    const __m128i zeros = _mm_cmpeq_epi32(__m128i(a), _mm_setzero_si128());
    return static_cast<uint32_t>(_mm_testz_si128(zeros, zeros));
}
inline uint32_t i64x2_all_true(V128 a) noexcept {
    const __m128i zeros = _mm_cmpeq_epi64(__m128i(a), _mm_setzero_si128());
    return static_cast<uint32_t>(_mm_testz_si128(zeros, zeros));
}

inline uint32_t i8x16_bitmask(V128 a) noexcept {
    return static_cast<uint32_t>(_mm_movemask_epi8(__m128i(a)));
}
inline uint32_t i16x8_bitmask(V128 a) noexcept {
    const __m128i bytes = _mm_packs_epi16(__m128i(a), _mm_setzero_si128());
    return static_cast<uint32_t>(_mm_movemask_epi8(bytes));
}
inline uint32_t i32x4_bitmask(V128 a) noexcept {
    return static_cast<uint32_t>(_mm_movemask_ps(__m128(a)));
}
inline uint32_t i64x2_bitmask(V128 a) noexcept {
    return static_cast<uint32_t>(_mm_movemask_pd(__m128d(a)));
}

#else

inline uint32_t v128_any_true(V128 a) noexcept {
    return (a[0] | a[1]) != 0;
}
inline uint32_t i8x16_all_true(V128 a) noexcept {
    return v128_any_true(i8x16_eq(a, V128{})) == 0;
}
inline uint32_t i16x8_all_true(V128 a) noexcept {
    return v128_any_true(i16x8_eq(a, V128{})) == 0;
}
inline uint32_t i32x4_all_true(V128 a) noexcept {
    return v128_any_true(i32x4_eq(a, V128{})) == 0;
}
inline uint32_t i64x2_all_true(V128 a) noexcept {
    return v128_any_true(i64x2_eq(a, V128{})) == 0;
}

namespace detail {

template <typename Signed>
inline uint32_t bitmask(V128 a) noexcept {
    constexpr int lanes = sizeof(V128) / sizeof(Signed{}[0]);
    uint32_t result = 0;
    for (int i = 0; i < lanes; ++i)
        result |= uint32_t{Signed(a)[i] < 0} << i;
    return result;
}

}  // namespace detail

inline uint32_t i8x16_bitmask(V128 a) noexcept {
    return detail::bitmask<I8x16>(a);
}
inline uint32_t i16x8_bitmask(V128 a) noexcept {
    return detail::bitmask<I16x8>(a);
}
inline uint32_t i32x4_bitmask(V128 a) noexcept {
    return detail::bitmask<I32x4>(a);
}
inline uint32_t i64x2_bitmask(V128 a) noexcept {
    return detail::bitmask<I64x2>(a);
}

#endif

}  // namespace epsilon::simd
