// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>

// What i8x16.shuffle takes, looked at for patterns.
namespace epsilon::baseline {

// Bytes of a (0 to 15) and of b (16 to 31), one after the other.
using Lanes = std::array<uint8_t, 16>;

// The same in lanes of `size` bytes, where only whole ones are moved; the rest of the array is 0.
inline std::optional<Lanes> wider(const Lanes& lanes, unsigned size) {
    Lanes result{};
    for (unsigned i = 0; i < lanes.size(); ++i) {
        if (lanes[i] % size != i % size || lanes[i] / size != lanes[i - i % size] / size) {
            return std::nullopt;
        }
        result[i / size] = uint8_t(lanes[i] / size);
    }
    return result;
}

// The lanes that remain when a and b are the same.
constexpr Lanes of_one(Lanes lanes) {
    for (uint8_t& lane : lanes) {
        lane %= 16;
    }
    return lanes;
}
// With a and b the other way round.
inline Lanes swapped(Lanes lanes) {
    for (uint8_t& lane : lanes) {
        lane ^= 16;
    }
    return lanes;
}

// The bytes from the first one on, `modulus` of them in a circle.
inline bool is_rotation(const Lanes& lanes, unsigned modulus) {
    for (unsigned i = 1; i < lanes.size(); ++i) {
        if (lanes[i] != (lanes[0] + i) % modulus) return false;
    }
    return true;
}

}  // namespace epsilon::baseline
