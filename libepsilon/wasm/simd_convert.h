// SPDX-License-Identifier: Apache-2.0
#pragma once

// Conversions between integer and floating-point lanes (specification, section 4.3.4). Where the
// result has half as many lanes as fit, the others are 0. Conventions: wasm/simd.h.

#include "wasm/numeric_convert.h"
#include "wasm/simd_types.h"

namespace epsilon::simd {

#if EPSILON_SIMD_SSE

inline V128 f32x4_convert_i32x4_s(V128 a) noexcept {
    return V128(_mm_cvtepi32_ps(__m128i(a)));
}
// The 16-bit halves become the digits of floats with fixed exponents, 2^23 + low and
// 2^39 + high * 2^16. Taking 2^39 + 2^23 off the second is exact; only the last sum is rounded.
inline V128 f32x4_convert_i32x4_u(V128 a) noexcept {
    const __m128i x = __m128i(a);
    const __m128i low = _mm_blend_epi16(x, _mm_set1_epi32(0x4b000000), 0xaa);
    const __m128i high = _mm_or_si128(_mm_srli_epi32(x, 16), _mm_set1_epi32(0x53000000));
    const __m128 upper = _mm_sub_ps(__m128(high), _mm_set1_ps(0x1p39f + 0x1p23f));
    return V128(_mm_add_ps(upper, __m128(low)));
}
inline V128 f64x2_convert_low_i32x4_s(V128 a) noexcept {
    return V128(_mm_cvtepi32_pd(__m128i(a)));
}
// The integer becomes the low digits of 2^52 + integer.
inline V128 f64x2_convert_low_i32x4_u(V128 a) noexcept {
    const __m128i x = _mm_unpacklo_epi32(__m128i(a), _mm_set1_epi32(0x43300000));
    return V128(_mm_sub_pd(__m128d(x), _mm_set1_pd(0x1p52)));
}
inline V128 f32x4_demote_f64x2_zero(V128 a) noexcept {
    return V128(_mm_cvtpd_ps(__m128d(a)));
}
inline V128 f64x2_promote_low_f32x4(V128 a) noexcept {
    return V128(_mm_cvtps_pd(__m128(a)));
}

// The host's conversion gives the smallest integer for all that doesn't fit: right for negative
// values, one more than the largest integer for positive ones, and NaN is made 0 before.
inline V128 i32x4_trunc_sat_f32x4_s(V128 a) noexcept {
    const __m128 x = _mm_and_ps(__m128(a), _mm_cmpord_ps(__m128(a), __m128(a)));
    const V128 too_large = V128(_mm_cmpge_ps(x, _mm_set1_ps(0x1p31f)));
    return V128(_mm_cvttps_epi32(x)) ^ too_large;
}
// For values from 2^31 on, the first conversion gives 2^31, and the second one the rest.
inline V128 i32x4_trunc_sat_f32x4_u(V128 a) noexcept {
    const __m128 zero = _mm_setzero_ps();
    const __m128 x = _mm_max_ps(__m128(a), zero);
    const __m128 rest = _mm_max_ps(_mm_sub_ps(x, _mm_set1_ps(0x1p31f)), zero);
    const V128 too_large = V128(_mm_cmpge_ps(rest, _mm_set1_ps(0x1p31f)));
    const V128 upper = V128(_mm_cvttps_epi32(rest)) ^ too_large;
    return V128(U32x4(_mm_cvttps_epi32(x)) + U32x4(upper));
}
inline V128 i32x4_trunc_sat_f64x2_s_zero(V128 a) noexcept {
    const __m128d x = __m128d(a);
    // The minimum with NaN is its second operand, which then is 0.
    const __m128d limit = _mm_and_pd(_mm_cmpord_pd(x, x), _mm_set1_pd(0x1p31 - 1));
    return V128(_mm_cvttpd_epi32(_mm_min_pd(x, limit)));
}
// The integer is in the lowest bits of 2^52 + integer.
inline V128 i32x4_trunc_sat_f64x2_u_zero(V128 a) noexcept {
    const __m128d zero = _mm_setzero_pd();
    const __m128d x = _mm_min_pd(_mm_max_pd(__m128d(a), zero), _mm_set1_pd(0x1p32 - 1));
    const __m128d whole = _mm_round_pd(x, _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC);
    const __m128 digits = __m128(_mm_add_pd(whole, _mm_set1_pd(0x1p52)));
    return V128(_mm_shuffle_ps(digits, __m128(zero), 0x88));
}

#else

inline V128 f32x4_convert_i32x4_s(V128 a) noexcept {
    return V128(__builtin_convertvector(I32x4(a), F32x4));
}
inline V128 f32x4_convert_i32x4_u(V128 a) noexcept {
    return V128(__builtin_convertvector(U32x4(a), F32x4));
}
inline V128 f64x2_convert_low_i32x4_s(V128 a) noexcept {
    return V128(F64x2{static_cast<double>(I32x4(a)[0]), static_cast<double>(I32x4(a)[1])});
}
inline V128 f64x2_convert_low_i32x4_u(V128 a) noexcept {
    return V128(F64x2{static_cast<double>(U32x4(a)[0]), static_cast<double>(U32x4(a)[1])});
}
inline V128 f32x4_demote_f64x2_zero(V128 a) noexcept {
    const F64x2 x = F64x2(a);
    return V128(F32x4{static_cast<float>(x[0]), static_cast<float>(x[1]), 0, 0});
}
inline V128 f64x2_promote_low_f32x4(V128 a) noexcept {
    const F32x4 x = F32x4(a);
    return V128(F64x2{static_cast<double>(x[0]), static_cast<double>(x[1])});
}
inline V128 i32x4_trunc_sat_f32x4_s(V128 a) noexcept {
    U32x4 result = {};
    for (int i = 0; i < 4; ++i)
        result[i] = numeric::i32_trunc_sat_f32_s(F32x4(a)[i]);
    return V128(result);
}
inline V128 i32x4_trunc_sat_f32x4_u(V128 a) noexcept {
    U32x4 result = {};
    for (int i = 0; i < 4; ++i)
        result[i] = numeric::i32_trunc_sat_f32_u(F32x4(a)[i]);
    return V128(result);
}
inline V128 i32x4_trunc_sat_f64x2_s_zero(V128 a) noexcept {
    const F64x2 x = F64x2(a);
    return V128(
        U32x4{numeric::i32_trunc_sat_f64_s(x[0]), numeric::i32_trunc_sat_f64_s(x[1]), 0, 0});
}
inline V128 i32x4_trunc_sat_f64x2_u_zero(V128 a) noexcept {
    const F64x2 x = F64x2(a);
    return V128(
        U32x4{numeric::i32_trunc_sat_f64_u(x[0]), numeric::i32_trunc_sat_f64_u(x[1]), 0, 0});
}

#endif

}  // namespace epsilon::simd
