// SPDX-License-Identifier: Apache-2.0
#pragma once

// Shifts of integer lanes (specification, section 4.3.2). The count is taken modulo the width of
// the lanes. Conventions: wasm/simd.h.

#include "wasm/simd_types.h"

namespace epsilon::simd {

#if EPSILON_SIMD_SSE

namespace detail {

inline __m128i shift_count(uint32_t n) noexcept {
    return _mm_cvtsi32_si128(static_cast<int>(n));
}

// The byte in all lanes.
inline __m128i bytes(uint32_t x) noexcept {
    return _mm_set1_epi32(static_cast<int>(x * 0x01010101u));
}

}  // namespace detail

// Bytes are shifted as 16-bit lanes, with the bits that would cross into the neighbour masked off.
inline V128 i8x16_shl(V128 a, uint32_t n) noexcept {
    const __m128i kept = _mm_and_si128(__m128i(a), detail::bytes(0xffu >> (n & 7)));
    return V128(_mm_sll_epi16(kept, detail::shift_count(n & 7)));
}
inline V128 i8x16_shr_u(V128 a, uint32_t n) noexcept {
    const __m128i shifted = _mm_srl_epi16(__m128i(a), detail::shift_count(n & 7));
    return V128(_mm_and_si128(shifted, detail::bytes(0xffu >> (n & 7))));
}
inline V128 i8x16_shr_s(V128 a, uint32_t n) noexcept {
    const __m128i count = detail::shift_count((n & 7) + 8);
    const __m128i low = _mm_sra_epi16(_mm_unpacklo_epi8(__m128i(a), __m128i(a)), count);
    const __m128i high = _mm_sra_epi16(_mm_unpackhi_epi8(__m128i(a), __m128i(a)), count);
    return V128(_mm_packs_epi16(low, high));
}
inline V128 i16x8_shl(V128 a, uint32_t n) noexcept {
    return V128(_mm_sll_epi16(__m128i(a), detail::shift_count(n & 15)));
}
inline V128 i16x8_shr_u(V128 a, uint32_t n) noexcept {
    return V128(_mm_srl_epi16(__m128i(a), detail::shift_count(n & 15)));
}
inline V128 i16x8_shr_s(V128 a, uint32_t n) noexcept {
    return V128(_mm_sra_epi16(__m128i(a), detail::shift_count(n & 15)));
}
inline V128 i32x4_shl(V128 a, uint32_t n) noexcept {
    return V128(_mm_sll_epi32(__m128i(a), detail::shift_count(n & 31)));
}
inline V128 i32x4_shr_u(V128 a, uint32_t n) noexcept {
    return V128(_mm_srl_epi32(__m128i(a), detail::shift_count(n & 31)));
}
inline V128 i32x4_shr_s(V128 a, uint32_t n) noexcept {
    return V128(_mm_sra_epi32(__m128i(a), detail::shift_count(n & 31)));
}
inline V128 i64x2_shl(V128 a, uint32_t n) noexcept {
    return V128(_mm_sll_epi64(__m128i(a), detail::shift_count(n & 63)));
}
inline V128 i64x2_shr_u(V128 a, uint32_t n) noexcept {
    return V128(_mm_srl_epi64(__m128i(a), detail::shift_count(n & 63)));
}
// There is no 64-bit arithmetic shift: the shifted sign is copied upwards by xor and subtraction.
inline V128 i64x2_shr_s(V128 a, uint32_t n) noexcept {
    const __m128i count = detail::shift_count(n & 63);
    const V128 smallest = {uint64_t{1} << 63, uint64_t{1} << 63};
    const V128 sign = V128(_mm_srl_epi64(__m128i(smallest), count));
    return (V128(_mm_srl_epi64(__m128i(a), count)) ^ sign) - sign;
}

#else

inline V128 i8x16_shl(V128 a, uint32_t n) noexcept {
    return V128(U8x16(a) << static_cast<uint8_t>(n & 7));
}
inline V128 i8x16_shr_u(V128 a, uint32_t n) noexcept {
    return V128(U8x16(a) >> static_cast<uint8_t>(n & 7));
}
inline V128 i8x16_shr_s(V128 a, uint32_t n) noexcept {
    return V128(I8x16(a) >> static_cast<int8_t>(n & 7));
}
inline V128 i16x8_shl(V128 a, uint32_t n) noexcept {
    return V128(U16x8(a) << static_cast<uint16_t>(n & 15));
}
inline V128 i16x8_shr_u(V128 a, uint32_t n) noexcept {
    return V128(U16x8(a) >> static_cast<uint16_t>(n & 15));
}
inline V128 i16x8_shr_s(V128 a, uint32_t n) noexcept {
    return V128(I16x8(a) >> static_cast<int16_t>(n & 15));
}
inline V128 i32x4_shl(V128 a, uint32_t n) noexcept {
    return V128(U32x4(a) << (n & 31));
}
inline V128 i32x4_shr_u(V128 a, uint32_t n) noexcept {
    return V128(U32x4(a) >> (n & 31));
}
inline V128 i32x4_shr_s(V128 a, uint32_t n) noexcept {
    return V128(I32x4(a) >> static_cast<int32_t>(n & 31));
}
inline V128 i64x2_shl(V128 a, uint32_t n) noexcept {
    return V128(U64x2(a) << static_cast<uint64_t>(n & 63));
}
inline V128 i64x2_shr_u(V128 a, uint32_t n) noexcept {
    return V128(U64x2(a) >> static_cast<uint64_t>(n & 63));
}
inline V128 i64x2_shr_s(V128 a, uint32_t n) noexcept {
    return V128(I64x2(a) >> static_cast<int64_t>(n & 63));
}

#endif

}  // namespace epsilon::simd
