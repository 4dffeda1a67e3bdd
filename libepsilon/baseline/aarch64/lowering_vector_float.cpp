// SPDX-License-Identifier: Apache-2.0
// Arithmetic, comparisons and conversions of lanes of floats.
#include "baseline/aarch64/float_codes.h"
#include "baseline/aarch64/lowering_vector.h"
#include "baseline/code_table.h"

namespace epsilon::baseline {

using namespace float_codes;

namespace {

using enum Opcode;

// What is one instruction with the same operands.
constexpr auto unary_codes = by_opcode<uint32_t>({
    {f32x4_abs, fabs_lanes},
    {f64x2_abs, fabs_lanes | f64},
    {f32x4_neg, fneg_lanes},
    {f64x2_neg, fneg_lanes | f64},
    {f32x4_sqrt, fsqrt_lanes},
    {f64x2_sqrt, fsqrt_lanes | f64},
    {f32x4_ceil, frintp_lanes},
    {f64x2_ceil, frintp_lanes | f64},
    {f32x4_floor, frintm_lanes},
    {f64x2_floor, frintm_lanes | f64},
    {f32x4_trunc, frintz_lanes},
    {f64x2_trunc, frintz_lanes | f64},
    {f32x4_nearest, frintn_lanes},
    {f64x2_nearest, frintn_lanes | f64},
    {f32x4_convert_i32x4_s, scvtf_lanes},
    {f32x4_convert_i32x4_u, ucvtf_lanes},
    {i32x4_trunc_sat_f32x4_s, fcvtzs_lanes},
    {i32x4_trunc_sat_f32x4_u, fcvtzu_lanes},
    {f32x4_demote_f64x2_zero, demote_lanes},
    {f64x2_promote_low_f32x4, promote_lanes},
});

constexpr auto binary_codes = by_opcode<uint32_t>({
    {f32x4_add, fadd_lanes},
    {f64x2_add, fadd_lanes | f64},
    {f32x4_sub, fsub_lanes},
    {f64x2_sub, fsub_lanes | f64},
    {f32x4_mul, fmul_lanes},
    {f64x2_mul, fmul_lanes | f64},
    {f32x4_div, fdiv_lanes},
    {f64x2_div, fdiv_lanes | f64},
    {f32x4_min, fmin_lanes},
    {f64x2_min, fmin_lanes | f64},
    {f32x4_max, fmax_lanes},
    {f64x2_max, fmax_lanes | f64},
    {f32x4_eq, fcmeq_lanes},
    {f64x2_eq, fcmeq_lanes | f64},
    {f32x4_gt, fcmgt_lanes},
    {f64x2_gt, fcmgt_lanes | f64},
    {f32x4_ge, fcmge_lanes},
    {f64x2_ge, fcmge_lanes | f64},
});

// What is one instruction with the operands the other way round.
constexpr auto swapped_codes = by_opcode<uint32_t>({
    {f32x4_lt, fcmgt_lanes},
    {f64x2_lt, fcmgt_lanes | f64},
    {f32x4_le, fcmge_lanes},
    {f64x2_le, fcmge_lanes | f64},
});

// Two instructions, one after the other.
void convert(Assembler& code, uint32_t first, uint32_t second, Vec d, Vec a) {
    code.op(first, d, a);
    code.op(second, d, d);
}

void not_equal(Assembler& code, uint32_t kind, Vec d, Vec a, Vec b) {
    code.op(fcmeq_lanes | kind, d, a, b);
    code.op(not_bits, d, d);
}

// d <- greater > less ? b : a, in each lane.
void choose(Assembler& code, uint32_t kind, Vec greater, Vec less, Vec d, Vec a, Vec b) {
    code.op(fcmgt_lanes | kind, x, greater, less);
    if (d == b) {
        return code.op(insert_if_false, d, a, x);
    }
    if (d != a) {
        code.mov(d, a);
    }
    code.op(insert_if_true, d, b, x);
}

}  // namespace

void lower_float_lanes_unary(Assembler& code, Opcode opcode, Vec d, Vec a) {
    switch (opcode) {
        case f64x2_convert_low_i32x4_s:
            return convert(code, widen_s_lanes, scvtf_lanes | f64, d, a);
        case f64x2_convert_low_i32x4_u:
            return convert(code, widen_u_lanes, ucvtf_lanes | f64, d, a);
        case i32x4_trunc_sat_f64x2_s_zero:
            return convert(code, fcvtzs_lanes | f64, narrow_s_lanes, d, a);
        case i32x4_trunc_sat_f64x2_u_zero:
            return convert(code, fcvtzu_lanes | f64, narrow_u_lanes, d, a);
        default:
            return code.op(unary_codes[size_t(opcode)], d, a);
    }
}

void lower_float_lanes_binary(Assembler& code, Opcode opcode, Vec d, Vec a, Vec b) {
    switch (opcode) {
        case f32x4_ne:
            return not_equal(code, 0, d, a, b);
        case f64x2_ne:
            return not_equal(code, f64, d, a, b);
        case f32x4_pmin:  // b < a ? b : a
            return choose(code, 0, a, b, d, a, b);
        case f64x2_pmin:
            return choose(code, f64, a, b, d, a, b);
        case f32x4_pmax:  // a < b ? b : a
            return choose(code, 0, b, a, d, a, b);
        case f64x2_pmax:
            return choose(code, f64, b, a, d, a, b);
        default:
            break;
    }
    if (const uint32_t swapped = swapped_codes[size_t(opcode)]; swapped != 0) {
        return code.op(swapped, d, b, a);
    }
    code.op(binary_codes[size_t(opcode)], d, a, b);
}

}  // namespace epsilon::baseline
