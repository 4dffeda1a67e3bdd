// SPDX-License-Identifier: Apache-2.0
#pragma once

// Instructions whose result has lanes of twice or half the width of the operands' (specification,
// section 4.3.6). Conventions: wasm/simd.h.

#include "wasm/simd_types.h"

namespace epsilon::simd {

#if EPSILON_SIMD_SSE

inline V128 i8x16_narrow_i16x8_s(V128 a, V128 b) noexcept {
    return V128(_mm_packs_epi16(__m128i(a), __m128i(b)));
}
inline V128 i8x16_narrow_i16x8_u(V128 a, V128 b) noexcept {
    return V128(_mm_packus_epi16(__m128i(a), __m128i(b)));
}
inline V128 i16x8_narrow_i32x4_s(V128 a, V128 b) noexcept {
    return V128(_mm_packs_epi32(__m128i(a), __m128i(b)));
}
inline V128 i16x8_narrow_i32x4_u(V128 a, V128 b) noexcept {
    return V128(_mm_packus_epi32(__m128i(a), __m128i(b)));
}

inline V128 i16x8_extend_low_i8x16_s(V128 a) noexcept {
    return V128(_mm_cvtepi8_epi16(__m128i(a)));
}
inline V128 i16x8_extend_low_i8x16_u(V128 a) noexcept {
    return V128(_mm_cvtepu8_epi16(__m128i(a)));
}
inline V128 i16x8_extend_high_i8x16_s(V128 a) noexcept {
    return V128(_mm_cvtepi8_epi16(_mm_srli_si128(__m128i(a), 8)));
}
inline V128 i16x8_extend_high_i8x16_u(V128 a) noexcept {
    return V128(_mm_unpackhi_epi8(__m128i(a), _mm_setzero_si128()));
}
inline V128 i32x4_extend_low_i16x8_s(V128 a) noexcept {
    return V128(_mm_cvtepi16_epi32(__m128i(a)));
}
inline V128 i32x4_extend_low_i16x8_u(V128 a) noexcept {
    return V128(_mm_cvtepu16_epi32(__m128i(a)));
}
inline V128 i32x4_extend_high_i16x8_s(V128 a) noexcept {
    return V128(_mm_cvtepi16_epi32(_mm_srli_si128(__m128i(a), 8)));
}
inline V128 i32x4_extend_high_i16x8_u(V128 a) noexcept {
    return V128(_mm_unpackhi_epi16(__m128i(a), _mm_setzero_si128()));
}
inline V128 i64x2_extend_low_i32x4_s(V128 a) noexcept {
    return V128(_mm_cvtepi32_epi64(__m128i(a)));
}
inline V128 i64x2_extend_low_i32x4_u(V128 a) noexcept {
    return V128(_mm_cvtepu32_epi64(__m128i(a)));
}
inline V128 i64x2_extend_high_i32x4_s(V128 a) noexcept {
    return V128(_mm_cvtepi32_epi64(_mm_srli_si128(__m128i(a), 8)));
}
inline V128 i64x2_extend_high_i32x4_u(V128 a) noexcept {
    return V128(_mm_unpackhi_epi32(__m128i(a), _mm_setzero_si128()));
}

#else

namespace detail {

using I8x8 = int8_t __attribute__((vector_size(8)));
using U8x8 = uint8_t __attribute__((vector_size(8)));
using I16x4 = int16_t __attribute__((vector_size(8)));
using U16x4 = uint16_t __attribute__((vector_size(8)));
using I32x2 = int32_t __attribute__((vector_size(8)));
using U32x2 = uint32_t __attribute__((vector_size(8)));

// Half of the vector (0 is the low one) with each lane converted to one of Wide's.
template <typename Wide, typename Half>
inline V128 extend(V128 a, int half) noexcept {
    return V128(__builtin_convertvector(std::bit_cast<Half>(a[half]), Wide));
}
// The signed lanes clamped to low..high.
template <typename Signed, typename Lane, Lane low, Lane high>
inline V128 clamp(V128 a) noexcept {
    const Signed least = Signed{} + low;
    const Signed most = Signed{} + high;
    const V128 raised = v128_bitselect(V128(least), a, V128(Signed(a) < least));
    return v128_bitselect(V128(most), raised, V128(Signed(raised) > most));
}
// The lower half of every lane.
inline V128 narrow16(V128 a, V128 b) noexcept {
    return V128(__builtin_shufflevector(U8x16(a), U8x16(b), 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20,
                                        22, 24, 26, 28, 30));
}
inline V128 narrow32(V128 a, V128 b) noexcept {
    return V128(__builtin_shufflevector(U16x8(a), U16x8(b), 0, 2, 4, 6, 8, 10, 12, 14));
}

}  // namespace detail

inline V128 i8x16_narrow_i16x8_s(V128 a, V128 b) noexcept {
    constexpr auto clamp = detail::clamp<I16x8, int16_t, -128, 127>;
    return detail::narrow16(clamp(a), clamp(b));
}
inline V128 i8x16_narrow_i16x8_u(V128 a, V128 b) noexcept {
    constexpr auto clamp = detail::clamp<I16x8, int16_t, 0, 255>;
    return detail::narrow16(clamp(a), clamp(b));
}
inline V128 i16x8_narrow_i32x4_s(V128 a, V128 b) noexcept {
    constexpr auto clamp = detail::clamp<I32x4, int32_t, -32768, 32767>;
    return detail::narrow32(clamp(a), clamp(b));
}
inline V128 i16x8_narrow_i32x4_u(V128 a, V128 b) noexcept {
    constexpr auto clamp = detail::clamp<I32x4, int32_t, 0, 65535>;
    return detail::narrow32(clamp(a), clamp(b));
}

inline V128 i16x8_extend_low_i8x16_s(V128 a) noexcept {
    return detail::extend<I16x8, detail::I8x8>(a, 0);
}
inline V128 i16x8_extend_low_i8x16_u(V128 a) noexcept {
    return detail::extend<U16x8, detail::U8x8>(a, 0);
}
inline V128 i16x8_extend_high_i8x16_s(V128 a) noexcept {
    return detail::extend<I16x8, detail::I8x8>(a, 1);
}
inline V128 i16x8_extend_high_i8x16_u(V128 a) noexcept {
    return detail::extend<U16x8, detail::U8x8>(a, 1);
}
inline V128 i32x4_extend_low_i16x8_s(V128 a) noexcept {
    return detail::extend<I32x4, detail::I16x4>(a, 0);
}
inline V128 i32x4_extend_low_i16x8_u(V128 a) noexcept {
    return detail::extend<U32x4, detail::U16x4>(a, 0);
}
inline V128 i32x4_extend_high_i16x8_s(V128 a) noexcept {
    return detail::extend<I32x4, detail::I16x4>(a, 1);
}
inline V128 i32x4_extend_high_i16x8_u(V128 a) noexcept {
    return detail::extend<U32x4, detail::U16x4>(a, 1);
}
inline V128 i64x2_extend_low_i32x4_s(V128 a) noexcept {
    return detail::extend<I64x2, detail::I32x2>(a, 0);
}
inline V128 i64x2_extend_low_i32x4_u(V128 a) noexcept {
    return detail::extend<U64x2, detail::U32x2>(a, 0);
}
inline V128 i64x2_extend_high_i32x4_s(V128 a) noexcept {
    return detail::extend<I64x2, detail::I32x2>(a, 1);
}
inline V128 i64x2_extend_high_i32x4_u(V128 a) noexcept {
    return detail::extend<U64x2, detail::U32x2>(a, 1);
}

#endif

// Products of extended lanes; none overflows.

inline V128 i16x8_extmul_low_i8x16_s(V128 a, V128 b) noexcept {
    return V128(U16x8(i16x8_extend_low_i8x16_s(a)) * U16x8(i16x8_extend_low_i8x16_s(b)));
}
inline V128 i16x8_extmul_low_i8x16_u(V128 a, V128 b) noexcept {
    return V128(U16x8(i16x8_extend_low_i8x16_u(a)) * U16x8(i16x8_extend_low_i8x16_u(b)));
}
inline V128 i16x8_extmul_high_i8x16_s(V128 a, V128 b) noexcept {
    return V128(U16x8(i16x8_extend_high_i8x16_s(a)) * U16x8(i16x8_extend_high_i8x16_s(b)));
}
inline V128 i16x8_extmul_high_i8x16_u(V128 a, V128 b) noexcept {
    return V128(U16x8(i16x8_extend_high_i8x16_u(a)) * U16x8(i16x8_extend_high_i8x16_u(b)));
}

#if EPSILON_SIMD_SSE

// The low and the high halves of the products are made apart, then joined.
inline V128 i32x4_extmul_low_i16x8_s(V128 a, V128 b) noexcept {
    const __m128i low = _mm_mullo_epi16(__m128i(a), __m128i(b));
    return V128(_mm_unpacklo_epi16(low, _mm_mulhi_epi16(__m128i(a), __m128i(b))));
}
inline V128 i32x4_extmul_low_i16x8_u(V128 a, V128 b) noexcept {
    const __m128i low = _mm_mullo_epi16(__m128i(a), __m128i(b));
    return V128(_mm_unpacklo_epi16(low, _mm_mulhi_epu16(__m128i(a), __m128i(b))));
}
inline V128 i32x4_extmul_high_i16x8_s(V128 a, V128 b) noexcept {
    const __m128i low = _mm_mullo_epi16(__m128i(a), __m128i(b));
    return V128(_mm_unpackhi_epi16(low, _mm_mulhi_epi16(__m128i(a), __m128i(b))));
}
inline V128 i32x4_extmul_high_i16x8_u(V128 a, V128 b) noexcept {
    const __m128i low = _mm_mullo_epi16(__m128i(a), __m128i(b));
    return V128(_mm_unpackhi_epi16(low, _mm_mulhi_epu16(__m128i(a), __m128i(b))));
}

// The multiplication reads the lanes 0 and 2, so the two wanted ones are moved there.
inline V128 i64x2_extmul_low_i32x4_s(V128 a, V128 b) noexcept {
    const __m128i x = _mm_shuffle_epi32(__m128i(a), 0x50);
    return V128(_mm_mul_epi32(x, _mm_shuffle_epi32(__m128i(b), 0x50)));
}
inline V128 i64x2_extmul_low_i32x4_u(V128 a, V128 b) noexcept {
    const __m128i x = _mm_shuffle_epi32(__m128i(a), 0x50);
    return V128(_mm_mul_epu32(x, _mm_shuffle_epi32(__m128i(b), 0x50)));
}
inline V128 i64x2_extmul_high_i32x4_s(V128 a, V128 b) noexcept {
    const __m128i x = _mm_shuffle_epi32(__m128i(a), 0xfa);
    return V128(_mm_mul_epi32(x, _mm_shuffle_epi32(__m128i(b), 0xfa)));
}
inline V128 i64x2_extmul_high_i32x4_u(V128 a, V128 b) noexcept {
    const __m128i x = _mm_shuffle_epi32(__m128i(a), 0xfa);
    return V128(_mm_mul_epu32(x, _mm_shuffle_epi32(__m128i(b), 0xfa)));
}

#else

inline V128 i32x4_extmul_low_i16x8_s(V128 a, V128 b) noexcept {
    return V128(U32x4(i32x4_extend_low_i16x8_s(a)) * U32x4(i32x4_extend_low_i16x8_s(b)));
}
inline V128 i32x4_extmul_low_i16x8_u(V128 a, V128 b) noexcept {
    return V128(U32x4(i32x4_extend_low_i16x8_u(a)) * U32x4(i32x4_extend_low_i16x8_u(b)));
}
inline V128 i32x4_extmul_high_i16x8_s(V128 a, V128 b) noexcept {
    return V128(U32x4(i32x4_extend_high_i16x8_s(a)) * U32x4(i32x4_extend_high_i16x8_s(b)));
}
inline V128 i32x4_extmul_high_i16x8_u(V128 a, V128 b) noexcept {
    return V128(U32x4(i32x4_extend_high_i16x8_u(a)) * U32x4(i32x4_extend_high_i16x8_u(b)));
}
inline V128 i64x2_extmul_low_i32x4_s(V128 a, V128 b) noexcept {
    return V128(U64x2(i64x2_extend_low_i32x4_s(a)) * U64x2(i64x2_extend_low_i32x4_s(b)));
}
inline V128 i64x2_extmul_low_i32x4_u(V128 a, V128 b) noexcept {
    return V128(U64x2(i64x2_extend_low_i32x4_u(a)) * U64x2(i64x2_extend_low_i32x4_u(b)));
}
inline V128 i64x2_extmul_high_i32x4_s(V128 a, V128 b) noexcept {
    return V128(U64x2(i64x2_extend_high_i32x4_s(a)) * U64x2(i64x2_extend_high_i32x4_s(b)));
}
inline V128 i64x2_extmul_high_i32x4_u(V128 a, V128 b) noexcept {
    return V128(U64x2(i64x2_extend_high_i32x4_u(a)) * U64x2(i64x2_extend_high_i32x4_u(b)));
}

#endif

// Sums of the two extended lanes of each pair.

#if EPSILON_SIMD_SSE

// maddubs takes its first operand as unsigned and its second as signed; no sum saturates.
inline V128 i16x8_extadd_pairwise_i8x16_s(V128 a) noexcept {
    return V128(_mm_maddubs_epi16(_mm_set1_epi8(1), __m128i(a)));
}
inline V128 i16x8_extadd_pairwise_i8x16_u(V128 a) noexcept {
    return V128(_mm_maddubs_epi16(__m128i(a), _mm_set1_epi8(1)));
}
inline V128 i32x4_extadd_pairwise_i16x8_s(V128 a) noexcept {
    return V128(_mm_madd_epi16(__m128i(a), _mm_set1_epi16(1)));
}

#else

inline V128 i16x8_extadd_pairwise_i8x16_s(V128 a) noexcept {
    return V128((I16x8(a) >> 8) + (I16x8(U16x8(a) << 8) >> 8));
}
inline V128 i16x8_extadd_pairwise_i8x16_u(V128 a) noexcept {
    return V128((U16x8(a) >> 8) + (U16x8(a) & 0xff));
}
inline V128 i32x4_extadd_pairwise_i16x8_s(V128 a) noexcept {
    return V128((I32x4(a) >> 16) + (I32x4(U32x4(a) << 16) >> 16));
}

#endif

inline V128 i32x4_extadd_pairwise_i16x8_u(V128 a) noexcept {
    return V128((U32x4(a) >> 16) + (U32x4(a) & 0xffff));
}

// The loads that extend, given the 64 bits that were loaded.

inline V128 v128_load8x8_s(uint64_t bits) noexcept {
    return i16x8_extend_low_i8x16_s(V128{bits, 0});
}
inline V128 v128_load8x8_u(uint64_t bits) noexcept {
    return i16x8_extend_low_i8x16_u(V128{bits, 0});
}
inline V128 v128_load16x4_s(uint64_t bits) noexcept {
    return i32x4_extend_low_i16x8_s(V128{bits, 0});
}
inline V128 v128_load16x4_u(uint64_t bits) noexcept {
    return i32x4_extend_low_i16x8_u(V128{bits, 0});
}
inline V128 v128_load32x2_s(uint64_t bits) noexcept {
    return i64x2_extend_low_i32x4_s(V128{bits, 0});
}
inline V128 v128_load32x2_u(uint64_t bits) noexcept {
    return i64x2_extend_low_i32x4_u(V128{bits, 0});
}

}  // namespace epsilon::simd
