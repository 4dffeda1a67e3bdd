// SPDX-License-Identifier: Apache-2.0
#include "baseline/x64/lowering_vector.h"

#include <cstddef>

#include "baseline/code_table.h"

namespace epsilon::baseline {

using namespace codes;

namespace {

using enum Opcode;

// What is one instruction with the same operands.
constexpr auto unary_codes = by_opcode<VectorCode>({
    {i8x16_abs, pabsb},
    {i16x8_abs, pabsw},
    {i32x4_abs, pabsd},
    {i16x8_extend_low_i8x16_s, pmovsxbw},
    {i16x8_extend_low_i8x16_u, pmovzxbw},
    {i32x4_extend_low_i16x8_s, pmovsxwd},
    {i32x4_extend_low_i16x8_u, pmovzxwd},
    {i64x2_extend_low_i32x4_s, pmovsxdq},
    {i64x2_extend_low_i32x4_u, pmovzxdq},
    {f32x4_sqrt, sqrtps},
    {f64x2_sqrt, sqrtpd},
    {f32x4_convert_i32x4_s, cvtdq2ps},
    {f64x2_convert_low_i32x4_s, cvtdq2pd},
    {f32x4_demote_f64x2_zero, cvtpd2ps},
    {f64x2_promote_low_f32x4, cvtps2pd},
});

constexpr auto binary_codes = by_opcode<VectorCode>({
    {v128_and, pand},
    {v128_or, por},
    {v128_xor, pxor},

    {i8x16_add, paddb},
    {i8x16_sub, psubb},
    {i16x8_add, paddw},
    {i16x8_sub, psubw},
    {i16x8_mul, pmullw},
    {i32x4_add, paddd},
    {i32x4_sub, psubd},
    {i32x4_mul, pmulld},
    {i64x2_add, paddq},
    {i64x2_sub, psubq},

    {i8x16_add_sat_s, paddsb},
    {i8x16_add_sat_u, paddusb},
    {i8x16_sub_sat_s, psubsb},
    {i8x16_sub_sat_u, psubusb},
    {i16x8_add_sat_s, paddsw},
    {i16x8_add_sat_u, paddusw},
    {i16x8_sub_sat_s, psubsw},
    {i16x8_sub_sat_u, psubusw},
    {i8x16_avgr_u, pavgb},
    {i16x8_avgr_u, pavgw},
    {i32x4_dot_i16x8_s, pmaddwd},

    {i8x16_min_s, pminsb},
    {i8x16_min_u, pminub},
    {i8x16_max_s, pmaxsb},
    {i8x16_max_u, pmaxub},
    {i16x8_min_s, pminsw},
    {i16x8_min_u, pminuw},
    {i16x8_max_s, pmaxsw},
    {i16x8_max_u, pmaxuw},
    {i32x4_min_s, pminsd},
    {i32x4_min_u, pminud},
    {i32x4_max_s, pmaxsd},
    {i32x4_max_u, pmaxud},

    {i8x16_eq, pcmpeqb},
    {i8x16_gt_s, pcmpgtb},
    {i16x8_eq, pcmpeqw},
    {i16x8_gt_s, pcmpgtw},
    {i32x4_eq, pcmpeqd},
    {i32x4_gt_s, pcmpgtd},
    {i64x2_eq, pcmpeqq},

    {i8x16_narrow_i16x8_s, packsswb},
    {i8x16_narrow_i16x8_u, packuswb},
    {i16x8_narrow_i32x4_s, packssdw},
    {i16x8_narrow_i32x4_u, packusdw},

    {f32x4_add, addps},
    {f32x4_sub, subps},
    {f32x4_mul, mulps},
    {f32x4_div, divps},
    {f64x2_add, addpd},
    {f64x2_sub, subpd},
    {f64x2_mul, mulpd},
    {f64x2_div, divpd},
});

// What is one instruction with the operands the other way round.
constexpr auto swapped_codes = by_opcode<VectorCode>({
    {v128_andnot, pandn},
    {i8x16_lt_s, pcmpgtb},
    {i16x8_lt_s, pcmpgtw},
    {i32x4_lt_s, pcmpgtd},
    {f32x4_pmin, minps},
    {f32x4_pmax, maxps},
    {f64x2_pmin, minpd},
    {f64x2_pmax, maxpd},
});

constexpr bool is_there(const VectorCode& code) {
    return code.map != 0;
}

}  // namespace

void lower_vector_unary(Assembler& code, Opcode opcode, Xmm d, Xmm a) {
    if (const VectorCode& one = unary_codes[size_t(opcode)]; is_there(one)) {
        code.vector1(one, d, a);
    } else {
        lower_integer_unary(code, opcode, d, a);
    }
}

void lower_vector_binary(Assembler& code, Opcode opcode, Xmm d, Xmm a, Xmm b) {
    if (const VectorCode& one = binary_codes[size_t(opcode)]; is_there(one)) {
        code.vector2(one, d, a, b);
    } else if (const VectorCode& swapped = swapped_codes[size_t(opcode)]; is_there(swapped)) {
        code.vector2(swapped, d, b, a);
    } else {
        lower_integer_binary(code, opcode, d, a, b);
    }
}

// v128.bitselect, the only one: b ^ ((a ^ b) & c).
void lower_vector_ternary(Assembler& code, Opcode, Xmm d, Xmm a, Xmm b, Xmm c) {
    code.vector2(pxor, x, a, b);
    code.vector2(pand, x, x, c);
    code.vector2(pxor, d, x, b);
}

}  // namespace epsilon::baseline
