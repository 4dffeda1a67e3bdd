// SPDX-License-Identifier: Apache-2.0
// Operands at the edges of the types, and how results are compared, for the tests of what
// instructions mean. The references in those tests are written anew, in the plainest way.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <initializer_list>
#include <limits>
#include <random>
#include <string>
#include <type_traits>
#include <vector>

namespace numeric_test {

// Wide enough for sums and products of any two integers of 64 bits.
__extension__ typedef __int128 Wide;

template <typename Float>
using BitsOf = std::conditional_t<sizeof(Float) == 4, uint32_t, uint64_t>;

template <typename T>
std::string show(T x) {
    char text[64];
    if constexpr (std::is_floating_point_v<T>)
        std::snprintf(text, sizeof text, "%a (0x%llx)", static_cast<double>(x),
                      static_cast<unsigned long long>(std::bit_cast<BitsOf<T>>(x)));
    else
        std::snprintf(text, sizeof text, "0x%llx",
                      static_cast<unsigned long long>(std::make_unsigned_t<T>(x)));
    return text;
}

// All values of 8 bits; elsewhere the limits, powers of two with their neighbours, and patterns.
template <typename Integer>
std::vector<Integer> integer_edges() {
    std::vector<Integer> edges;
    if constexpr (sizeof(Integer) == 1) {
        for (int i = 0; i < 256; ++i)
            edges.push_back(static_cast<Integer>(i));
        return edges;
    }
    constexpr int bits = sizeof(Integer) * 8;
    for (int power : {0, 1, 2, 4, 7, 8, 14, 15, 16, 23, 24, 30, 31, 32, 33, 52, 53, 62, 63}) {
        if (power >= bits) continue;
        for (int delta : {-1, 0, 1}) {
            const uint64_t value = (uint64_t{1} << power) + static_cast<uint64_t>(delta);
            edges.push_back(static_cast<Integer>(value));
            edges.push_back(static_cast<Integer>(0 - value));
        }
    }
    for (uint64_t pattern : {0x5555555555555555u, 0xaaaaaaaaaaaaaaaau, 0x0123456789abcdefu})
        edges.push_back(static_cast<Integer>(pattern));
    std::mt19937_64 random{1};
    for (int i = 0; i < 16; ++i)
        edges.push_back(static_cast<Integer>(random()));
    return edges;
}

// Zeros, subnormals, ties, the limits of the integer types, infinities, NaNs of every kind; both
// signs of each.
template <typename Float>
std::vector<Float> float_edges() {
    using Bits = BitsOf<Float>;
    using Limits = std::numeric_limits<Float>;
    constexpr int mantissa = Limits::digits - 1;
    const Bits quiet = Bits{1} << (mantissa - 1);
    const Bits infinity = std::bit_cast<Bits>(Limits::infinity());
    std::vector<Float> edges;
    const auto both = [&edges](Float x) {
        const Bits sign = Bits{1} << (sizeof(Bits) * 8 - 1);
        edges.push_back(x);
        edges.push_back(std::bit_cast<Float>(std::bit_cast<Bits>(x) ^ sign));
    };
    for (double x :
         {0.0, 0.1, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.5, 127.5, 1e10, 1e19})
        both(static_cast<Float>(x));
    for (Float x : {Limits::denorm_min(), Limits::min(), Limits::max(), Limits::infinity()})
        both(x);
    // The values next to powers of two: where conversions start to fail and fractions end.
    for (int power : {-1, 0, 7, 15, 16, 22, 23, 24, 30, 31, 32, 51, 52, 53, 62, 63, 64, 65}) {
        const Float value = static_cast<Float>(std::ldexp(1.0, power));
        const Bits bits = std::bit_cast<Bits>(value);
        for (Bits near : {bits - 2, bits - 1, bits, bits + 1})
            both(std::bit_cast<Float>(near));
    }
    for (double x : {2147483646.5, 2147483647.5, 2147483648.5, 4294967294.5, 4294967295.5})
        both(static_cast<Float>(x));
    for (Bits payload : {quiet, quiet | 1, quiet | (quiet >> 1), Bits{1}, quiet - 1, quiet >> 1})
        both(std::bit_cast<Float>(static_cast<Bits>(infinity | payload)));
    std::mt19937_64 random{2};
    for (int i = 0; i < 16; ++i)
        edges.push_back(std::bit_cast<Float>(static_cast<Bits>(random())));
    return edges;
}

template <typename T>
std::vector<T> edges_of() {
    if constexpr (std::is_floating_point_v<T>)
        return float_edges<T>();
    else
        return integer_edges<T>();
}

template <typename Float>
bool is_nan(Float x) {
    return x != x;
}

template <typename Float>
bool is_canonical_nan(Float x) {
    using Bits = BitsOf<Float>;
    const Bits magnitude = static_cast<Bits>(std::bit_cast<Bits>(x) << 1) >> 1;
    constexpr int mantissa = std::numeric_limits<Float>::digits - 1;
    return magnitude == (std::bit_cast<Bits>(std::numeric_limits<Float>::infinity()) |
                         (Bits{1} << (mantissa - 1)));
}

// Whether a result is the wanted one. For a NaN it must be one that the specification allows for
// these operands (section 4.3.3, "NaN Propagation"): quiet, and canonical if all their NaNs are.
template <typename Result, typename Operand>
bool agrees(Result got, Result want, std::initializer_list<Operand> operands) {
    if constexpr (std::is_floating_point_v<Result>) {
        using Bits = BitsOf<Result>;
        if (!is_nan(want)) return std::bit_cast<Bits>(got) == std::bit_cast<Bits>(want);
        constexpr int mantissa = std::numeric_limits<Result>::digits - 1;
        bool canonical = true;
        if constexpr (std::is_floating_point_v<Operand>)
            for (Operand x : operands)
                canonical = canonical && (!is_nan(x) || is_canonical_nan(x));
        return is_nan(got) && (std::bit_cast<Bits>(got) >> (mantissa - 1) & 1) != 0 &&
               (!canonical || is_canonical_nan(got));
    } else {
        return got == want;
    }
}

// The references that scalars and vectors share.

template <typename Integer>
Integer clamp_to(Wide x) {
    using Limits = std::numeric_limits<Integer>;
    if (x < Wide{Limits::min()}) return Limits::min();
    return x > Wide{Limits::max()} ? Limits::max() : static_cast<Integer>(x);
}

template <typename Float>
bool negative(Float x) {
    return (std::bit_cast<BitsOf<Float>>(x) >> (sizeof(Float) * 8 - 1)) != 0;
}

template <typename Float>
Float minimum(Float a, Float b) {
    if (is_nan(a) || is_nan(b)) return std::numeric_limits<Float>::quiet_NaN();
    if (a == b) return negative(a) ? a : b;
    return a < b ? a : b;
}

template <typename Float>
Float maximum(Float a, Float b) {
    if (is_nan(a) || is_nan(b)) return std::numeric_limits<Float>::quiet_NaN();
    if (a == b) return negative(a) ? b : a;
    return a < b ? b : a;
}

enum class Rounding { up, down, to_zero, to_even };

template <Rounding rounding, typename Float>
Float rounded(Float x) {
    constexpr int fraction_bits = std::numeric_limits<Float>::digits - 1;
    constexpr Float whole_from = static_cast<Float>(uint64_t{1} << fraction_bits);
    if (!(x < whole_from && x > -whole_from)) return x;
    int64_t n = static_cast<int64_t>(x);
    const Float rest = x - static_cast<Float>(n);
    if (rounding == Rounding::up && rest > 0) ++n;
    if (rounding == Rounding::down && rest < 0) --n;
    if (rounding == Rounding::to_even) {
        if (rest > Float(0.5) || (rest == Float(0.5) && n % 2 != 0)) ++n;
        if (rest < Float(-0.5) || (rest == Float(-0.5) && n % 2 != 0)) --n;
    }
    const Float magnitude = static_cast<Float>(n < 0 ? -n : n);
    return negative(x) ? -magnitude : magnitude;
}

// The integer part, if it is in the range of Integer.
template <typename Integer, typename Float>
bool integer_part(Float x, Integer* result) {
    const long double value = x;
    const long double end = static_cast<long double>(uint64_t{1} << (sizeof(Integer) * 8 - 1)) *
                            (std::is_signed_v<Integer> ? 1 : 2);
    const long double start = std::is_signed_v<Integer> ? -end : 0;
    if (!(value > start - 1 && value < end)) return false;
    *result = static_cast<Integer>(static_cast<Wide>(value));
    return true;
}

template <typename Integer, typename Float>
Integer saturated(Float x) {
    Integer result = 0;
    if (is_nan(x) || integer_part(x, &result)) return result;
    return x < 0 ? std::numeric_limits<Integer>::min() : std::numeric_limits<Integer>::max();
}

}  // namespace numeric_test
