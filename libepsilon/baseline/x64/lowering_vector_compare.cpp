// SPDX-License-Identifier: Apache-2.0
// Comparisons of lanes, those that aren't one instruction.
#include "baseline/x64/lowering_vector.h"

namespace epsilon::baseline {

using namespace codes;

namespace {

using enum Opcode;

// The predicates of cmpps and cmppd.
constexpr uint8_t equal = 0;
constexpr uint8_t less = 1;
constexpr uint8_t less_equal = 2;
constexpr uint8_t not_equal = 4;

// d <- a > b. There is an instruction for it in SSE4.2 only.
void greater_quadwords(Assembler& code, Xmm d, Xmm a, Xmm b) {
    if (code.avx()) {
        return code.vector2(pcmpgtq, d, a, b);
    }
    // In the upper halves: greater, or equal with a borrow from the lower halves of b - a, which
    // then is all that the difference has there.
    code.vector2(psubq, x, b, a);
    code.vector2(pcmpeqd, y, a, b);
    code.vector2(pand, x, x, y);
    code.vector2(pcmpgtd, y, a, b);
    code.vector2(por, x, x, y);
    code.vector1(pshufd, d, x, 0xf5);
}

}  // namespace

void lower_comparison(Assembler& code, Opcode opcode, Xmm d, Xmm a, Xmm b) {
    const auto unequal = [&](const VectorCode& equality) {
        code.vector2(equality, x, a, b);
        invert(code, d, x);
    };
    // a <= b where a is the minimum, a >= b where it is the maximum.
    const auto ordered = [&](const VectorCode& extreme, const VectorCode& equality) {
        code.vector2(extreme, x, a, b);
        code.vector2(equality, d, x, a);
    };
    // a > b where it isn't the minimum, a < b where it isn't the maximum.
    const auto strictly = [&](const VectorCode& extreme, const VectorCode& equality) {
        code.vector2(extreme, x, a, b);
        code.vector2(equality, x, x, a);
        invert(code, d, x);
    };
    const auto not_greater_quadwords = [&](Xmm left, Xmm right) {
        greater_quadwords(code, x, left, right);
        invert(code, d, x);
    };
    switch (opcode) {
        case i8x16_ne:
            return unequal(pcmpeqb);
        case i8x16_lt_u:
            return strictly(pmaxub, pcmpeqb);
        case i8x16_gt_u:
            return strictly(pminub, pcmpeqb);
        case i8x16_le_s:
            return ordered(pminsb, pcmpeqb);
        case i8x16_le_u:
            return ordered(pminub, pcmpeqb);
        case i8x16_ge_s:
            return ordered(pmaxsb, pcmpeqb);
        case i8x16_ge_u:
            return ordered(pmaxub, pcmpeqb);
        case i16x8_ne:
            return unequal(pcmpeqw);
        case i16x8_lt_u:
            return strictly(pmaxuw, pcmpeqw);
        case i16x8_gt_u:
            return strictly(pminuw, pcmpeqw);
        case i16x8_le_s:
            return ordered(pminsw, pcmpeqw);
        case i16x8_le_u:
            return ordered(pminuw, pcmpeqw);
        case i16x8_ge_s:
            return ordered(pmaxsw, pcmpeqw);
        case i16x8_ge_u:
            return ordered(pmaxuw, pcmpeqw);
        case i32x4_ne:
            return unequal(pcmpeqd);
        case i32x4_lt_u:
            return strictly(pmaxud, pcmpeqd);
        case i32x4_gt_u:
            return strictly(pminud, pcmpeqd);
        case i32x4_le_s:
            return ordered(pminsd, pcmpeqd);
        case i32x4_le_u:
            return ordered(pminud, pcmpeqd);
        case i32x4_ge_s:
            return ordered(pmaxsd, pcmpeqd);
        case i32x4_ge_u:
            return ordered(pmaxud, pcmpeqd);
        case i64x2_ne:
            return unequal(pcmpeqq);
        case i64x2_gt_s:
            return greater_quadwords(code, d, a, b);
        case i64x2_lt_s:
            return greater_quadwords(code, d, b, a);
        case i64x2_le_s:
            return not_greater_quadwords(a, b);
        case i64x2_ge_s:
            return not_greater_quadwords(b, a);
        case f32x4_eq:
            return code.vector2(commuting(cmpps), d, a, b, equal);
        case f32x4_ne:
            return code.vector2(commuting(cmpps), d, a, b, not_equal);
        case f32x4_lt:
            return code.vector2(cmpps, d, a, b, less);
        case f32x4_gt:
            return code.vector2(cmpps, d, b, a, less);
        case f32x4_le:
            return code.vector2(cmpps, d, a, b, less_equal);
        case f32x4_ge:
            return code.vector2(cmpps, d, b, a, less_equal);
        case f64x2_eq:
            return code.vector2(commuting(cmppd), d, a, b, equal);
        case f64x2_ne:
            return code.vector2(commuting(cmppd), d, a, b, not_equal);
        case f64x2_lt:
            return code.vector2(cmppd, d, a, b, less);
        case f64x2_gt:
            return code.vector2(cmppd, d, b, a, less);
        case f64x2_le:
            return code.vector2(cmppd, d, a, b, less_equal);
        case f64x2_ge:
            return code.vector2(cmppd, d, b, a, less_equal);
        default:
            return lower_float_lanes_binary(code, opcode, d, a, b);
    }
}

}  // namespace epsilon::baseline
