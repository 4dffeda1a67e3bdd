// SPDX-License-Identifier: Apache-2.0
#pragma once

// The floating-point instructions (specification, section 4.3.3). Conventions: wasm/numeric.h.

#include <bit>
#include <cstdint>

#if defined(__SSE4_1__) && !defined(EPSILON_PORTABLE_SIMD)
#include <smmintrin.h>
#endif

namespace epsilon::numeric {

namespace detail {

#if defined(__SSE4_1__) && !defined(EPSILON_PORTABLE_SIMD)

inline float square_root(float a) noexcept {
    return _mm_cvtss_f32(_mm_sqrt_ss(_mm_set_ss(a)));
}
inline float round_ceil(float a) noexcept {
    const auto v = _mm_set_ss(a);
    return _mm_cvtss_f32(_mm_round_ss(v, v, _MM_FROUND_TO_POS_INF | _MM_FROUND_NO_EXC));
}
inline float round_floor(float a) noexcept {
    const auto v = _mm_set_ss(a);
    return _mm_cvtss_f32(_mm_round_ss(v, v, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC));
}
inline float round_trunc(float a) noexcept {
    const auto v = _mm_set_ss(a);
    return _mm_cvtss_f32(_mm_round_ss(v, v, _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC));
}
inline float round_nearest(float a) noexcept {
    const auto v = _mm_set_ss(a);
    return _mm_cvtss_f32(_mm_round_ss(v, v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
}
inline double square_root(double a) noexcept {
    const __m128d v = _mm_set_sd(a);
    return _mm_cvtsd_f64(_mm_sqrt_sd(v, v));
}
inline double round_ceil(double a) noexcept {
    const auto v = _mm_set_sd(a);
    return _mm_cvtsd_f64(_mm_round_sd(v, v, _MM_FROUND_TO_POS_INF | _MM_FROUND_NO_EXC));
}
inline double round_floor(double a) noexcept {
    const auto v = _mm_set_sd(a);
    return _mm_cvtsd_f64(_mm_round_sd(v, v, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC));
}
inline double round_trunc(double a) noexcept {
    const auto v = _mm_set_sd(a);
    return _mm_cvtsd_f64(_mm_round_sd(v, v, _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC));
}
inline double round_nearest(double a) noexcept {
    const auto v = _mm_set_sd(a);
    return _mm_cvtsd_f64(_mm_round_sd(v, v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
}

#else

inline float square_root(float a) noexcept { return __builtin_sqrtf(a); }
inline float round_ceil(float a) noexcept { return __builtin_ceilf(a); }
inline float round_floor(float a) noexcept { return __builtin_floorf(a); }
inline float round_trunc(float a) noexcept { return __builtin_truncf(a); }
inline float round_nearest(float a) noexcept { return __builtin_nearbyintf(a); }
inline double square_root(double a) noexcept { return __builtin_sqrt(a); }
inline double round_ceil(double a) noexcept { return __builtin_ceil(a); }
inline double round_floor(double a) noexcept { return __builtin_floor(a); }
inline double round_trunc(double a) noexcept { return __builtin_trunc(a); }
inline double round_nearest(double a) noexcept { return __builtin_nearbyint(a); }

#endif

}  // namespace detail

constexpr float f32_add(float a, float b) noexcept { return a + b; }
constexpr float f32_sub(float a, float b) noexcept { return a - b; }
constexpr float f32_mul(float a, float b) noexcept { return a * b; }
constexpr float f32_div(float a, float b) noexcept { return a / b; }
inline float f32_sqrt(float a) noexcept { return detail::square_root(a); }

// Written so that each line is one minimum or maximum of the host: it yields its second operand
// for zeros of either sign, which is why both orders are joined.
inline float f32_min(float a, float b) noexcept {
    if (__builtin_isunordered(a, b)) [[unlikely]]
        return a + b;
    const auto ab = std::bit_cast<uint32_t>(a < b ? a : b);
    const auto ba = std::bit_cast<uint32_t>(b < a ? b : a);
    return std::bit_cast<float>(ab | ba);
}
inline float f32_max(float a, float b) noexcept {
    if (__builtin_isunordered(a, b)) [[unlikely]]
        return a + b;
    const auto ab = std::bit_cast<uint32_t>(a > b ? a : b);
    const auto ba = std::bit_cast<uint32_t>(b > a ? b : a);
    return std::bit_cast<float>(ab & ba);
}

inline float f32_ceil(float a) noexcept { return detail::round_ceil(a); }
inline float f32_floor(float a) noexcept { return detail::round_floor(a); }
inline float f32_trunc(float a) noexcept { return detail::round_trunc(a); }
inline float f32_nearest(float a) noexcept { return detail::round_nearest(a); }

constexpr float f32_abs(float a) noexcept {
    return std::bit_cast<float>(std::bit_cast<uint32_t>(a) & ~0x80000000u);
}
constexpr float f32_neg(float a) noexcept {
    return std::bit_cast<float>(std::bit_cast<uint32_t>(a) ^ 0x80000000u);
}
constexpr float f32_copysign(float a, float b) noexcept {
    return std::bit_cast<float>((std::bit_cast<uint32_t>(a) & ~0x80000000u) |
                                (std::bit_cast<uint32_t>(b) & 0x80000000u));
}

constexpr uint32_t f32_eq(float a, float b) noexcept { return a == b; }
constexpr uint32_t f32_ne(float a, float b) noexcept { return a != b; }
constexpr uint32_t f32_lt(float a, float b) noexcept { return a < b; }
constexpr uint32_t f32_gt(float a, float b) noexcept { return a > b; }
constexpr uint32_t f32_le(float a, float b) noexcept { return a <= b; }
constexpr uint32_t f32_ge(float a, float b) noexcept { return a >= b; }

constexpr double f64_add(double a, double b) noexcept { return a + b; }
constexpr double f64_sub(double a, double b) noexcept { return a - b; }
constexpr double f64_mul(double a, double b) noexcept { return a * b; }
constexpr double f64_div(double a, double b) noexcept { return a / b; }
inline double f64_sqrt(double a) noexcept { return detail::square_root(a); }

// Written so that each line is one minimum or maximum of the host: it yields its second operand
// for zeros of either sign, which is why both orders are joined.
inline double f64_min(double a, double b) noexcept {
    if (__builtin_isunordered(a, b)) [[unlikely]]
        return a + b;
    const auto ab = std::bit_cast<uint64_t>(a < b ? a : b);
    const auto ba = std::bit_cast<uint64_t>(b < a ? b : a);
    return std::bit_cast<double>(ab | ba);
}
inline double f64_max(double a, double b) noexcept {
    if (__builtin_isunordered(a, b)) [[unlikely]]
        return a + b;
    const auto ab = std::bit_cast<uint64_t>(a > b ? a : b);
    const auto ba = std::bit_cast<uint64_t>(b > a ? b : a);
    return std::bit_cast<double>(ab & ba);
}

inline double f64_ceil(double a) noexcept { return detail::round_ceil(a); }
inline double f64_floor(double a) noexcept { return detail::round_floor(a); }
inline double f64_trunc(double a) noexcept { return detail::round_trunc(a); }
inline double f64_nearest(double a) noexcept { return detail::round_nearest(a); }

constexpr double f64_abs(double a) noexcept {
    return std::bit_cast<double>(std::bit_cast<uint64_t>(a) & ~0x8000000000000000u);
}
constexpr double f64_neg(double a) noexcept {
    return std::bit_cast<double>(std::bit_cast<uint64_t>(a) ^ 0x8000000000000000u);
}
constexpr double f64_copysign(double a, double b) noexcept {
    return std::bit_cast<double>((std::bit_cast<uint64_t>(a) & ~0x8000000000000000u) |
                                (std::bit_cast<uint64_t>(b) & 0x8000000000000000u));
}

constexpr uint32_t f64_eq(double a, double b) noexcept { return a == b; }
constexpr uint32_t f64_ne(double a, double b) noexcept { return a != b; }
constexpr uint32_t f64_lt(double a, double b) noexcept { return a < b; }
constexpr uint32_t f64_gt(double a, double b) noexcept { return a > b; }
constexpr uint32_t f64_le(double a, double b) noexcept { return a <= b; }
constexpr uint32_t f64_ge(double a, double b) noexcept { return a >= b; }

}  // namespace epsilon::numeric
