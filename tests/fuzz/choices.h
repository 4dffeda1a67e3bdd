// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace fuzz {

// Decisions taken from a fuzzer's input, so that the same input makes the same ones. When it is
// used up all further ones are zero.
class Choices {
public:
    Choices(const uint8_t* data, size_t size) : at_(data), end_(data + size) {}

    bool used_up() const { return at_ == end_; }
    uint8_t byte() { return used_up() ? 0 : *at_++; }
    bool flip() { return (byte() & 1) != 0; }
    // One of 0 to count - 1; count is 1 to 256.
    size_t below(size_t count) { return byte() % count; }
    // A number of any size, often one at an edge.
    uint64_t number() {
        static constexpr uint64_t edges[] = {
            0,          1,          2,         3,          0x7f,           0x80,
            0xff,       0xffff,     0x10000,   0x7fffffff, 0x80000000,     0xffffffff,
            1ull << 32, 1ull << 48, INT64_MAX, 1ull << 63, UINT64_MAX - 1, UINT64_MAX,
        };
        constexpr size_t count = sizeof(edges) / sizeof(edges[0]);
        const uint8_t first = byte();
        if (first < count) {
            return edges[first];
        }
        if (first < 0xc0) {
            return first - count;
        }
        uint64_t value = 0;
        for (int i = first < 0xe0 ? 4 : 8; i > 0; --i) {
            value = value << 8 | byte();
        }
        return value;
    }

private:
    const uint8_t* at_;
    const uint8_t* end_;
};

}  // namespace fuzz
