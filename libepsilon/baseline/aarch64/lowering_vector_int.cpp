// SPDX-License-Identifier: Apache-2.0
// Arithmetic, comparisons and tests of integer lanes, those that aren't one instruction.
#include "baseline/aarch64/lowering_vector.h"

namespace epsilon::baseline {

using namespace codes;

namespace {

using enum Opcode;

// Of the halves' products all but the two upper ones' count.
void multiply_quadwords(Assembler& code, Vec d, Vec a, Vec b) {
    code.op(rev64_4s, x, b);
    code.op(mul_4s, x, x, a);
    code.op(uaddlp_2d, x, x);
    code.op(xtn_2s, y, a);
    code.op(xtn_2s, z, b);
    code.op(shl(64, 32), d, x);
    code.op(umlal_2d, d, y, z);
}

// The sums of neighbouring products.
void dot_product(Assembler& code, Vec d, Vec a, Vec b) {
    code.op(smull_4s, x, a, b);
    code.op(upper_half(smull_4s), y, a, b);
    code.op(addp_4s, d, x, y);
}

// The lanes of a, then those of b.
void narrow(Assembler& code, uint32_t narrowing, Vec d, Vec a, Vec b) {
    const Vec result = d == b ? x : d;
    code.op(narrowing, result, a);
    code.op(upper_half(narrowing), result, b);
    move(code, d, result);
}

void unequal(Assembler& code, uint32_t equality, Vec d, Vec a, Vec b) {
    code.op(equality, d, a, b);
    code.op(mvn_16b, d, d);
}

// The highest bits of the lanes, as numbers 2^i in lanes.
void select_bits(Assembler& code, unsigned width, uint64_t low, uint64_t high, Vec a) {
    code.constant(y, low, high);
    code.op(sshr(width, width - 1), x, a);
    code.op(and_16b, x, x, y);
}

}  // namespace

void lower_integer_binary(Assembler& code, Opcode opcode, Vec d, Vec a, Vec b) {
    switch (opcode) {
        case i64x2_mul:
            return multiply_quadwords(code, d, a, b);
        case i32x4_dot_i16x8_s:
            return dot_product(code, d, a, b);
        case i8x16_narrow_i16x8_s:
            return narrow(code, sqxtn_8b, d, a, b);
        case i8x16_narrow_i16x8_u:
            return narrow(code, sqxtun_8b, d, a, b);
        case i16x8_narrow_i32x4_s:
            return narrow(code, sqxtn_4h, d, a, b);
        case i16x8_narrow_i32x4_u:
            return narrow(code, sqxtun_4h, d, a, b);
        case i8x16_ne:
            return unequal(code, cmeq_16b, d, a, b);
        case i16x8_ne:
            return unequal(code, cmeq_8h, d, a, b);
        case i32x4_ne:
            return unequal(code, cmeq_4s, d, a, b);
        case i64x2_ne:
            return unequal(code, cmeq_2d, d, a, b);
        default:
            return lower_float_lanes_binary(code, opcode, d, a, b);
    }
}

void lower_vector_test(Assembler& code, Opcode opcode, Reg d, Vec a) {
    // Of the lowest bits of x.
    const auto compare_zero = [&](Width width, Cond cond) {
        code.from_vector(width, d, x);
        code.cmp(width, d, 0);
        code.cset(cond, d);
    };
    const auto all_true = [&](uint32_t minimum) {
        code.op(minimum, x, a);
        compare_zero(Width::w32, Cond::ne);
    };
    switch (opcode) {
        case v128_any_true:
            // The maxima of neighbours leave two lanes of 32 bits.
            code.op(umaxp_4s, x, a, a);
            return compare_zero(Width::w64, Cond::ne);
        case i8x16_all_true:
            return all_true(uminv_16b);
        case i16x8_all_true:
            return all_true(uminv_8h);
        case i32x4_all_true:
            return all_true(uminv_4s);
        case i64x2_all_true:
            // -1 for each lane that is 0.
            code.op(cmeq_zero_2d, x, a);
            code.op(addp_d, x, x);
            return compare_zero(Width::w32, Cond::eq);
        case i8x16_bitmask:
            // Byte i of the lower half beside byte i of the upper one, so that sums are of 16 bits.
            select_bits(code, 8, 0x8040201008040201, 0x8040201008040201, a);
            code.op(ext_16b(8), y, x, x);
            code.op(zip1(1), x, x, y);
            code.op(addv_8h, x, x);
            return code.from_vector(Width::w32, d, x);
        case i16x8_bitmask:
            select_bits(code, 16, 0x0008000400020001, 0x0080004000200010, a);
            code.op(addv_8h, x, x);
            return code.from_vector(Width::w32, d, x);
        case i32x4_bitmask:
            select_bits(code, 32, 0x0000000200000001, 0x0000000800000004, a);
            code.op(addv_4s, x, x);
            return code.from_vector(Width::w32, d, x);
        default:  // i64x2_bitmask
            code.op(ushr(64, 63), x, a);
            code.from_vector(Width::w32, d, x);
            code.op(umov(8, 1), Reg::x0, x);
            return code.alu(Alu::add, Width::w32, d, d, Reg::x0, 1);
    }
}

}  // namespace epsilon::baseline
