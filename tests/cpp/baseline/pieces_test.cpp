// SPDX-License-Identifier: Apache-2.0
#include "catch.hpp"

#include <algorithm>
#include <bit>
#include <iterator>
#include <vector>

#include "baseline/pieces.h"

using epsilon::baseline::Piece;
using epsilon::baseline::Pieces;

namespace {

std::vector<uint32_t> sizes(uint32_t length) {
    std::vector<uint32_t> found;
    for (const Piece& piece : Pieces(length)) {
        found.push_back(piece.bytes);
    }
    return found;
}

}  // namespace

TEST_CASE("Pieces cover every length, and nothing else", "[baseline]") {
    for (uint32_t length = 0; length <= Pieces::most_bytes; ++length) {
        INFO(length);
        const Pieces pieces(length);
        CHECK(std::distance(pieces.begin(), pieces.end()) <= 4);
        std::vector<bool> covered(length);
        uint32_t narrow = 0;
        for (const Piece& piece : pieces) {
            CHECK(std::has_single_bit(piece.bytes));
            CHECK(piece.bytes <= 16);
            REQUIRE(piece.offset + piece.bytes <= length);
            narrow += piece.bytes < 4 ? 1 : 0;
            std::fill_n(covered.begin() + piece.offset, piece.bytes, true);
        }
        CHECK(narrow <= 2);
        CHECK(covered == std::vector<bool>(length, true));
    }
}

TEST_CASE("Pieces overlap only where that saves some", "[baseline]") {
    using Sizes = std::vector<uint32_t>;
    CHECK(sizes(0) == Sizes{});
    CHECK(sizes(3) == Sizes{2, 1});
    CHECK(sizes(7) == Sizes{4, 4});
    CHECK(sizes(12) == Sizes{8, 4});
    CHECK(sizes(13) == Sizes{8, 8});
    CHECK(sizes(20) == Sizes{16, 4});
    CHECK(sizes(28) == Sizes{16, 8, 4});
    CHECK(sizes(31) == Sizes{16, 16});
    CHECK(sizes(40) == Sizes{16, 16, 8});
    CHECK(sizes(60) == Sizes{16, 16, 16, 16});
}
