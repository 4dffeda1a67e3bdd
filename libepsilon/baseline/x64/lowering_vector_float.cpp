// SPDX-License-Identifier: Apache-2.0
// Arithmetic and conversions of lanes of floats, those that aren't one instruction.
#include "baseline/x64/lowering_vector.h"

namespace epsilon::baseline {

using namespace codes;

namespace {

using enum Opcode;

// How roundps and roundpd round, without an exception when that is inexact.
constexpr uint8_t to_nearest = 8;
constexpr uint8_t downwards = 9;
constexpr uint8_t upwards = 10;
constexpr uint8_t towards_zero = 11;

// Predicates of cmpps and cmppd.
constexpr uint8_t unordered = 3;
constexpr uint8_t not_less = 5;
constexpr uint8_t ordered = 7;

// Constants.
constexpr uint32_t f32_2_31 = 0x4f000000;            // 2^31
constexpr uint32_t f32_2_39_2_23 = 0x53000080;       // 2^39 + 2^23
constexpr uint64_t f64_2_31_1 = 0x41dfffffffc00000;  // 2^31 - 1
constexpr uint64_t f64_2_32_1 = 0x41efffffffe00000;  // 2^32 - 1
constexpr uint64_t f64_2_52 = 0x4330000000000000;    // 2^52

struct Lanes {
    VectorCode min, max, compare;
    VectorCode shift;
    uint8_t payload;  // all ones shifted by it are the bits of a NaN's payload below the quiet bit
};
constexpr Lanes f32x4 = {minps, maxps, cmpps, shift_doublewords, 10};
constexpr Lanes f64x2 = {minpd, maxpd, cmppd, shift_quadwords, 13};

// The host's minimum and maximum yield the second operand for zeros, so both orders are joined.
// Where an operand is NaN, the result is the canonical NaN with its sign set: all bits except those
// of the payload below the quiet bit.
void extreme(Assembler& code, const Lanes& lanes, const VectorCode& one_order,
             const VectorCode& join, Xmm d, Xmm a, Xmm b) {
    code.vector2(one_order, x, a, b);
    code.vector2(one_order, y, b, a);
    code.vector2(join, x, x, y);
    code.vector2(commuting(lanes.compare), y, a, b, unordered);
    code.vector2(orps, x, x, y);
    code.vector_shift(lanes.shift, digit_srl, y, y, lanes.payload);
    code.vector2(andnps, d, y, x);
}

// The 16-bit halves become the digits of floats with fixed exponents, 2^23 + low and
// 2^39 + high * 2^16. Taking 2^39 + 2^23 off the second is exact; only the last sum is rounded.
void f32x4_from_unsigned(Assembler& code, Xmm d, Xmm a) {
    code.vector2(pblendw, x, a, code.constant32(0x4b000000), 0xaa);
    code.vector_shift(shift_doublewords, digit_srl, y, a, 16);
    code.vector2(por, y, y, code.constant32(0x53000000));
    code.vector2(subps, y, y, code.constant32(f32_2_39_2_23));
    code.vector2(addps, d, y, x);
}

// The integer becomes the low digits of 2^52 + integer.
void f64x2_from_unsigned(Assembler& code, Xmm d, Xmm a) {
    code.vector2(punpckldq, d, a, code.constant32(f64_2_52 >> 32));
    code.vector2(subpd, d, d, code.constant64(f64_2_52));
}

// The host's conversion gives the smallest integer for all that doesn't fit: right for negative
// values, one more than the largest integer for positive ones, and NaN is made 0 before.
void signed_from_f32x4(Assembler& code, Xmm d, Xmm a) {
    code.vector2(cmpps, x, a, a, ordered);
    code.vector2(andps, x, x, a);
    code.vector2(cmpps, y, x, code.constant32(f32_2_31), not_less);
    code.vector1(cvttps2dq, x, x);
    code.vector2(pxor, d, x, y);
}

// For values from 2^31 on, the first conversion gives 2^31, and the second one the rest.
void unsigned_from_f32x4(Assembler& code, Xmm d, Xmm a) {
    set_zero(code, x);
    code.vector2(maxps, d, a, x);
    code.vector2(subps, y, d, code.constant32(f32_2_31));
    code.vector2(maxps, y, y, x);
    code.vector2(cmpps, x, y, code.constant32(f32_2_31), not_less);
    code.vector1(cvttps2dq, y, y);
    code.vector2(pxor, y, y, x);
    code.vector1(cvttps2dq, d, d);
    code.vector2(paddd, d, d, y);
}

// The minimum with NaN is its second operand, which then is 0.
void signed_from_f64x2(Assembler& code, Xmm d, Xmm a) {
    code.vector2(cmppd, x, a, a, ordered);
    code.vector2(andps, x, x, code.constant64(f64_2_31_1));
    code.vector2(minpd, d, a, x);
    code.vector1(cvttpd2dq, d, d);
}

// The integer is in the lowest bits of 2^52 + integer.
void unsigned_from_f64x2(Assembler& code, Xmm d, Xmm a) {
    set_zero(code, x);
    code.vector2(maxpd, d, a, x);
    code.vector2(minpd, d, d, code.constant64(f64_2_32_1));
    code.vector1(roundpd, d, d, towards_zero);
    code.vector2(addpd, d, d, code.constant64(f64_2_52));
    code.vector2(shufps, d, d, x, 0x88);
}

}  // namespace

void lower_float_lanes_unary(Assembler& code, Opcode opcode, Xmm d, Xmm a) {
    switch (opcode) {
        case f32x4_abs:
            return code.vector2(andps, d, a, code.constant32(0x7fffffff));
        case f32x4_neg:
            return code.vector2(xorps, d, a, code.constant32(0x80000000));
        case f64x2_abs:
            return code.vector2(andps, d, a, code.constant64(0x7fffffffffffffff));
        case f64x2_neg:
            return code.vector2(xorps, d, a, code.constant64(0x8000000000000000));
        case f32x4_ceil:
            return code.vector1(roundps, d, a, upwards);
        case f32x4_floor:
            return code.vector1(roundps, d, a, downwards);
        case f32x4_trunc:
            return code.vector1(roundps, d, a, towards_zero);
        case f32x4_nearest:
            return code.vector1(roundps, d, a, to_nearest);
        case f64x2_ceil:
            return code.vector1(roundpd, d, a, upwards);
        case f64x2_floor:
            return code.vector1(roundpd, d, a, downwards);
        case f64x2_trunc:
            return code.vector1(roundpd, d, a, towards_zero);
        case f64x2_nearest:
            return code.vector1(roundpd, d, a, to_nearest);
        case f32x4_convert_i32x4_u:
            return f32x4_from_unsigned(code, d, a);
        case f64x2_convert_low_i32x4_u:
            return f64x2_from_unsigned(code, d, a);
        case i32x4_trunc_sat_f32x4_s:
            return signed_from_f32x4(code, d, a);
        case i32x4_trunc_sat_f32x4_u:
            return unsigned_from_f32x4(code, d, a);
        case i32x4_trunc_sat_f64x2_s_zero:
            return signed_from_f64x2(code, d, a);
        default:  // i32x4_trunc_sat_f64x2_u_zero
            return unsigned_from_f64x2(code, d, a);
    }
}

void lower_float_lanes_binary(Assembler& code, Opcode opcode, Xmm d, Xmm a, Xmm b) {
    switch (opcode) {
        case f32x4_min:
            return extreme(code, f32x4, minps, orps, d, a, b);
        case f32x4_max:
            return extreme(code, f32x4, maxps, andps, d, a, b);
        case f64x2_min:
            return extreme(code, f64x2, minpd, orps, d, a, b);
        default:  // f64x2_max
            return extreme(code, f64x2, maxpd, andps, d, a, b);
    }
}

}  // namespace epsilon::baseline
