// SPDX-License-Identifier: Apache-2.0
// Vectors whose lanes, in every shape, are what instructions may get wrong.
#pragma once

#include <array>
#include <bit>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

#include "wasm/simd.h"

namespace vector_test {

using epsilon::simd::V128;

template <class T>
std::vector<T> edge_lanes() {
    constexpr int bits = int(8 * sizeof(T));
    const T top = T(T{1} << (bits - 1));
    std::vector<T> lanes = {0, 1, 2, 3, T(-1), T(-2), top, T(top + 1), T(top - 1), T(top - 2)};
    // About the halves.
    for (const int bit : {bits / 4, bits / 2 - 1, bits / 2, bits / 2 + 1}) {
        lanes.push_back(T(T{1} << bit));
        lanes.push_back(T((T{1} << bit) - 1));
        lanes.push_back(T(-(T{1} << bit)));
        lanes.push_back(T(-(T{1} << bit) - 1));
        lanes.push_back(T(top | T{1} << bit));
    }
    return lanes;
}

// Bits of floats, each with both signs.
template <class Float, class T>
std::vector<T> float_edges() {
    using Limits = std::numeric_limits<Float>;
    constexpr T sign = T(T{1} << (8 * sizeof(T) - 1));
    constexpr T quiet = T(T{1} << (Limits::digits - 2));
    const T infinity = std::bit_cast<T>(Limits::infinity());
    std::vector<T> bits = {infinity, infinity | 1, infinity | quiet, infinity | quiet | 5,
                           infinity | (quiet - 1)};
    for (const double value : {0.0,
                               0.25,
                               0.49999999,
                               0.5,
                               0.50000001,
                               0.75,
                               1.0,
                               1.5,
                               2.0,
                               2.5,
                               3.5,
                               127.0,
                               255.5,
                               65535.0,
                               4194303.5,
                               8388607.5,
                               8388608.0,
                               16777215.0,
                               2147483520.0,
                               2147483646.5,
                               2147483647.0,
                               2147483647.5,
                               2147483648.0,
                               2147483649.0,
                               4294967040.0,
                               4294967294.5,
                               4294967295.0,
                               4294967295.5,
                               4294967296.0,
                               4503599627370495.5,
                               4503599627370497.0,
                               9007199254740991.0,
                               1e18,
                               1e19,
                               1e38})
        bits.push_back(std::bit_cast<T>(Float(value)));
    bits.push_back(1);
    bits.push_back(quiet);
    bits.push_back(std::bit_cast<T>(Limits::min()));
    bits.push_back(T(std::bit_cast<T>(Limits::min()) - 1));
    bits.push_back(std::bit_cast<T>(Limits::max()));
    bits.push_back(std::bit_cast<T>(Float(Limits::max() / 2)));
    if (sizeof(T) == 8) {
        // What floats of half the width are rounded to, or not.
        for (const double value :
             {1.401298464324817e-45, 7.006492321624085e-46, 1e-46, 3.4028234663852886e38,
              3.4028235677973366e38, 3.5e38, 1.0000000596046448, 1.17549435e-38})
            bits.push_back(std::bit_cast<T>(Float(value)));
    }
    const size_t positive = bits.size();
    for (size_t i = 0; i < positive; ++i)
        bits.push_back(T(bits[i] | sign));
    return bits;
}

using Pair = std::array<V128, 2>;

// Pairs of vectors in which every value meets every other one in the same lane.
template <class T>
void add_pairs(std::vector<Pair>& pairs, const std::vector<T>& values) {
    constexpr size_t count = 16 / sizeof(T);
    std::array<std::array<T, count>, 2> lanes{};
    size_t filled = 0;
    const auto flush = [&] {
        pairs.push_back({std::bit_cast<V128>(lanes[0]), std::bit_cast<V128>(lanes[1])});
        filled = 0;
    };
    for (const T a : values)
        for (const T b : values) {
            lanes[0][filled] = a;
            lanes[1][filled] = b;
            if (++filled == count) flush();
        }
    if (filled != 0) flush();
}

inline std::vector<Pair> make_pairs() {
    std::vector<Pair> pairs;
    std::vector<uint8_t> bytes(256);
    for (size_t i = 0; i < bytes.size(); ++i)
        bytes[i] = uint8_t(i);
    add_pairs(pairs, bytes);
    add_pairs(pairs, edge_lanes<uint16_t>());
    add_pairs(pairs, edge_lanes<uint32_t>());
    add_pairs(pairs, edge_lanes<uint64_t>());
    add_pairs(pairs, float_edges<float, uint32_t>());
    add_pairs(pairs, float_edges<double, uint64_t>());
    std::mt19937_64 random{7};
    for (int i = 0; i < 4000; ++i)
        pairs.push_back({V128{random(), random()}, V128{random(), random()}});
    return pairs;
}
inline const std::vector<Pair>& pairs() {
    static const std::vector<Pair> made = make_pairs();
    return made;
}

}  // namespace vector_test
