// SPDX-License-Identifier: Apache-2.0
#pragma once

// The floating-point instructions (specification, section 4.3.3). Conventions: wasm/numeric.h.
//
// The compilers' builtins used below are single instructions with SSE4.1 and on aarch64. Negation,
// fabs and copysign are operations on the bits of any operand, as IEEE 754-2008 (section 5.5.1) has
// it.

#include <bit>
#include <cstdint>

#if defined(__x86_64__) && !defined(EPSILON_PORTABLE_SIMD)
#include <emmintrin.h>
#define EPSILON_NUMERIC_SSE 1
#endif

namespace epsilon::numeric {

namespace detail {

#if defined(EPSILON_NUMERIC_SSE)

// The compiler's builtin would call the library for negative operands, to set errno.
inline float square_root(float a) noexcept {
    return _mm_cvtss_f32(_mm_sqrt_ss(_mm_set_ss(a)));
}
inline double square_root(double a) noexcept {
    const __m128d v = _mm_set_sd(a);
    return _mm_cvtsd_f64(_mm_sqrt_sd(v, v));
}

#else

inline float square_root(float a) noexcept {
    return __builtin_sqrtf(a);
}
inline double square_root(double a) noexcept {
    return __builtin_sqrt(a);
}

#endif

#if defined(EPSILON_NUMERIC_SSE) && !defined(__AVX__)

// Bit operations on floating-point registers; compilers would take the way through integer ones.
inline float bits_or(float a, float b) noexcept {
    asm("orps %1, %0" : "+x"(a) : "x"(b));
    return a;
}
inline float bits_and(float a, float b) noexcept {
    asm("andps %1, %0" : "+x"(a) : "x"(b));
    return a;
}
inline double bits_or(double a, double b) noexcept {
    asm("orpd %1, %0" : "+x"(a) : "x"(b));
    return a;
}
inline double bits_and(double a, double b) noexcept {
    asm("andpd %1, %0" : "+x"(a) : "x"(b));
    return a;
}

#else

inline float bits_or(float a, float b) noexcept {
    return std::bit_cast<float>(std::bit_cast<uint32_t>(a) | std::bit_cast<uint32_t>(b));
}
inline float bits_and(float a, float b) noexcept {
    return std::bit_cast<float>(std::bit_cast<uint32_t>(a) & std::bit_cast<uint32_t>(b));
}
inline double bits_or(double a, double b) noexcept {
    return std::bit_cast<double>(std::bit_cast<uint64_t>(a) | std::bit_cast<uint64_t>(b));
}
inline double bits_and(double a, double b) noexcept {
    return std::bit_cast<double>(std::bit_cast<uint64_t>(a) & std::bit_cast<uint64_t>(b));
}

#endif

// The result of rounding. The library functions that stand in for missing instructions may hand
// back a signaling NaN as it is.
template <typename Float>
inline Float quiet(Float rounded) noexcept {
#if defined(__SSE4_1__) || defined(__aarch64__)
    return rounded;
#else
    return rounded != rounded ? rounded + rounded : rounded;
#endif
}

// Each conditional is one minimum or maximum of the host: it yields its second operand for zeros
// of either sign, which is why both orders are joined. The sum is NaN, and a quiet one.
template <typename Float>
inline Float minimum(Float a, Float b) noexcept {
    if (__builtin_isunordered(a, b)) [[unlikely]]
        return a + b;
    return bits_or(a < b ? a : b, b < a ? b : a);
}
template <typename Float>
inline Float maximum(Float a, Float b) noexcept {
    if (__builtin_isunordered(a, b)) [[unlikely]]
        return a + b;
    return bits_and(a > b ? a : b, b > a ? b : a);
}

}  // namespace detail

constexpr float f32_add(float a, float b) noexcept {
    return a + b;
}
constexpr float f32_sub(float a, float b) noexcept {
    return a - b;
}
constexpr float f32_mul(float a, float b) noexcept {
    return a * b;
}
constexpr float f32_div(float a, float b) noexcept {
    return a / b;
}
inline float f32_sqrt(float a) noexcept {
    return detail::square_root(a);
}
inline float f32_min(float a, float b) noexcept {
    return detail::minimum(a, b);
}
inline float f32_max(float a, float b) noexcept {
    return detail::maximum(a, b);
}

inline float f32_ceil(float a) noexcept {
    return detail::quiet(__builtin_ceilf(a));
}
inline float f32_floor(float a) noexcept {
    return detail::quiet(__builtin_floorf(a));
}
inline float f32_trunc(float a) noexcept {
    return detail::quiet(__builtin_truncf(a));
}
inline float f32_nearest(float a) noexcept {
    return detail::quiet(__builtin_nearbyintf(a));
}

constexpr float f32_abs(float a) noexcept {
    return __builtin_fabsf(a);
}
constexpr float f32_neg(float a) noexcept {
    return -a;
}
constexpr float f32_copysign(float a, float b) noexcept {
    return __builtin_copysignf(a, b);
}

constexpr uint32_t f32_eq(float a, float b) noexcept {
    return a == b;
}
constexpr uint32_t f32_ne(float a, float b) noexcept {
    return a != b;
}
constexpr uint32_t f32_lt(float a, float b) noexcept {
    return a < b;
}
constexpr uint32_t f32_gt(float a, float b) noexcept {
    return a > b;
}
constexpr uint32_t f32_le(float a, float b) noexcept {
    return a <= b;
}
constexpr uint32_t f32_ge(float a, float b) noexcept {
    return a >= b;
}

constexpr double f64_add(double a, double b) noexcept {
    return a + b;
}
constexpr double f64_sub(double a, double b) noexcept {
    return a - b;
}
constexpr double f64_mul(double a, double b) noexcept {
    return a * b;
}
constexpr double f64_div(double a, double b) noexcept {
    return a / b;
}
inline double f64_sqrt(double a) noexcept {
    return detail::square_root(a);
}
inline double f64_min(double a, double b) noexcept {
    return detail::minimum(a, b);
}
inline double f64_max(double a, double b) noexcept {
    return detail::maximum(a, b);
}

inline double f64_ceil(double a) noexcept {
    return detail::quiet(__builtin_ceil(a));
}
inline double f64_floor(double a) noexcept {
    return detail::quiet(__builtin_floor(a));
}
inline double f64_trunc(double a) noexcept {
    return detail::quiet(__builtin_trunc(a));
}
inline double f64_nearest(double a) noexcept {
    return detail::quiet(__builtin_nearbyint(a));
}

constexpr double f64_abs(double a) noexcept {
    return __builtin_fabs(a);
}
constexpr double f64_neg(double a) noexcept {
    return -a;
}
constexpr double f64_copysign(double a, double b) noexcept {
    return __builtin_copysign(a, b);
}

constexpr uint32_t f64_eq(double a, double b) noexcept {
    return a == b;
}
constexpr uint32_t f64_ne(double a, double b) noexcept {
    return a != b;
}
constexpr uint32_t f64_lt(double a, double b) noexcept {
    return a < b;
}
constexpr uint32_t f64_gt(double a, double b) noexcept {
    return a > b;
}
constexpr uint32_t f64_le(double a, double b) noexcept {
    return a <= b;
}
constexpr uint32_t f64_ge(double a, double b) noexcept {
    return a >= b;
}

}  // namespace epsilon::numeric

#undef EPSILON_NUMERIC_SSE
