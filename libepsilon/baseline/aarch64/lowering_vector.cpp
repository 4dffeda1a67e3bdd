// SPDX-License-Identifier: Apache-2.0
#include "baseline/aarch64/lowering_vector.h"

#include "baseline/code_table.h"

namespace epsilon::baseline {

using namespace codes;

namespace {

using enum Opcode;

// What is one instruction with the same operands.
constexpr auto unary_codes = by_opcode<uint32_t>({
    {v128_not, mvn_16b},

    {i8x16_abs, abs_16b},
    {i16x8_abs, abs_8h},
    {i32x4_abs, abs_4s},
    {i64x2_abs, abs_2d},
    {i8x16_neg, neg_16b},
    {i16x8_neg, neg_8h},
    {i32x4_neg, neg_4s},
    {i64x2_neg, neg_2d},
    {i8x16_popcnt, cnt_16b},

    {i16x8_extend_low_i8x16_s, sxtl_8h},
    {i16x8_extend_low_i8x16_u, uxtl_8h},
    {i16x8_extend_high_i8x16_s, upper_half(sxtl_8h)},
    {i16x8_extend_high_i8x16_u, upper_half(uxtl_8h)},
    {i32x4_extend_low_i16x8_s, sxtl_4s},
    {i32x4_extend_low_i16x8_u, uxtl_4s},
    {i32x4_extend_high_i16x8_s, upper_half(sxtl_4s)},
    {i32x4_extend_high_i16x8_u, upper_half(uxtl_4s)},
    {i64x2_extend_low_i32x4_s, sxtl_2d},
    {i64x2_extend_low_i32x4_u, uxtl_2d},
    {i64x2_extend_high_i32x4_s, upper_half(sxtl_2d)},
    {i64x2_extend_high_i32x4_u, upper_half(uxtl_2d)},
    {i16x8_extadd_pairwise_i8x16_s, saddlp_8h},
    {i16x8_extadd_pairwise_i8x16_u, uaddlp_8h},
    {i32x4_extadd_pairwise_i16x8_s, saddlp_4s},
    {i32x4_extadd_pairwise_i16x8_u, uaddlp_4s},
});

constexpr auto binary_codes = by_opcode<uint32_t>({
    {i8x16_swizzle, tbl_1},

    {v128_and, and_16b},
    {v128_andnot, bic_16b},
    {v128_or, orr_16b},
    {v128_xor, eor_16b},

    {i8x16_add, add_16b},
    {i8x16_sub, sub_16b},
    {i16x8_add, add_8h},
    {i16x8_sub, sub_8h},
    {i16x8_mul, mul_8h},
    {i32x4_add, add_4s},
    {i32x4_sub, sub_4s},
    {i32x4_mul, mul_4s},
    {i64x2_add, add_2d},
    {i64x2_sub, sub_2d},

    {i8x16_add_sat_s, sqadd_16b},
    {i8x16_add_sat_u, uqadd_16b},
    {i8x16_sub_sat_s, sqsub_16b},
    {i8x16_sub_sat_u, uqsub_16b},
    {i16x8_add_sat_s, sqadd_8h},
    {i16x8_add_sat_u, uqadd_8h},
    {i16x8_sub_sat_s, sqsub_8h},
    {i16x8_sub_sat_u, uqsub_8h},
    {i8x16_avgr_u, urhadd_16b},
    {i16x8_avgr_u, urhadd_8h},
    {i16x8_q15mulr_sat_s, sqrdmulh_8h},

    {i8x16_min_s, smin_16b},
    {i8x16_min_u, umin_16b},
    {i8x16_max_s, smax_16b},
    {i8x16_max_u, umax_16b},
    {i16x8_min_s, smin_8h},
    {i16x8_min_u, umin_8h},
    {i16x8_max_s, smax_8h},
    {i16x8_max_u, umax_8h},
    {i32x4_min_s, smin_4s},
    {i32x4_min_u, umin_4s},
    {i32x4_max_s, smax_4s},
    {i32x4_max_u, umax_4s},

    {i16x8_extmul_low_i8x16_s, smull_8h},
    {i16x8_extmul_low_i8x16_u, umull_8h},
    {i16x8_extmul_high_i8x16_s, upper_half(smull_8h)},
    {i16x8_extmul_high_i8x16_u, upper_half(umull_8h)},
    {i32x4_extmul_low_i16x8_s, smull_4s},
    {i32x4_extmul_low_i16x8_u, umull_4s},
    {i32x4_extmul_high_i16x8_s, upper_half(smull_4s)},
    {i32x4_extmul_high_i16x8_u, upper_half(umull_4s)},
    {i64x2_extmul_low_i32x4_s, smull_2d},
    {i64x2_extmul_low_i32x4_u, umull_2d},
    {i64x2_extmul_high_i32x4_s, upper_half(smull_2d)},
    {i64x2_extmul_high_i32x4_u, upper_half(umull_2d)},

    {i8x16_eq, cmeq_16b},
    {i8x16_gt_s, cmgt_16b},
    {i8x16_ge_s, cmge_16b},
    {i8x16_gt_u, cmhi_16b},
    {i8x16_ge_u, cmhs_16b},
    {i16x8_eq, cmeq_8h},
    {i16x8_gt_s, cmgt_8h},
    {i16x8_ge_s, cmge_8h},
    {i16x8_gt_u, cmhi_8h},
    {i16x8_ge_u, cmhs_8h},
    {i32x4_eq, cmeq_4s},
    {i32x4_gt_s, cmgt_4s},
    {i32x4_ge_s, cmge_4s},
    {i32x4_gt_u, cmhi_4s},
    {i32x4_ge_u, cmhs_4s},
    {i64x2_eq, cmeq_2d},
    {i64x2_gt_s, cmgt_2d},
    {i64x2_ge_s, cmge_2d},
});

// What is one instruction with the operands the other way round.
constexpr auto swapped_codes = by_opcode<uint32_t>({
    {i8x16_lt_s, cmgt_16b},
    {i8x16_le_s, cmge_16b},
    {i8x16_lt_u, cmhi_16b},
    {i8x16_le_u, cmhs_16b},
    {i16x8_lt_s, cmgt_8h},
    {i16x8_le_s, cmge_8h},
    {i16x8_lt_u, cmhi_8h},
    {i16x8_le_u, cmhs_8h},
    {i32x4_lt_s, cmgt_4s},
    {i32x4_le_s, cmge_4s},
    {i32x4_lt_u, cmhi_4s},
    {i32x4_le_u, cmhs_4s},
    {i64x2_lt_s, cmgt_2d},
    {i64x2_le_s, cmge_2d},
});

}  // namespace

void lower_vector_unary(Assembler& code, Opcode opcode, Vec d, Vec a) {
    if (const uint32_t one = unary_codes[size_t(opcode)]) {
        code.op(one, d, a);
    } else {
        lower_float_lanes_unary(code, opcode, d, a);
    }
}

void lower_vector_binary(Assembler& code, Opcode opcode, Vec d, Vec a, Vec b) {
    if (const uint32_t one = binary_codes[size_t(opcode)]) {
        code.op(one, d, a, b);
    } else if (const uint32_t swapped = swapped_codes[size_t(opcode)]) {
        code.op(swapped, d, b, a);
    } else {
        lower_integer_binary(code, opcode, d, a, b);
    }
}

// v128.bitselect, the only one.
void lower_vector_ternary(Assembler& code, Opcode, Vec d, Vec a, Vec b, Vec c) {
    if (d == c) {
        code.op(bsl_16b, d, a, b);
    } else if (d == b) {
        code.op(bit_16b, d, a, c);
    } else {
        move(code, d, a);
        code.op(bif_16b, d, b, c);
    }
}

}  // namespace epsilon::baseline
