// SPDX-License-Identifier: Apache-2.0
// i8x16.shuffle: patterns that are one or two instructions, or a table.
#include <algorithm>

#include "baseline/aarch64/lowering_vector.h"
#include "baseline/shuffle_lanes.h"

namespace epsilon::baseline {

using namespace codes;

namespace {

struct Pattern {
    Lanes lanes;
    uint32_t code;
};

// `from` gives the number of a lane in a, or in b behind a, by its place.
template <class From>
constexpr Pattern pattern(uint32_t code, unsigned size, From from) {
    Pattern result{{}, code};
    for (unsigned i = 0; i < 16; ++i) {
        result.lanes[i] = uint8_t(from(i / size) * size + i % size);
    }
    return result;
}
constexpr std::array<Pattern, 6> of_size(unsigned size) {
    const unsigned count = 16 / size;
    const auto in_turn = [=](unsigned i) { return i % 2 * count; };
    return {pattern(zip1(size), size, [=](unsigned i) { return i / 2 + in_turn(i); }),
            pattern(zip2(size), size, [=](unsigned i) { return i / 2 + count / 2 + in_turn(i); }),
            pattern(uzp1(size), size, [=](unsigned i) { return 2 * i; }),
            pattern(uzp2(size), size, [=](unsigned i) { return 2 * i + 1; }),
            pattern(trn1(size), size, [=](unsigned i) { return i - i % 2 + in_turn(i); }),
            pattern(trn2(size), size, [=](unsigned i) { return i - i % 2 + 1 + in_turn(i); })};
}
constexpr std::array<Pattern, 6> permutations[] = {of_size(8), of_size(4), of_size(2), of_size(1)};

constexpr Pattern reversal(uint32_t code, unsigned size, unsigned group) {
    return pattern(code, size, [=](unsigned i) { return i ^ (group / size - 1); });
}
constexpr Pattern reversals[] = {reversal(rev64_4s, 4, 8),  reversal(rev64_8h, 2, 8),
                                 reversal(rev64_16b, 1, 8), reversal(rev32_8h, 2, 4),
                                 reversal(rev32_16b, 1, 4), reversal(rev16_16b, 1, 2)};

// All lanes of one vector in their places but one, which is from either. `first` is the number of
// that vector's first byte.
bool insert(Assembler& code, Vec d, Vec a, Vec b, const Lanes& lanes, unsigned first) {
    for (const unsigned size : {8, 4, 2, 1}) {
        const auto wide = wider(lanes, size);
        if (!wide) continue;
        const unsigned count = 16 / size;
        unsigned others = 0, place = 0;
        for (unsigned i = 0; i < count; ++i) {
            if ((*wide)[i] != first / size + i) {
                ++others;
                place = i;
            }
        }
        if (others == 1) {
            const unsigned from = (*wide)[place];
            insert_lane(code, size, d, first == 0 ? a : b, place, from < count ? a : b,
                        from % count);
            return true;
        }
    }
    return false;
}

// d <- the lanes of a, which are all below 16.
void shuffle_one(Assembler& code, Vec d, Vec a, const Lanes& lanes) {
    if (is_rotation(lanes, 16)) {
        return lanes[0] == 0 ? move(code, d, a) : code.op(ext_16b(lanes[0]), d, a, a);
    }
    for (const unsigned size : {8, 4, 2, 1}) {
        const auto wide = wider(lanes, size);
        if (wide &&
            std::count(wide->begin(), wide->begin() + 16 / size, wide->front()) == 16 / int(size)) {
            return code.op(dup_lane(size, wide->front()), d, a);
        }
    }
    for (const Pattern& reversal : reversals) {
        if (lanes == reversal.lanes) {
            return code.op(reversal.code, d, a);
        }
    }
    for (const auto& patterns : permutations) {
        for (const Pattern& permutation : patterns) {
            if (lanes == of_one(permutation.lanes)) {
                return code.op(permutation.code, d, a, a);
            }
        }
    }
    if (insert(code, d, a, a, lanes, 0)) {
        return;
    }
    code.constant(x, lanes);
    code.op(tbl_1, d, a, x);
}

// Those that have an order of a and b.
bool shuffle_in_order(Assembler& code, Vec d, Vec a, Vec b, const Lanes& lanes) {
    for (const auto& patterns : permutations) {
        for (const Pattern& permutation : patterns) {
            if (lanes == permutation.lanes) {
                code.op(permutation.code, d, a, b);
                return true;
            }
        }
    }
    if (lanes[0] < 16 && is_rotation(lanes, 32)) {
        code.op(ext_16b(lanes[0]), d, a, b);
        return true;
    }
    return false;
}

// Every lane in its place, of a or of b.
bool blend(Assembler& code, Vec d, Vec a, Vec b, const Lanes& lanes) {
    for (unsigned i = 0; i < lanes.size(); ++i) {
        if (lanes[i] % 16 != i) return false;
    }
    Lanes of_b;
    std::transform(lanes.begin(), lanes.end(), of_b.begin(),
                   [](uint8_t lane) { return lane < 16 ? 0 : 0xff; });
    lower_vector_constant(code, x, of_b);
    if (d == b) {
        code.op(bif_16b, d, a, x);
    } else {
        move(code, d, a);
        code.op(bit_16b, d, b, x);
    }
    return true;
}

// From a table of two registers, which must be neighbours.
void look_up(Assembler& code, Vec d, Vec a, Vec b, const Lanes& lanes) {
    const auto are_neighbours = [](Vec first, Vec second) {
        return uint8_t(first) + 1 == uint8_t(second);
    };
    if (are_neighbours(a, b)) {
        code.constant(x, lanes);
        code.op(tbl_2, d, a, x);
    } else if (are_neighbours(b, a)) {
        code.constant(x, swapped(lanes));
        code.op(tbl_2, d, b, x);
    } else {
        static_assert(uint8_t(x) + 1 == uint8_t(y));
        code.constant(z, lanes);
        code.mov(x, a);
        code.mov(y, b);
        code.op(tbl_2, d, x, z);
    }
}

}  // namespace

void lower_vector_shuffle(Assembler& code, Vec d, Vec a, Vec b, const Lanes& lanes) {
    const auto is_of_a = [](uint8_t lane) { return lane < 16; };
    if (a == b || std::all_of(lanes.begin(), lanes.end(), is_of_a)) {
        return shuffle_one(code, d, a, of_one(lanes));
    }
    if (std::none_of(lanes.begin(), lanes.end(), is_of_a)) {
        return shuffle_one(code, d, b, of_one(lanes));
    }
    if (shuffle_in_order(code, d, a, b, lanes) || shuffle_in_order(code, d, b, a, swapped(lanes)) ||
        insert(code, d, a, b, lanes, 0) || insert(code, d, a, b, lanes, 16) ||
        blend(code, d, a, b, lanes)) {
        return;
    }
    look_up(code, d, a, b, lanes);
}

}  // namespace epsilon::baseline
