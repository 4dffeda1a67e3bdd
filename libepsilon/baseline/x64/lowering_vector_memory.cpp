// SPDX-License-Identifier: Apache-2.0
// Loads of vectors, and loads and stores of lanes.
#include "baseline/x64/lowering_vector.h"

namespace epsilon::baseline {

using namespace codes;

namespace {

using enum Opcode;

// A lane in memory: how it is inserted, extracted and read into a general register.
struct Lane {
    VectorCode insert, extract;
    Access access;
};
constexpr Lane byte_lane = {pinsrb, pextrb, Access::u8};
constexpr Lane word_lane = {pinsrw, pextrw, Access::u16};
constexpr Lane doubleword_lane = {pinsrd, pextrd, Access::u32};
constexpr Lane quadword_lane = {pinsrq, pextrq, Access::u64};

const Lane& lane_of(Opcode opcode) {
    switch (opcode) {
        case v128_load8_lane:
        case v128_store8_lane:
            return byte_lane;
        case v128_load16_lane:
        case v128_store16_lane:
            return word_lane;
        case v128_load32_lane:
        case v128_store32_lane:
            return doubleword_lane;
        default:
            return quadword_lane;
    }
}

// Without AVX, small lanes go through a general register.
void load_splat(Assembler& code, Opcode splat, Access access, Xmm d, const Mem& m) {
    code.load(access, Reg::rax, m);
    lower_vector_splat(code, splat, d, Reg::rax);
}

}  // namespace

void lower_vector_load(Assembler& code, Opcode opcode, Xmm d, const Mem& m) {
    switch (opcode) {
        case v128_load:
            return code.vector1(movups, d, m);
        case v128_load8x8_s:
            return code.vector1(pmovsxbw, d, m);
        case v128_load8x8_u:
            return code.vector1(pmovzxbw, d, m);
        case v128_load16x4_s:
            return code.vector1(pmovsxwd, d, m);
        case v128_load16x4_u:
            return code.vector1(pmovzxwd, d, m);
        case v128_load32x2_s:
            return code.vector1(pmovsxdq, d, m);
        case v128_load32x2_u:
            return code.vector1(pmovzxdq, d, m);
        case v128_load8_splat:
            return code.avx() ? code.vector1(vpbroadcastb, d, m)
                              : load_splat(code, i8x16_splat, Access::u8, d, m);
        case v128_load16_splat:
            return code.avx() ? code.vector1(vpbroadcastw, d, m)
                              : load_splat(code, i16x8_splat, Access::u16, d, m);
        case v128_load32_splat:
            if (code.avx()) {
                return code.vector1(vbroadcastss, d, m);
            }
            code.vector1(movss_load, d, m);
            return code.vector2(shufps, d, d, d, 0);
        case v128_load64_splat:
            return code.vector1(movddup, d, m);
        case v128_load32_zero:
            return code.vector1(movss_load, d, m);
        default:  // v128_load64_zero
            return code.vector1(movsd_load, d, m);
    }
}

void lower_vector_load_lane(Assembler& code, Opcode opcode, Xmm d, Xmm a, const Mem& m,
                            unsigned lane) {
    const Lane& kind = lane_of(opcode);
    if (code.avx() || d == a) {
        return code.vector2(kind.insert, d, a, m, uint8_t(lane));
    }
    // A move of the other lanes would come before the access.
    code.load(kind.access, Reg::rax, m);
    code.vector2(kind.insert, d, a, Reg::rax, uint8_t(lane));
}

uint32_t lower_vector_store_lane(Assembler& code, Opcode opcode, Xmm a, const Mem& m,
                                 unsigned lane) {
    const uint32_t position = code.position();
    if (lane == 0 && opcode == v128_store32_lane) {
        code.vector_store(movss_store, m, a);
    } else if (lane == 0 && opcode == v128_store64_lane) {
        code.vector_store(movsd_store, m, a);
    } else {
        code.vector_store(lane_of(opcode).extract, m, a, uint8_t(lane));
    }
    return position;
}

}  // namespace epsilon::baseline
