// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <bit>
#include <cstdint>

namespace epsilon::baseline {

struct Piece {
    uint32_t offset;
    uint32_t bytes;  // 16, 8, 4, 2 or 1
};

// The accesses that do a range of a known length: four at most, of which two at most are of less
// than four bytes. They overlap where it takes fewer; otherwise what is read next is found in one
// of them, for which a processor needn't wait.
class Pieces {
public:
    static constexpr uint32_t most_bytes = 64;

    // Of at most so many bytes.
    explicit constexpr Pieces(uint32_t length) {
        uint32_t done = 0;
        for (; length - done >= 16; done += 16) {
            add(done, 16);
        }
        const uint32_t rest = length - done;
        const uint32_t part = std::bit_floor(rest);
        if (rest == 0) {
            return;
        }
        if (rest != part && done != 0 && !(rest == 12 && done < 48)) {
            add(length - 2 * part, 2 * part);  // begins in what is done
            return;
        }
        add(done, part);
        if (std::has_single_bit(rest - part)) {
            add(done + part, rest - part);
        } else if (rest != part) {
            add(length - part, part);
        }
    }
    constexpr const Piece* begin() const { return pieces_.data(); }
    constexpr const Piece* end() const { return pieces_.data() + count_; }
    constexpr uint32_t count() const { return count_; }

private:
    constexpr void add(uint32_t offset, uint32_t bytes) { pieces_[count_++] = {offset, bytes}; }

    std::array<Piece, 4> pieces_{};
    uint32_t count_ = 0;
};

}  // namespace epsilon::baseline
