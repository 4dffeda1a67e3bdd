// SPDX-License-Identifier: Apache-2.0
#pragma once

// Floating-point arithmetic on lanes (specification, section 4.3.3). Conventions: wasm/simd.h.

#include "wasm/numeric_float.h"
#include "wasm/simd_types.h"

namespace epsilon::simd {

inline V128 f32x4_add(V128 a, V128 b) noexcept {
    return V128(F32x4(a) + F32x4(b));
}
inline V128 f32x4_sub(V128 a, V128 b) noexcept {
    return V128(F32x4(a) - F32x4(b));
}
inline V128 f32x4_mul(V128 a, V128 b) noexcept {
    return V128(F32x4(a) * F32x4(b));
}
inline V128 f32x4_div(V128 a, V128 b) noexcept {
    return V128(F32x4(a) / F32x4(b));
}

inline V128 f32x4_eq(V128 a, V128 b) noexcept {
    return V128(F32x4(a) == F32x4(b));
}
inline V128 f32x4_ne(V128 a, V128 b) noexcept {
    return V128(F32x4(a) != F32x4(b));
}
inline V128 f32x4_lt(V128 a, V128 b) noexcept {
    return V128(F32x4(a) < F32x4(b));
}
inline V128 f32x4_gt(V128 a, V128 b) noexcept {
    return V128(F32x4(a) > F32x4(b));
}
inline V128 f32x4_le(V128 a, V128 b) noexcept {
    return V128(F32x4(a) <= F32x4(b));
}
inline V128 f32x4_ge(V128 a, V128 b) noexcept {
    return V128(F32x4(a) >= F32x4(b));
}

inline V128 f32x4_abs(V128 a) noexcept {
    return V128(U32x4(a) & 0x7fffffffu);
}
inline V128 f32x4_neg(V128 a) noexcept {
    return V128(U32x4(a) ^ 0x80000000u);
}

inline V128 f64x2_add(V128 a, V128 b) noexcept {
    return V128(F64x2(a) + F64x2(b));
}
inline V128 f64x2_sub(V128 a, V128 b) noexcept {
    return V128(F64x2(a) - F64x2(b));
}
inline V128 f64x2_mul(V128 a, V128 b) noexcept {
    return V128(F64x2(a) * F64x2(b));
}
inline V128 f64x2_div(V128 a, V128 b) noexcept {
    return V128(F64x2(a) / F64x2(b));
}

inline V128 f64x2_eq(V128 a, V128 b) noexcept {
    return V128(F64x2(a) == F64x2(b));
}
inline V128 f64x2_ne(V128 a, V128 b) noexcept {
    return V128(F64x2(a) != F64x2(b));
}
inline V128 f64x2_lt(V128 a, V128 b) noexcept {
    return V128(F64x2(a) < F64x2(b));
}
inline V128 f64x2_gt(V128 a, V128 b) noexcept {
    return V128(F64x2(a) > F64x2(b));
}
inline V128 f64x2_le(V128 a, V128 b) noexcept {
    return V128(F64x2(a) <= F64x2(b));
}
inline V128 f64x2_ge(V128 a, V128 b) noexcept {
    return V128(F64x2(a) >= F64x2(b));
}

inline V128 f64x2_abs(V128 a) noexcept {
    return V128(U64x2(a) & 0x7fffffffffffffffu);
}
inline V128 f64x2_neg(V128 a) noexcept {
    return V128(U64x2(a) ^ 0x8000000000000000u);
}

// min and max are NaN where an operand is, and order -0 before +0. pmin and pmax are b < a ? b : a
// and a < b ? b : a, whatever the operands.

#if EPSILON_SIMD_SSE

namespace detail {

// The given lanes, but the canonical NaN with its sign set where an operand is NaN: all bits
// except those of the payload below the quiet bit.
inline V128 unless_nan_f32x4(V128 a, V128 b, V128 result) noexcept {
    const V128 nan = V128(_mm_cmpunord_ps(__m128(a), __m128(b)));
    return (result | nan) & ~V128(_mm_srli_epi32(__m128i(nan), 10));
}

}  // namespace detail

// The host's minimum and maximum yield the second operand for zeros, so both orders are joined.
inline V128 f32x4_min(V128 a, V128 b) noexcept {
    const V128 ab = V128(_mm_min_ps(__m128(a), __m128(b)));
    const V128 ba = V128(_mm_min_ps(__m128(b), __m128(a)));
    return detail::unless_nan_f32x4(a, b, ab | ba);
}
inline V128 f32x4_max(V128 a, V128 b) noexcept {
    const V128 ab = V128(_mm_max_ps(__m128(a), __m128(b)));
    const V128 ba = V128(_mm_max_ps(__m128(b), __m128(a)));
    return detail::unless_nan_f32x4(a, b, ab & ba);
}
inline V128 f32x4_pmin(V128 a, V128 b) noexcept {
    return V128(_mm_min_ps(__m128(b), __m128(a)));
}
inline V128 f32x4_pmax(V128 a, V128 b) noexcept {
    return V128(_mm_max_ps(__m128(b), __m128(a)));
}
inline V128 f32x4_sqrt(V128 a) noexcept {
    return V128(_mm_sqrt_ps(__m128(a)));
}
inline V128 f32x4_ceil(V128 a) noexcept {
    return V128(_mm_round_ps(__m128(a), _MM_FROUND_TO_POS_INF | _MM_FROUND_NO_EXC));
}
inline V128 f32x4_floor(V128 a) noexcept {
    return V128(_mm_round_ps(__m128(a), _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC));
}
inline V128 f32x4_trunc(V128 a) noexcept {
    return V128(_mm_round_ps(__m128(a), _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC));
}
inline V128 f32x4_nearest(V128 a) noexcept {
    return V128(_mm_round_ps(__m128(a), _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
}

namespace detail {

// The given lanes, but the canonical NaN with its sign set where an operand is NaN: all bits
// except those of the payload below the quiet bit.
inline V128 unless_nan_f64x2(V128 a, V128 b, V128 result) noexcept {
    const V128 nan = V128(_mm_cmpunord_pd(__m128d(a), __m128d(b)));
    return (result | nan) & ~V128(_mm_srli_epi64(__m128i(nan), 13));
}

}  // namespace detail

// The host's minimum and maximum yield the second operand for zeros, so both orders are joined.
inline V128 f64x2_min(V128 a, V128 b) noexcept {
    const V128 ab = V128(_mm_min_pd(__m128d(a), __m128d(b)));
    const V128 ba = V128(_mm_min_pd(__m128d(b), __m128d(a)));
    return detail::unless_nan_f64x2(a, b, ab | ba);
}
inline V128 f64x2_max(V128 a, V128 b) noexcept {
    const V128 ab = V128(_mm_max_pd(__m128d(a), __m128d(b)));
    const V128 ba = V128(_mm_max_pd(__m128d(b), __m128d(a)));
    return detail::unless_nan_f64x2(a, b, ab & ba);
}
inline V128 f64x2_pmin(V128 a, V128 b) noexcept {
    return V128(_mm_min_pd(__m128d(b), __m128d(a)));
}
inline V128 f64x2_pmax(V128 a, V128 b) noexcept {
    return V128(_mm_max_pd(__m128d(b), __m128d(a)));
}
inline V128 f64x2_sqrt(V128 a) noexcept {
    return V128(_mm_sqrt_pd(__m128d(a)));
}
inline V128 f64x2_ceil(V128 a) noexcept {
    return V128(_mm_round_pd(__m128d(a), _MM_FROUND_TO_POS_INF | _MM_FROUND_NO_EXC));
}
inline V128 f64x2_floor(V128 a) noexcept {
    return V128(_mm_round_pd(__m128d(a), _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC));
}
inline V128 f64x2_trunc(V128 a) noexcept {
    return V128(_mm_round_pd(__m128d(a), _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC));
}
inline V128 f64x2_nearest(V128 a) noexcept {
    return V128(_mm_round_pd(__m128d(a), _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
}

#else

namespace detail {

template <typename Lanes>
inline V128 unless_nan(V128 a, V128 b, V128 result) noexcept {
    const Lanes x = Lanes(a), y = Lanes(b);
    // An operation makes the NaN quiet.
    return v128_bitselect(V128(x + y), result, V128(x != x) | V128(y != y));
}
template <typename Lanes>
inline V128 pmin(V128 a, V128 b) noexcept {
    return v128_bitselect(b, a, V128(Lanes(b) < Lanes(a)));
}
template <typename Lanes>
inline V128 pmax(V128 a, V128 b) noexcept {
    return v128_bitselect(b, a, V128(Lanes(a) < Lanes(b)));
}
// One operation of a scalar for each lane.
template <typename Lanes, typename Scalar>
inline V128 each(V128 a, Scalar operation) noexcept {
    constexpr int lanes = sizeof(V128) / sizeof(Lanes{}[0]);
    Lanes result = Lanes(a);
    for (int i = 0; i < lanes; ++i)
        result[i] = operation(result[i]);
    return V128(result);
}

}  // namespace detail

inline V128 f32x4_pmin(V128 a, V128 b) noexcept {
    return detail::pmin<F32x4>(a, b);
}
inline V128 f32x4_pmax(V128 a, V128 b) noexcept {
    return detail::pmax<F32x4>(a, b);
}
// Of zeros, pmin and pmax take the first operand, so both orders are joined.
inline V128 f32x4_min(V128 a, V128 b) noexcept {
    return detail::unless_nan<F32x4>(a, b, f32x4_pmin(a, b) | f32x4_pmin(b, a));
}
inline V128 f32x4_max(V128 a, V128 b) noexcept {
    return detail::unless_nan<F32x4>(a, b, f32x4_pmax(a, b) & f32x4_pmax(b, a));
}
inline V128 f32x4_sqrt(V128 a) noexcept {
    return detail::each<F32x4>(a, numeric::f32_sqrt);
}
inline V128 f32x4_ceil(V128 a) noexcept {
    return detail::each<F32x4>(a, numeric::f32_ceil);
}
inline V128 f32x4_floor(V128 a) noexcept {
    return detail::each<F32x4>(a, numeric::f32_floor);
}
inline V128 f32x4_trunc(V128 a) noexcept {
    return detail::each<F32x4>(a, numeric::f32_trunc);
}
inline V128 f32x4_nearest(V128 a) noexcept {
    return detail::each<F32x4>(a, numeric::f32_nearest);
}

inline V128 f64x2_pmin(V128 a, V128 b) noexcept {
    return detail::pmin<F64x2>(a, b);
}
inline V128 f64x2_pmax(V128 a, V128 b) noexcept {
    return detail::pmax<F64x2>(a, b);
}
// Of zeros, pmin and pmax take the first operand, so both orders are joined.
inline V128 f64x2_min(V128 a, V128 b) noexcept {
    return detail::unless_nan<F64x2>(a, b, f64x2_pmin(a, b) | f64x2_pmin(b, a));
}
inline V128 f64x2_max(V128 a, V128 b) noexcept {
    return detail::unless_nan<F64x2>(a, b, f64x2_pmax(a, b) & f64x2_pmax(b, a));
}
inline V128 f64x2_sqrt(V128 a) noexcept {
    return detail::each<F64x2>(a, numeric::f64_sqrt);
}
inline V128 f64x2_ceil(V128 a) noexcept {
    return detail::each<F64x2>(a, numeric::f64_ceil);
}
inline V128 f64x2_floor(V128 a) noexcept {
    return detail::each<F64x2>(a, numeric::f64_floor);
}
inline V128 f64x2_trunc(V128 a) noexcept {
    return detail::each<F64x2>(a, numeric::f64_trunc);
}
inline V128 f64x2_nearest(V128 a) noexcept {
    return detail::each<F64x2>(a, numeric::f64_nearest);
}

#endif

}  // namespace epsilon::simd
