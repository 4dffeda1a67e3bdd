// SPDX-License-Identifier: Apache-2.0
// Shifts of integer lanes.
#include "baseline/aarch64/lowering_vector.h"

namespace epsilon::baseline {

using namespace codes;

namespace {

using enum Opcode;

struct LaneShift {
    uint32_t width;        // of the lanes, in bits
    uint32_t by_register;  // to the left, or to the right for negative counts
    uint32_t (*by_constant)(uint32_t width, uint32_t count);
    bool is_left() const { return by_constant == &shl; }
};

LaneShift lane_shift(Opcode opcode) {
    switch (opcode) {
        case i8x16_shl:
            return {8, ushl_16b, &shl};
        case i8x16_shr_s:
            return {8, sshl_16b, &sshr};
        case i8x16_shr_u:
            return {8, ushl_16b, &ushr};
        case i16x8_shl:
            return {16, ushl_8h, &shl};
        case i16x8_shr_s:
            return {16, sshl_8h, &sshr};
        case i16x8_shr_u:
            return {16, ushl_8h, &ushr};
        case i32x4_shl:
            return {32, ushl_4s, &shl};
        case i32x4_shr_s:
            return {32, sshl_4s, &sshr};
        case i32x4_shr_u:
            return {32, ushl_4s, &ushr};
        case i64x2_shl:
            return {64, ushl_2d, &shl};
        case i64x2_shr_s:
            return {64, sshl_2d, &sshr};
        default:  // i64x2_shr_u
            return {64, ushl_2d, &ushr};
    }
}

}  // namespace

void lower_vector_shift(Assembler& code, Opcode opcode, Vec d, Vec a, Reg count) {
    const LaneShift shift = lane_shift(opcode);
    code.alu(Alu::and_, Width::w32, Reg::x0, count, shift.width - 1);
    if (!shift.is_left()) {
        code.alu(Alu::sub, Width::w32, Reg::x0, Reg::zero, Reg::x0);
    }
    code.op(dup_general(1), x, Reg::x0);  // of the lanes' counts only the lowest bytes are read
    code.op(shift.by_register, d, a, x);
}

void lower_vector_shift(Assembler& code, Opcode opcode, Vec d, Vec a, uint32_t count) {
    const LaneShift shift = lane_shift(opcode);
    count %= shift.width;
    if (count == 0) {
        return move(code, d, a);
    }
    code.op(shift.by_constant(shift.width, count), d, a);
}

}  // namespace epsilon::baseline
