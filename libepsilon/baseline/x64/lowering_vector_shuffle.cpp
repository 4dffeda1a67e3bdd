// SPDX-License-Identifier: Apache-2.0
// i8x16.shuffle: the patterns that the host has an instruction for, then any others.
#include <algorithm>

#include "baseline/shuffle_lanes.h"
#include "baseline/x64/lowering_vector.h"

namespace epsilon::baseline {

using namespace codes;

namespace {

// The lowest bits of the numbers of four lanes: the immediate of pshufd and its like.
uint8_t four(const uint8_t* lanes) {
    return uint8_t((lanes[0] & 3) | (lanes[1] & 3) << 2 | (lanes[2] & 3) << 4 |
                   (lanes[3] & 3) << 6);
}

bool is_in_place(const uint8_t* lanes, unsigned first, unsigned count) {
    for (unsigned i = 0; i < count; ++i) {
        if (lanes[i] != first + i) return false;
    }
    return true;
}

// Lanes of a and b in turn, from the lower or the upper halves.
struct Unpacking {
    Lanes lanes;
    VectorCode code;
};
constexpr Unpacking unpacking(unsigned size, unsigned first, const VectorCode& code) {
    Unpacking result{{}, code};
    for (unsigned i = 0; i < 16; ++i) {
        const unsigned lane = i / size;
        result.lanes[i] = uint8_t(first + lane / 2 * size + i % size + lane % 2 * 16);
    }
    return result;
}
constexpr Unpacking unpackings[] = {unpacking(1, 0, punpcklbw),  unpacking(1, 8, punpckhbw),
                                    unpacking(2, 0, punpcklwd),  unpacking(2, 8, punpckhwd),
                                    unpacking(4, 0, punpckldq),  unpacking(4, 8, punpckhdq),
                                    unpacking(8, 0, punpcklqdq), unpacking(8, 8, punpckhqdq)};

// d <- the lanes of a, which are all below 16.
void shuffle_one(Assembler& code, Xmm d, Xmm a, const Lanes& lanes) {
    if (is_in_place(lanes.data(), 0, 16)) {
        return code.movap(d, a);
    }
    if (const auto doublewords = wider(lanes, 4)) {
        return code.vector1(pshufd, d, a, four(doublewords->data()));
    }
    if (const auto words = wider(lanes, 2)) {
        const uint8_t* low = words->data();
        const uint8_t* high = low + 4;
        if (code.avx() && std::count(low, low + 8, 0) == 8) {
            return code.vector1(vpbroadcastw, d, a);
        }
        if (is_in_place(high, 4, 4) && std::all_of(low, high, [](uint8_t i) { return i < 4; })) {
            return code.vector1(pshuflw, d, a, four(low));
        }
        if (is_in_place(low, 0, 4) &&
            std::all_of(high, high + 4, [](uint8_t i) { return i > 3; })) {
            return code.vector1(pshufhw, d, a, four(high));
        }
    }
    if (code.avx() && std::count(lanes.begin(), lanes.end(), 0) == 16) {
        return code.vector1(vpbroadcastb, d, a);
    }
    if (is_rotation(lanes, 16)) {
        return code.vector2(palignr, d, a, a, lanes[0]);
    }
    for (const Unpacking& unpacking : unpackings) {
        if (lanes == of_one(unpacking.lanes)) {
            return code.vector2(unpacking.code, d, a, a);
        }
    }
    code.vector2(pshufb, d, a, code.constant(lanes));
}

// Those that have an order of a and b.
bool shuffle_in_order(Assembler& code, Xmm d, Xmm a, Xmm b, const Lanes& lanes) {
    for (const Unpacking& unpacking : unpackings) {
        if (lanes == unpacking.lanes) {
            code.vector2(unpacking.code, d, a, b);
            return true;
        }
    }
    if (lanes[0] < 16 && is_rotation(lanes, 32)) {
        code.vector2(palignr, d, b, a, lanes[0]);
        return true;
    }
    const auto doublewords = wider(lanes, 4);
    if (!doublewords) {
        return false;
    }
    const auto is_of_b = [&](unsigned i) { return (*doublewords)[i] >= 4; };
    if (!is_of_b(0) && !is_of_b(1) && is_of_b(2) && is_of_b(3)) {
        code.vector2(shufps, d, a, b, four(doublewords->data()));
        return true;
    }
    // One lane of b among those of a in their places.
    for (unsigned i = 0; i < 4; ++i) {
        Lanes others = *doublewords;
        others[i] = uint8_t(i);
        if (is_of_b(i) && is_in_place(others.data(), 0, 4)) {
            const auto from = uint8_t((*doublewords)[i] - 4);
            code.vector2(insertps, d, a, b, uint8_t(from << 6 | i << 4));
            return true;
        }
    }
    return false;
}

// Every lane in its place, of a or of b.
bool blend(Assembler& code, Xmm d, Xmm a, Xmm b, const Lanes& lanes) {
    if (!is_in_place(of_one(lanes).data(), 0, 16)) {
        return false;
    }
    if (const auto words = wider(lanes, 2)) {
        uint8_t of_b = 0;
        for (unsigned i = 0; i < 8; ++i) {
            of_b |= uint8_t(((*words)[i] >= 8) << i);
        }
        code.vector2(pblendw, d, a, b, of_b);
        return true;
    }
    if (!code.avx()) {
        return false;  // the mask would have to be in xmm0
    }
    Lanes mask;
    std::transform(lanes.begin(), lanes.end(), mask.begin(),
                   [](uint8_t lane) { return lane < 16 ? 0 : 0xff; });
    load_constant(code, x, code.constant(mask));
    code.vector3(vpblendvb, d, a, b, x);
    return true;
}

}  // namespace

void lower_vector_shuffle(Assembler& code, Xmm d, Xmm a, Xmm b, const Lanes& lanes) {
    const auto is_of_a = [](uint8_t lane) { return lane < 16; };
    if (a == b || std::all_of(lanes.begin(), lanes.end(), is_of_a)) {
        return shuffle_one(code, d, a, of_one(lanes));
    }
    if (std::none_of(lanes.begin(), lanes.end(), is_of_a)) {
        return shuffle_one(code, d, b, of_one(lanes));
    }
    if (blend(code, d, a, b, lanes) || shuffle_in_order(code, d, a, b, lanes) ||
        shuffle_in_order(code, d, b, a, swapped(lanes))) {
        return;
    }
    // pshufb gives 0 for numbers with the highest bit set.
    Lanes of_a, of_b;
    for (unsigned i = 0; i < lanes.size(); ++i) {
        of_a[i] = is_of_a(lanes[i]) ? lanes[i] : 0x80;
        of_b[i] = is_of_a(lanes[i]) ? 0x80 : lanes[i] - 16;
    }
    code.vector2(pshufb, x, a, code.constant(of_a));
    code.vector2(pshufb, y, b, code.constant(of_b));
    code.vector2(por, d, x, y);
}

}  // namespace epsilon::baseline
