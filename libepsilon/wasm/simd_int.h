// SPDX-License-Identifier: Apache-2.0
#pragma once

// Integer arithmetic on lanes (specification, section 4.3.2). Conventions: wasm/simd.h.

#include "wasm/simd_types.h"

namespace epsilon::simd {

inline V128 i8x16_add(V128 a, V128 b) noexcept {
    return V128(U8x16(a) + U8x16(b));
}
inline V128 i8x16_sub(V128 a, V128 b) noexcept {
    return V128(U8x16(a) - U8x16(b));
}
inline V128 i8x16_neg(V128 a) noexcept {
    return V128(-U8x16(a));
}

inline V128 i16x8_add(V128 a, V128 b) noexcept {
    return V128(U16x8(a) + U16x8(b));
}
inline V128 i16x8_sub(V128 a, V128 b) noexcept {
    return V128(U16x8(a) - U16x8(b));
}
inline V128 i16x8_mul(V128 a, V128 b) noexcept {
    return V128(U16x8(a) * U16x8(b));
}
inline V128 i16x8_neg(V128 a) noexcept {
    return V128(-U16x8(a));
}

inline V128 i32x4_add(V128 a, V128 b) noexcept {
    return V128(U32x4(a) + U32x4(b));
}
inline V128 i32x4_sub(V128 a, V128 b) noexcept {
    return V128(U32x4(a) - U32x4(b));
}
inline V128 i32x4_mul(V128 a, V128 b) noexcept {
    return V128(U32x4(a) * U32x4(b));
}
inline V128 i32x4_neg(V128 a) noexcept {
    return V128(-U32x4(a));
}

inline V128 i64x2_add(V128 a, V128 b) noexcept {
    return V128(U64x2(a) + U64x2(b));
}
inline V128 i64x2_sub(V128 a, V128 b) noexcept {
    return V128(U64x2(a) - U64x2(b));
}
inline V128 i64x2_mul(V128 a, V128 b) noexcept {
    return V128(U64x2(a) * U64x2(b));
}
inline V128 i64x2_neg(V128 a) noexcept {
    return V128(-U64x2(a));
}

namespace detail {

// What follows is for lanes of any type and for any host; the compilers turn comparisons and masks
// into the host's instructions.

template <typename Signed, typename Unsigned>
inline V128 abs(V128 a) noexcept {
    const Unsigned negative = Unsigned(Signed(a) < 0);
    return V128((Unsigned(a) ^ negative) - negative);
}
template <typename Lanes>
inline V128 min(V128 a, V128 b) noexcept {
    return v128_bitselect(a, b, V128(Lanes(a) < Lanes(b)));
}
template <typename Lanes>
inline V128 max(V128 a, V128 b) noexcept {
    return v128_bitselect(a, b, V128(Lanes(a) > Lanes(b)));
}
template <typename Unsigned>
inline V128 avgr(V128 a, V128 b) noexcept {
    return V128(Unsigned(a | b) - (Unsigned(a ^ b) >> 1));
}
template <typename Unsigned>
inline V128 add_sat_u(V128 a, V128 b) noexcept {
    const Unsigned sum = Unsigned(a) + Unsigned(b);
    return V128(sum) | V128(sum < Unsigned(a));
}
template <typename Unsigned>
inline V128 sub_sat_u(V128 a, V128 b) noexcept {
    return V128(Unsigned(a) - Unsigned(b)) & V128(Unsigned(a) > Unsigned(b));
}
// Beyond the range on the side that a's sign says: the smallest integer, or all bits of it flipped.
template <typename Signed, typename Unsigned>
inline V128 saturate(V128 a, V128 wrapped, V128 overflow) noexcept {
    constexpr int top = sizeof(Unsigned{}[0]) * 8 - 1;
    const V128 largest = V128(~Unsigned{} >> 1);
    return v128_bitselect(V128(Signed(a) >> top) ^ largest, wrapped, V128(Signed(overflow) >> top));
}
template <typename Signed, typename Unsigned>
inline V128 add_sat_s(V128 a, V128 b) noexcept {
    const V128 sum = V128(Unsigned(a) + Unsigned(b));
    return saturate<Signed, Unsigned>(a, sum, (a ^ sum) & (b ^ sum));
}
template <typename Signed, typename Unsigned>
inline V128 sub_sat_s(V128 a, V128 b) noexcept {
    const V128 difference = V128(Unsigned(a) - Unsigned(b));
    return saturate<Signed, Unsigned>(a, difference, (a ^ b) & (a ^ difference));
}

}  // namespace detail

#if EPSILON_SIMD_SSE

inline V128 i8x16_abs(V128 a) noexcept {
    return V128(_mm_abs_epi8(__m128i(a)));
}
inline V128 i16x8_abs(V128 a) noexcept {
    return V128(_mm_abs_epi16(__m128i(a)));
}
inline V128 i32x4_abs(V128 a) noexcept {
    return V128(_mm_abs_epi32(__m128i(a)));
}
inline V128 i8x16_min_s(V128 a, V128 b) noexcept {
    return V128(_mm_min_epi8(__m128i(a), __m128i(b)));
}
inline V128 i8x16_min_u(V128 a, V128 b) noexcept {
    return V128(_mm_min_epu8(__m128i(a), __m128i(b)));
}
inline V128 i8x16_max_s(V128 a, V128 b) noexcept {
    return V128(_mm_max_epi8(__m128i(a), __m128i(b)));
}
inline V128 i8x16_max_u(V128 a, V128 b) noexcept {
    return V128(_mm_max_epu8(__m128i(a), __m128i(b)));
}
inline V128 i16x8_min_s(V128 a, V128 b) noexcept {
    return V128(_mm_min_epi16(__m128i(a), __m128i(b)));
}
inline V128 i16x8_min_u(V128 a, V128 b) noexcept {
    return V128(_mm_min_epu16(__m128i(a), __m128i(b)));
}
inline V128 i16x8_max_s(V128 a, V128 b) noexcept {
    return V128(_mm_max_epi16(__m128i(a), __m128i(b)));
}
inline V128 i16x8_max_u(V128 a, V128 b) noexcept {
    return V128(_mm_max_epu16(__m128i(a), __m128i(b)));
}
inline V128 i32x4_min_s(V128 a, V128 b) noexcept {
    return V128(_mm_min_epi32(__m128i(a), __m128i(b)));
}
inline V128 i32x4_min_u(V128 a, V128 b) noexcept {
    return V128(_mm_min_epu32(__m128i(a), __m128i(b)));
}
inline V128 i32x4_max_s(V128 a, V128 b) noexcept {
    return V128(_mm_max_epi32(__m128i(a), __m128i(b)));
}
inline V128 i32x4_max_u(V128 a, V128 b) noexcept {
    return V128(_mm_max_epu32(__m128i(a), __m128i(b)));
}
inline V128 i8x16_avgr_u(V128 a, V128 b) noexcept {
    return V128(_mm_avg_epu8(__m128i(a), __m128i(b)));
}
inline V128 i16x8_avgr_u(V128 a, V128 b) noexcept {
    return V128(_mm_avg_epu16(__m128i(a), __m128i(b)));
}
inline V128 i8x16_add_sat_s(V128 a, V128 b) noexcept {
    return V128(_mm_adds_epi8(__m128i(a), __m128i(b)));
}
inline V128 i8x16_add_sat_u(V128 a, V128 b) noexcept {
    return V128(_mm_adds_epu8(__m128i(a), __m128i(b)));
}
inline V128 i8x16_sub_sat_s(V128 a, V128 b) noexcept {
    return V128(_mm_subs_epi8(__m128i(a), __m128i(b)));
}
inline V128 i8x16_sub_sat_u(V128 a, V128 b) noexcept {
    return V128(_mm_subs_epu8(__m128i(a), __m128i(b)));
}
inline V128 i16x8_add_sat_s(V128 a, V128 b) noexcept {
    return V128(_mm_adds_epi16(__m128i(a), __m128i(b)));
}
inline V128 i16x8_add_sat_u(V128 a, V128 b) noexcept {
    return V128(_mm_adds_epu16(__m128i(a), __m128i(b)));
}
inline V128 i16x8_sub_sat_s(V128 a, V128 b) noexcept {
    return V128(_mm_subs_epi16(__m128i(a), __m128i(b)));
}
inline V128 i16x8_sub_sat_u(V128 a, V128 b) noexcept {
    return V128(_mm_subs_epu16(__m128i(a), __m128i(b)));
}

// There is no 64-bit arithmetic shift: the sign of the upper half is spread over both.
inline V128 i64x2_abs(V128 a) noexcept {
    const V128 negative = V128(_mm_shuffle_epi32(_mm_srai_epi32(__m128i(a), 31), 0xf5));
    return (a ^ negative) - negative;
}

// The sum of the bits of each half byte comes from a table.
inline V128 i8x16_popcnt(V128 a) noexcept {
    const __m128i table = _mm_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
    const __m128i half = _mm_set1_epi8(15);
    const __m128i low = _mm_and_si128(__m128i(a), half);
    const __m128i high = _mm_and_si128(_mm_srli_epi16(__m128i(a), 4), half);
    return V128(_mm_add_epi8(_mm_shuffle_epi8(table, low), _mm_shuffle_epi8(table, high)));
}

// pmulhrsw wraps the one product that is too large, -1 times -1, to -1.
inline V128 i16x8_q15mulr_sat_s(V128 a, V128 b) noexcept {
    const __m128i product = _mm_mulhrs_epi16(__m128i(a), __m128i(b));
    const __m128i smallest = _mm_set1_epi16(static_cast<short>(0x8000));
    return V128(_mm_xor_si128(product, _mm_cmpeq_epi16(product, smallest)));
}
inline V128 i32x4_dot_i16x8_s(V128 a, V128 b) noexcept {
    return V128(_mm_madd_epi16(__m128i(a), __m128i(b)));
}

#else

inline V128 i8x16_abs(V128 a) noexcept {
    return detail::abs<I8x16, U8x16>(a);
}
inline V128 i16x8_abs(V128 a) noexcept {
    return detail::abs<I16x8, U16x8>(a);
}
inline V128 i32x4_abs(V128 a) noexcept {
    return detail::abs<I32x4, U32x4>(a);
}
inline V128 i64x2_abs(V128 a) noexcept {
    return detail::abs<I64x2, U64x2>(a);
}
inline V128 i8x16_min_s(V128 a, V128 b) noexcept {
    return detail::min<I8x16>(a, b);
}
inline V128 i8x16_min_u(V128 a, V128 b) noexcept {
    return detail::min<U8x16>(a, b);
}
inline V128 i8x16_max_s(V128 a, V128 b) noexcept {
    return detail::max<I8x16>(a, b);
}
inline V128 i8x16_max_u(V128 a, V128 b) noexcept {
    return detail::max<U8x16>(a, b);
}
inline V128 i16x8_min_s(V128 a, V128 b) noexcept {
    return detail::min<I16x8>(a, b);
}
inline V128 i16x8_min_u(V128 a, V128 b) noexcept {
    return detail::min<U16x8>(a, b);
}
inline V128 i16x8_max_s(V128 a, V128 b) noexcept {
    return detail::max<I16x8>(a, b);
}
inline V128 i16x8_max_u(V128 a, V128 b) noexcept {
    return detail::max<U16x8>(a, b);
}
inline V128 i32x4_min_s(V128 a, V128 b) noexcept {
    return detail::min<I32x4>(a, b);
}
inline V128 i32x4_min_u(V128 a, V128 b) noexcept {
    return detail::min<U32x4>(a, b);
}
inline V128 i32x4_max_s(V128 a, V128 b) noexcept {
    return detail::max<I32x4>(a, b);
}
inline V128 i32x4_max_u(V128 a, V128 b) noexcept {
    return detail::max<U32x4>(a, b);
}
inline V128 i8x16_avgr_u(V128 a, V128 b) noexcept {
    return detail::avgr<U8x16>(a, b);
}
inline V128 i16x8_avgr_u(V128 a, V128 b) noexcept {
    return detail::avgr<U16x8>(a, b);
}
inline V128 i8x16_add_sat_s(V128 a, V128 b) noexcept {
    return detail::add_sat_s<I8x16, U8x16>(a, b);
}
inline V128 i8x16_add_sat_u(V128 a, V128 b) noexcept {
    return detail::add_sat_u<U8x16>(a, b);
}
inline V128 i8x16_sub_sat_s(V128 a, V128 b) noexcept {
    return detail::sub_sat_s<I8x16, U8x16>(a, b);
}
inline V128 i8x16_sub_sat_u(V128 a, V128 b) noexcept {
    return detail::sub_sat_u<U8x16>(a, b);
}
inline V128 i16x8_add_sat_s(V128 a, V128 b) noexcept {
    return detail::add_sat_s<I16x8, U16x8>(a, b);
}
inline V128 i16x8_add_sat_u(V128 a, V128 b) noexcept {
    return detail::add_sat_u<U16x8>(a, b);
}
inline V128 i16x8_sub_sat_s(V128 a, V128 b) noexcept {
    return detail::sub_sat_s<I16x8, U16x8>(a, b);
}
inline V128 i16x8_sub_sat_u(V128 a, V128 b) noexcept {
    return detail::sub_sat_u<U16x8>(a, b);
}

inline V128 i8x16_popcnt(V128 a) noexcept {
    U8x16 n = U8x16(a);
    n = n - ((n >> 1) & 0x55);
    n = (n & 0x33) + ((n >> 2) & 0x33);
    return V128((n + (n >> 4)) & 0x0f);
}

namespace detail {

// The products of the signed 16-bit lanes with even and with odd numbers; none overflows.
inline I32x4 multiply_even(V128 a, V128 b) noexcept {
    return (I32x4(U32x4(a) << 16) >> 16) * (I32x4(U32x4(b) << 16) >> 16);
}
inline I32x4 multiply_odd(V128 a, V128 b) noexcept {
    return (I32x4(a) >> 16) * (I32x4(b) >> 16);
}

}  // namespace detail

inline V128 i16x8_q15mulr_sat_s(V128 a, V128 b) noexcept {
    // Only -1 times -1 is too large, and one less is the largest value.
    I32x4 even = (detail::multiply_even(a, b) + 0x4000) >> 15;
    I32x4 odd = (detail::multiply_odd(a, b) + 0x4000) >> 15;
    even += even > 0x7fff;
    odd += odd > 0x7fff;
    return V128((U32x4(even) & 0xffff) | (U32x4(odd) << 16));
}
inline V128 i32x4_dot_i16x8_s(V128 a, V128 b) noexcept {
    return V128(U32x4(detail::multiply_even(a, b)) + U32x4(detail::multiply_odd(a, b)));
}

#endif

}  // namespace epsilon::simd
