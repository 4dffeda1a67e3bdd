// SPDX-License-Identifier: Apache-2.0
#pragma once

// The conversions (specification, section 4.3.4). Conventions: wasm/numeric.h.

#include <bit>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "wasm/trap.h"

namespace epsilon::numeric {

namespace detail {

// Whether the value, rounded toward zero, is an Integer; false for NaN. The bounds are exact: the
// upper one is the power of two after the largest Integer, the lower one is either the largest
// Float whose truncation is too small or, where the Float has no digits left for that, the
// smallest Integer itself.
template <typename Integer, typename Float>
constexpr bool truncates_into(Float a) noexcept {
    constexpr int bits = std::numeric_limits<Integer>::digits;
    constexpr Float half = static_cast<Float>(uint64_t{1} << (bits - 1));
    constexpr Float end = half * 2;
    if constexpr (!std::is_signed_v<Integer>)
        return a > Float{-1} && a < end;
    else if constexpr (std::numeric_limits<Float>::digits > bits)
        return a > -end - 1 && a < end;
    else
        return a >= -end && a < end;
}

// The value must truncate into Integer.
template <typename Integer, typename Float>
constexpr auto truncate_in_range(Float a) noexcept {
    // The 64-bit signed conversion is one instruction on every host; the 32-bit unsigned one isn't.
    if constexpr (std::is_same_v<Integer, uint32_t>)
        return static_cast<uint32_t>(static_cast<int64_t>(a));
    else
        return static_cast<std::make_unsigned_t<Integer>>(static_cast<Integer>(a));
}

template <typename Integer, typename Float>
constexpr Trap truncate(Float a, std::make_unsigned_t<Integer>* result) noexcept {
    if (truncates_into<Integer>(a)) [[likely]] {
        *result = truncate_in_range<Integer>(a);
        return Trap::none;
    }
    return a != a ? Trap::invalid_conversion_to_integer : Trap::integer_overflow;
}

template <typename Integer, typename Float>
constexpr auto truncate_saturating(Float a) noexcept {
    using Result = std::make_unsigned_t<Integer>;
    if (truncates_into<Integer>(a)) [[likely]]
        return truncate_in_range<Integer>(a);
    if (a != a) return Result{0};
    return static_cast<Result>(a < 0 ? std::numeric_limits<Integer>::min()
                                     : std::numeric_limits<Integer>::max());
}

}  // namespace detail

constexpr uint32_t i32_wrap_i64(uint64_t a) noexcept {
    return static_cast<uint32_t>(a);
}
constexpr uint64_t i64_extend_i32_s(uint32_t a) noexcept {
    return static_cast<uint64_t>(static_cast<int32_t>(a));
}
constexpr uint64_t i64_extend_i32_u(uint32_t a) noexcept {
    return a;
}

constexpr Trap i32_trunc_f32_s(float a, uint32_t* result) noexcept {
    return detail::truncate<int32_t>(a, result);
}
constexpr Trap i32_trunc_f32_u(float a, uint32_t* result) noexcept {
    return detail::truncate<uint32_t>(a, result);
}
constexpr Trap i32_trunc_f64_s(double a, uint32_t* result) noexcept {
    return detail::truncate<int32_t>(a, result);
}
constexpr Trap i32_trunc_f64_u(double a, uint32_t* result) noexcept {
    return detail::truncate<uint32_t>(a, result);
}
constexpr Trap i64_trunc_f32_s(float a, uint64_t* result) noexcept {
    return detail::truncate<int64_t>(a, result);
}
constexpr Trap i64_trunc_f32_u(float a, uint64_t* result) noexcept {
    return detail::truncate<uint64_t>(a, result);
}
constexpr Trap i64_trunc_f64_s(double a, uint64_t* result) noexcept {
    return detail::truncate<int64_t>(a, result);
}
constexpr Trap i64_trunc_f64_u(double a, uint64_t* result) noexcept {
    return detail::truncate<uint64_t>(a, result);
}

constexpr uint32_t i32_trunc_sat_f32_s(float a) noexcept {
    return detail::truncate_saturating<int32_t>(a);
}
constexpr uint32_t i32_trunc_sat_f32_u(float a) noexcept {
    return detail::truncate_saturating<uint32_t>(a);
}
constexpr uint32_t i32_trunc_sat_f64_s(double a) noexcept {
    return detail::truncate_saturating<int32_t>(a);
}
constexpr uint32_t i32_trunc_sat_f64_u(double a) noexcept {
    return detail::truncate_saturating<uint32_t>(a);
}
constexpr uint64_t i64_trunc_sat_f32_s(float a) noexcept {
    return detail::truncate_saturating<int64_t>(a);
}
constexpr uint64_t i64_trunc_sat_f32_u(float a) noexcept {
    return detail::truncate_saturating<uint64_t>(a);
}
constexpr uint64_t i64_trunc_sat_f64_s(double a) noexcept {
    return detail::truncate_saturating<int64_t>(a);
}
constexpr uint64_t i64_trunc_sat_f64_u(double a) noexcept {
    return detail::truncate_saturating<uint64_t>(a);
}

constexpr float f32_convert_i32_s(uint32_t a) noexcept {
    return static_cast<float>(static_cast<int32_t>(a));
}
constexpr float f32_convert_i32_u(uint32_t a) noexcept {
    return static_cast<float>(a);
}
constexpr float f32_convert_i64_s(uint64_t a) noexcept {
    return static_cast<float>(static_cast<int64_t>(a));
}
constexpr float f32_convert_i64_u(uint64_t a) noexcept {
    return static_cast<float>(a);
}
constexpr double f64_convert_i32_s(uint32_t a) noexcept {
    return static_cast<double>(static_cast<int32_t>(a));
}
constexpr double f64_convert_i32_u(uint32_t a) noexcept {
    return static_cast<double>(a);
}
constexpr double f64_convert_i64_s(uint64_t a) noexcept {
    return static_cast<double>(static_cast<int64_t>(a));
}
constexpr double f64_convert_i64_u(uint64_t a) noexcept {
    return static_cast<double>(a);
}

constexpr float f32_demote_f64(double a) noexcept {
    return static_cast<float>(a);
}
constexpr double f64_promote_f32(float a) noexcept {
    return static_cast<double>(a);
}

constexpr uint32_t i32_reinterpret_f32(float a) noexcept {
    return std::bit_cast<uint32_t>(a);
}
constexpr uint64_t i64_reinterpret_f64(double a) noexcept {
    return std::bit_cast<uint64_t>(a);
}
constexpr float f32_reinterpret_i32(uint32_t a) noexcept {
    return std::bit_cast<float>(a);
}
constexpr double f64_reinterpret_i64(uint64_t a) noexcept {
    return std::bit_cast<double>(a);
}

}  // namespace epsilon::numeric
