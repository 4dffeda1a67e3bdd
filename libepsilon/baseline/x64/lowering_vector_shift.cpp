// SPDX-License-Identifier: Apache-2.0
// Shifts of integer lanes.
#include "baseline/x64/lowering_vector.h"

namespace epsilon::baseline {

using namespace codes;

namespace {

using enum Opcode;

// Those shifts that the host has: by a register, and by an immediate.
struct HostShift {
    VectorCode by_register;
    VectorCode by_immediate;
    uint8_t digit;
    uint8_t width;  // of the lanes, in bits
};
constexpr HostShift words_left = {psllw, shift_words, digit_sll, 16};
constexpr HostShift words_right = {psrlw, shift_words, digit_srl, 16};
constexpr HostShift words_signed = {psraw, shift_words, digit_sra, 16};
constexpr HostShift doublewords_left = {pslld, shift_doublewords, digit_sll, 32};
constexpr HostShift doublewords_right = {psrld, shift_doublewords, digit_srl, 32};
constexpr HostShift doublewords_signed = {psrad, shift_doublewords, digit_sra, 32};
constexpr HostShift quadwords_left = {psllq, shift_quadwords, digit_sll, 64};
constexpr HostShift quadwords_right = {psrlq, shift_quadwords, digit_srl, 64};

void shift_by(Assembler& code, const HostShift& shift, Xmm d, Xmm a, uint32_t count) {
    code.vector_shift(shift.by_immediate, shift.digit, d, a, uint8_t(count));
}
void shift_by(Assembler& code, const HostShift& shift, Xmm d, Xmm a, Xmm count) {
    code.vector2(shift.by_register, d, a, count);
}

const HostShift* host_shift(Opcode opcode) {
    switch (opcode) {
        case i16x8_shl:
            return &words_left;
        case i16x8_shr_u:
            return &words_right;
        case i16x8_shr_s:
            return &words_signed;
        case i32x4_shl:
            return &doublewords_left;
        case i32x4_shr_u:
            return &doublewords_right;
        case i32x4_shr_s:
            return &doublewords_signed;
        case i64x2_shl:
            return &quadwords_left;
        case i64x2_shr_u:
            return &quadwords_right;
        default:
            return nullptr;
    }
}

// x <- count modulo the width of lanes, and some more.
void take_count(Assembler& code, Reg count, int32_t width, int32_t more = 0) {
    code.mov(Width::w32, Reg::rax, count);
    code.alu(Alu::and_, Width::w32, Reg::rax, width - 1);
    if (more != 0) {
        code.alu(Alu::add, Width::w32, Reg::rax, more);
    }
    code.to_vector(Width::w32, x, Reg::rax);
}

// y <- for each byte, the bits that a shift by x leaves when it is to the right.
void bytes_shifted_right(Assembler& code) {
    set_ones(code, y);
    shift_by(code, words_right, y, y, 8);
    shift_by(code, words_right, y, y, x);
    code.vector2(packuswb, y, y, y);
}

Mem all_bytes(Assembler& code, uint32_t byte) {
    return code.constant32((byte & 0xff) * 0x01010101);
}

}  // namespace

// Bytes are shifted as 16-bit lanes, with the bits that would cross into the neighbour masked off.
// A signed shift to the right of 64-bit lanes, which there isn't either, copies the shifted sign
// upwards by xor and subtraction; so does that of bytes by constants.

void lower_vector_shift(Assembler& code, Opcode opcode, Xmm d, Xmm a, Reg count) {
    if (const HostShift* shift = host_shift(opcode)) {
        take_count(code, count, shift->width);
        return shift_by(code, *shift, d, a, x);
    }
    switch (opcode) {
        case i8x16_shl:
            take_count(code, count, 8);
            bytes_shifted_right(code);
            code.vector2(pand, d, a, y);
            return shift_by(code, words_left, d, d, x);
        case i8x16_shr_u:
            take_count(code, count, 8);
            bytes_shifted_right(code);
            shift_by(code, words_right, d, a, x);
            return code.vector2(pand, d, d, y);
        case i8x16_shr_s:
            // As the upper halves of 16-bit lanes.
            take_count(code, count, 8, 8);
            code.vector2(punpckhbw, y, a, a);
            code.vector2(punpcklbw, d, a, a);
            shift_by(code, words_signed, y, y, x);
            shift_by(code, words_signed, d, d, x);
            return code.vector2(packsswb, d, d, y);
        default:  // i64x2_shr_s
            take_count(code, count, 64);
            load_constant(code, y, code.constant64(uint64_t{1} << 63));
            shift_by(code, quadwords_right, y, y, x);
            shift_by(code, quadwords_right, d, a, x);
            code.vector2(pxor, d, d, y);
            return code.vector2(psubq, d, d, y);
    }
}

void lower_vector_shift(Assembler& code, Opcode opcode, Xmm d, Xmm a, uint32_t count) {
    const HostShift* shift = host_shift(opcode);
    count %= shift != nullptr ? shift->width : opcode == i64x2_shr_s ? 64 : 8;
    if (count == 0) {
        return code.movap(d, a);
    }
    if (shift != nullptr) {
        return shift_by(code, *shift, d, a, count);
    }
    switch (opcode) {
        case i8x16_shl:
            if (count == 1) {
                return code.vector2(paddb, d, a, a);
            }
            shift_by(code, words_left, d, a, count);
            return code.vector2(pand, d, d, all_bytes(code, 0xffu << count));
        case i8x16_shr_u:
            shift_by(code, words_right, d, a, count);
            return code.vector2(pand, d, d, all_bytes(code, 0xffu >> count));
        case i8x16_shr_s: {
            if (count == 7) {
                set_zero(code, y);
                return code.vector2(pcmpgtb, d, y, a);
            }
            const Mem sign = all_bytes(code, 0x80u >> count);
            shift_by(code, words_right, d, a, count);
            code.vector2(pand, d, d, all_bytes(code, 0xffu >> count));
            code.vector2(pxor, d, d, sign);
            return code.vector2(psubb, d, d, sign);
        }
        default: {  // i64x2_shr_s
            if (count == 63) {
                code.vector1(pshufd, d, a, 0xf5);
                return shift_by(code, doublewords_signed, d, d, 31);
            }
            const Mem sign = code.constant64((uint64_t{1} << 63) >> count);
            shift_by(code, quadwords_right, d, a, count);
            code.vector2(pxor, d, d, sign);
            return code.vector2(psubq, d, d, sign);
        }
    }
}

}  // namespace epsilon::baseline
