// SPDX-License-Identifier: Apache-2.0
// Arithmetic and tests of integer lanes.
#include "baseline/x64/lowering_vector.h"

namespace epsilon::baseline {

using namespace codes;

namespace {

using enum Opcode;

// The upper half of the lanes, extended.
void extend_high(Assembler& code, const VectorCode& extension, Xmm d, Xmm a) {
    code.vector1(pshufd, d, a, 0xee);
    code.vector1(extension, d, d);
}

void negate(Assembler& code, const VectorCode& subtraction, Xmm d, Xmm a) {
    set_zero(code, y);
    code.vector2(subtraction, d, y, a);
}

// The sign of each 64-bit lane, in all its bits.
void signs_of_quadwords(Assembler& code, Xmm d, Xmm a) {
    code.vector1(pshufd, d, a, 0xf5);
    code.vector_shift(shift_doublewords, digit_sra, d, d, 31);
}

void absolute_quadwords(Assembler& code, Xmm d, Xmm a) {
    signs_of_quadwords(code, x, a);
    code.vector2(pxor, d, a, x);
    code.vector2(psubq, d, d, x);
}

// The sum of the bits of each half byte comes from a table.
void count_bits(Assembler& code, Xmm d, Xmm a) {
    const Mem half = code.constant32(0x0f0f0f0f);
    const Mem table = code.constant64(0x0302020102010100, 0x0403030203020201);
    code.vector2(pand, x, a, half);
    code.vector_shift(shift_words, digit_srl, y, a, 4);
    code.vector2(pand, y, y, half);
    load_constant(code, d, table);
    code.vector2(pshufb, d, d, x);
    load_constant(code, x, table);
    code.vector2(pshufb, x, x, y);
    code.vector2(paddb, d, d, x);
}

// The low and the high halves of the products are made apart, then joined.
void multiply_words(Assembler& code, const VectorCode& high_product, const VectorCode& join, Xmm d,
                    Xmm a, Xmm b) {
    code.vector2(pmullw, x, a, b);
    code.vector2(high_product, y, a, b);
    code.vector2(join, d, x, y);
}

// The multiplication reads the lanes 0 and 2, so the two wanted ones are moved there.
void multiply_doublewords(Assembler& code, const VectorCode& product, uint8_t moved, Xmm d, Xmm a,
                          Xmm b) {
    code.vector1(pshufd, x, a, moved);
    code.vector1(pshufd, y, b, moved);
    code.vector2(product, d, x, y);
}

constexpr uint8_t low_half = 0x50;
constexpr uint8_t high_half = 0xfa;

// Of the halves' products all but the two upper ones' count.
void multiply_quadwords(Assembler& code, Xmm d, Xmm a, Xmm b) {
    code.vector_shift(shift_quadwords, digit_srl, x, a, 32);
    code.vector2(pmuludq, x, x, b);
    code.vector_shift(shift_quadwords, digit_srl, y, b, 32);
    code.vector2(pmuludq, y, y, a);
    code.vector2(paddq, x, x, y);
    code.vector_shift(shift_quadwords, digit_sll, x, x, 32);
    code.vector2(pmuludq, d, a, b);
    code.vector2(paddq, d, d, x);
}

// pmulhrsw wraps the one product that is too large, -1 times -1, to -1.
void multiply_q15(Assembler& code, Xmm d, Xmm a, Xmm b) {
    code.vector2(pmulhrsw, x, a, b);
    code.vector2(pcmpeqw, y, x, code.constant32(0x80008000));
    code.vector2(pxor, d, x, y);
}

// pshufb gives 0 for indices with the highest bit set; adding 0x70 sets it for all above 15.
void swizzle(Assembler& code, Xmm d, Xmm a, Xmm index) {
    code.vector2(paddusb, x, index, code.constant32(0x70707070));
    code.vector2(pshufb, d, a, x);
}

}  // namespace

void lower_integer_unary(Assembler& code, Opcode opcode, Xmm d, Xmm a) {
    switch (opcode) {
        case v128_not:
            return invert(code, d, a);
        case i8x16_neg:
            return negate(code, psubb, d, a);
        case i16x8_neg:
            return negate(code, psubw, d, a);
        case i32x4_neg:
            return negate(code, psubd, d, a);
        case i64x2_neg:
            return negate(code, psubq, d, a);
        case i64x2_abs:
            return absolute_quadwords(code, d, a);
        case i8x16_popcnt:
            return count_bits(code, d, a);
        case i16x8_extend_high_i8x16_s:
            return extend_high(code, pmovsxbw, d, a);
        case i16x8_extend_high_i8x16_u:
            return extend_high(code, pmovzxbw, d, a);
        case i32x4_extend_high_i16x8_s:
            return extend_high(code, pmovsxwd, d, a);
        case i32x4_extend_high_i16x8_u:
            return extend_high(code, pmovzxwd, d, a);
        case i64x2_extend_high_i32x4_s:
            return extend_high(code, pmovsxdq, d, a);
        case i64x2_extend_high_i32x4_u:
            return extend_high(code, pmovzxdq, d, a);
        // Products with 1, added in pairs.
        case i16x8_extadd_pairwise_i8x16_s:
            load_constant(code, y, code.constant32(0x01010101));
            return code.vector2(pmaddubsw, d, y, a);
        case i16x8_extadd_pairwise_i8x16_u:
            return code.vector2(pmaddubsw, d, a, code.constant32(0x01010101));
        case i32x4_extadd_pairwise_i16x8_s:
            return code.vector2(pmaddwd, d, a, code.constant32(0x00010001));
        case i32x4_extadd_pairwise_i16x8_u:
            code.vector_shift(shift_doublewords, digit_srl, x, a, 16);
            code.vector2(pand, d, a, code.constant32(0x0000ffff));
            return code.vector2(paddd, d, d, x);
        default:
            return lower_float_lanes_unary(code, opcode, d, a);
    }
}

void lower_integer_binary(Assembler& code, Opcode opcode, Xmm d, Xmm a, Xmm b) {
    const auto multiply_bytes = [&](const VectorCode& extension, bool high) {
        if (high) {
            extend_high(code, extension, x, a);
            extend_high(code, extension, y, b);
        } else {
            code.vector1(extension, x, a);
            code.vector1(extension, y, b);
        }
        code.vector2(pmullw, d, x, y);
    };
    switch (opcode) {
        case i8x16_swizzle:
            return swizzle(code, d, a, b);
        case i64x2_mul:
            return multiply_quadwords(code, d, a, b);
        case i16x8_q15mulr_sat_s:
            return multiply_q15(code, d, a, b);
        case i16x8_extmul_low_i8x16_s:
            return multiply_bytes(pmovsxbw, false);
        case i16x8_extmul_low_i8x16_u:
            return multiply_bytes(pmovzxbw, false);
        case i16x8_extmul_high_i8x16_s:
            return multiply_bytes(pmovsxbw, true);
        case i16x8_extmul_high_i8x16_u:
            return multiply_bytes(pmovzxbw, true);
        case i32x4_extmul_low_i16x8_s:
            return multiply_words(code, pmulhw, punpcklwd, d, a, b);
        case i32x4_extmul_low_i16x8_u:
            return multiply_words(code, pmulhuw, punpcklwd, d, a, b);
        case i32x4_extmul_high_i16x8_s:
            return multiply_words(code, pmulhw, punpckhwd, d, a, b);
        case i32x4_extmul_high_i16x8_u:
            return multiply_words(code, pmulhuw, punpckhwd, d, a, b);
        case i64x2_extmul_low_i32x4_s:
            return multiply_doublewords(code, pmuldq, low_half, d, a, b);
        case i64x2_extmul_low_i32x4_u:
            return multiply_doublewords(code, pmuludq, low_half, d, a, b);
        case i64x2_extmul_high_i32x4_s:
            return multiply_doublewords(code, pmuldq, high_half, d, a, b);
        case i64x2_extmul_high_i32x4_u:
            return multiply_doublewords(code, pmuludq, high_half, d, a, b);
        default:
            return lower_comparison(code, opcode, d, a, b);
    }
}

void lower_vector_test(Assembler& code, Opcode opcode, Reg d, Xmm a) {
    const auto all_true = [&](const VectorCode& equality) {
        set_zero(code, x);
        code.vector2(equality, x, x, a);
        code.zero(d);
        code.vector1(ptest, x, x);
        code.setcc(Cond::e, d);
    };
    switch (opcode) {
        case v128_any_true:
            code.zero(d);
            code.vector1(ptest, a, a);
            return code.setcc(Cond::ne, d);
        case i8x16_all_true:
            return all_true(pcmpeqb);
        case i16x8_all_true:
            return all_true(pcmpeqw);
        case i32x4_all_true:
            return all_true(pcmpeqd);
        case i64x2_all_true:
            return all_true(pcmpeqq);
        case i8x16_bitmask:
            return code.from_vector(pmovmskb, d, a);
        case i16x8_bitmask:
            code.vector2(packsswb, x, a, a);
            code.from_vector(pmovmskb, d, x);
            return code.extend(Access::u8, d, d);
        case i32x4_bitmask:
            return code.from_vector(movmskps, d, a);
        default:  // i64x2_bitmask
            return code.from_vector(movmskpd, d, a);
    }
}

}  // namespace epsilon::baseline
