// SPDX-License-Identifier: Apache-2.0
#pragma once

// The integer instructions (specification, section 4.3.2). Conventions: wasm/numeric.h.

#include <bit>
#include <cstdint>

#include "wasm/trap.h"

namespace epsilon::numeric {

namespace detail {

// Without the host's instruction, std::popcount is a call into the compiler's library; handlers
// keep their state in registers that a call would spill.
template <typename Unsigned>
constexpr Unsigned count_ones(Unsigned a) noexcept {
#if defined(__POPCNT__) || defined(__aarch64__)
    return static_cast<Unsigned>(std::popcount(a));
#else
    constexpr Unsigned ones = static_cast<Unsigned>(~Unsigned{0});
    a -= (a >> 1) & (ones / 3);
    a = (a & (ones / 5)) + ((a >> 2) & (ones / 5));
    a = (a + (a >> 4)) & (ones / 17);
    return (a * (ones / 255)) >> (sizeof(Unsigned) * 8 - 8);
#endif
}

}  // namespace detail

constexpr uint32_t i32_add(uint32_t a, uint32_t b) noexcept {
    return a + b;
}
constexpr uint32_t i32_sub(uint32_t a, uint32_t b) noexcept {
    return a - b;
}
constexpr uint32_t i32_mul(uint32_t a, uint32_t b) noexcept {
    return a * b;
}

constexpr Trap i32_div_u(uint32_t a, uint32_t b, uint32_t* result) noexcept {
    if (b == 0) [[unlikely]]
        return Trap::integer_divide_by_zero;
    *result = a / b;
    return Trap::none;
}
constexpr Trap i32_div_s(uint32_t a, uint32_t b, uint32_t* result) noexcept {
    if (b == 0) [[unlikely]]
        return Trap::integer_divide_by_zero;
    if (b == ~uint32_t{0}) [[unlikely]] {
        // Hosts fault on the smallest integer divided by -1; a negation has all other results.
        if (a == uint32_t{1} << 31) return Trap::integer_overflow;
        *result = uint32_t{0} - a;
        return Trap::none;
    }
    *result = static_cast<uint32_t>(static_cast<int32_t>(a) / static_cast<int32_t>(b));
    return Trap::none;
}
constexpr Trap i32_rem_u(uint32_t a, uint32_t b, uint32_t* result) noexcept {
    if (b == 0) [[unlikely]]
        return Trap::integer_divide_by_zero;
    *result = a % b;
    return Trap::none;
}
constexpr Trap i32_rem_s(uint32_t a, uint32_t b, uint32_t* result) noexcept {
    if (b == 0) [[unlikely]]
        return Trap::integer_divide_by_zero;
    // Never a trap for -1, but the host's division would fault on the smallest integer.
    *result = b == ~uint32_t{0}
                  ? 0
                  : static_cast<uint32_t>(static_cast<int32_t>(a) % static_cast<int32_t>(b));
    return Trap::none;
}

constexpr uint32_t i32_and(uint32_t a, uint32_t b) noexcept {
    return a & b;
}
constexpr uint32_t i32_or(uint32_t a, uint32_t b) noexcept {
    return a | b;
}
constexpr uint32_t i32_xor(uint32_t a, uint32_t b) noexcept {
    return a ^ b;
}

constexpr uint32_t i32_shl(uint32_t a, uint32_t b) noexcept {
    return a << (b & 31);
}
constexpr uint32_t i32_shr_s(uint32_t a, uint32_t b) noexcept {
    return static_cast<uint32_t>(static_cast<int32_t>(a) >> (b & 31));
}
constexpr uint32_t i32_shr_u(uint32_t a, uint32_t b) noexcept {
    return a >> (b & 31);
}
constexpr uint32_t i32_rotl(uint32_t a, uint32_t b) noexcept {
    return std::rotl(a, static_cast<int>(b & 31));
}
constexpr uint32_t i32_rotr(uint32_t a, uint32_t b) noexcept {
    return std::rotr(a, static_cast<int>(b & 31));
}

constexpr uint32_t i32_clz(uint32_t a) noexcept {
    return static_cast<uint32_t>(std::countl_zero(a));
}
constexpr uint32_t i32_ctz(uint32_t a) noexcept {
    return static_cast<uint32_t>(std::countr_zero(a));
}
constexpr uint32_t i32_popcnt(uint32_t a) noexcept {
    return detail::count_ones(a);
}
constexpr uint32_t i32_extend8_s(uint32_t a) noexcept {
    return static_cast<uint32_t>(static_cast<int8_t>(a));
}
constexpr uint32_t i32_extend16_s(uint32_t a) noexcept {
    return static_cast<uint32_t>(static_cast<int16_t>(a));
}

constexpr uint32_t i32_eqz(uint32_t a) noexcept {
    return a == 0;
}
constexpr uint32_t i32_eq(uint32_t a, uint32_t b) noexcept {
    return a == b;
}
constexpr uint32_t i32_ne(uint32_t a, uint32_t b) noexcept {
    return a != b;
}
constexpr uint32_t i32_lt_s(uint32_t a, uint32_t b) noexcept {
    return static_cast<int32_t>(a) < static_cast<int32_t>(b);
}
constexpr uint32_t i32_lt_u(uint32_t a, uint32_t b) noexcept {
    return a < b;
}
constexpr uint32_t i32_gt_s(uint32_t a, uint32_t b) noexcept {
    return static_cast<int32_t>(a) > static_cast<int32_t>(b);
}
constexpr uint32_t i32_gt_u(uint32_t a, uint32_t b) noexcept {
    return a > b;
}
constexpr uint32_t i32_le_s(uint32_t a, uint32_t b) noexcept {
    return static_cast<int32_t>(a) <= static_cast<int32_t>(b);
}
constexpr uint32_t i32_le_u(uint32_t a, uint32_t b) noexcept {
    return a <= b;
}
constexpr uint32_t i32_ge_s(uint32_t a, uint32_t b) noexcept {
    return static_cast<int32_t>(a) >= static_cast<int32_t>(b);
}
constexpr uint32_t i32_ge_u(uint32_t a, uint32_t b) noexcept {
    return a >= b;
}

constexpr uint64_t i64_add(uint64_t a, uint64_t b) noexcept {
    return a + b;
}
constexpr uint64_t i64_sub(uint64_t a, uint64_t b) noexcept {
    return a - b;
}
constexpr uint64_t i64_mul(uint64_t a, uint64_t b) noexcept {
    return a * b;
}

constexpr Trap i64_div_u(uint64_t a, uint64_t b, uint64_t* result) noexcept {
    if (b == 0) [[unlikely]]
        return Trap::integer_divide_by_zero;
    *result = a / b;
    return Trap::none;
}
constexpr Trap i64_div_s(uint64_t a, uint64_t b, uint64_t* result) noexcept {
    if (b == 0) [[unlikely]]
        return Trap::integer_divide_by_zero;
    if (b == ~uint64_t{0}) [[unlikely]] {
        // Hosts fault on the smallest integer divided by -1; a negation has all other results.
        if (a == uint64_t{1} << 63) return Trap::integer_overflow;
        *result = uint64_t{0} - a;
        return Trap::none;
    }
    *result = static_cast<uint64_t>(static_cast<int64_t>(a) / static_cast<int64_t>(b));
    return Trap::none;
}
constexpr Trap i64_rem_u(uint64_t a, uint64_t b, uint64_t* result) noexcept {
    if (b == 0) [[unlikely]]
        return Trap::integer_divide_by_zero;
    *result = a % b;
    return Trap::none;
}
constexpr Trap i64_rem_s(uint64_t a, uint64_t b, uint64_t* result) noexcept {
    if (b == 0) [[unlikely]]
        return Trap::integer_divide_by_zero;
    // Never a trap for -1, but the host's division would fault on the smallest integer.
    *result = b == ~uint64_t{0}
                  ? 0
                  : static_cast<uint64_t>(static_cast<int64_t>(a) % static_cast<int64_t>(b));
    return Trap::none;
}

constexpr uint64_t i64_and(uint64_t a, uint64_t b) noexcept {
    return a & b;
}
constexpr uint64_t i64_or(uint64_t a, uint64_t b) noexcept {
    return a | b;
}
constexpr uint64_t i64_xor(uint64_t a, uint64_t b) noexcept {
    return a ^ b;
}

constexpr uint64_t i64_shl(uint64_t a, uint64_t b) noexcept {
    return a << (b & 63);
}
constexpr uint64_t i64_shr_s(uint64_t a, uint64_t b) noexcept {
    return static_cast<uint64_t>(static_cast<int64_t>(a) >> (b & 63));
}
constexpr uint64_t i64_shr_u(uint64_t a, uint64_t b) noexcept {
    return a >> (b & 63);
}
constexpr uint64_t i64_rotl(uint64_t a, uint64_t b) noexcept {
    return std::rotl(a, static_cast<int>(b & 63));
}
constexpr uint64_t i64_rotr(uint64_t a, uint64_t b) noexcept {
    return std::rotr(a, static_cast<int>(b & 63));
}

constexpr uint64_t i64_clz(uint64_t a) noexcept {
    return static_cast<uint64_t>(std::countl_zero(a));
}
constexpr uint64_t i64_ctz(uint64_t a) noexcept {
    return static_cast<uint64_t>(std::countr_zero(a));
}
constexpr uint64_t i64_popcnt(uint64_t a) noexcept {
    return detail::count_ones(a);
}
constexpr uint64_t i64_extend8_s(uint64_t a) noexcept {
    return static_cast<uint64_t>(static_cast<int8_t>(a));
}
constexpr uint64_t i64_extend16_s(uint64_t a) noexcept {
    return static_cast<uint64_t>(static_cast<int16_t>(a));
}
constexpr uint64_t i64_extend32_s(uint64_t a) noexcept {
    return static_cast<uint64_t>(static_cast<int32_t>(a));
}

constexpr uint32_t i64_eqz(uint64_t a) noexcept {
    return a == 0;
}
constexpr uint32_t i64_eq(uint64_t a, uint64_t b) noexcept {
    return a == b;
}
constexpr uint32_t i64_ne(uint64_t a, uint64_t b) noexcept {
    return a != b;
}
constexpr uint32_t i64_lt_s(uint64_t a, uint64_t b) noexcept {
    return static_cast<int64_t>(a) < static_cast<int64_t>(b);
}
constexpr uint32_t i64_lt_u(uint64_t a, uint64_t b) noexcept {
    return a < b;
}
constexpr uint32_t i64_gt_s(uint64_t a, uint64_t b) noexcept {
    return static_cast<int64_t>(a) > static_cast<int64_t>(b);
}
constexpr uint32_t i64_gt_u(uint64_t a, uint64_t b) noexcept {
    return a > b;
}
constexpr uint32_t i64_le_s(uint64_t a, uint64_t b) noexcept {
    return static_cast<int64_t>(a) <= static_cast<int64_t>(b);
}
constexpr uint32_t i64_le_u(uint64_t a, uint64_t b) noexcept {
    return a <= b;
}
constexpr uint32_t i64_ge_s(uint64_t a, uint64_t b) noexcept {
    return static_cast<int64_t>(a) >= static_cast<int64_t>(b);
}
constexpr uint32_t i64_ge_u(uint64_t a, uint64_t b) noexcept {
    return a >= b;
}

}  // namespace epsilon::numeric
