// SPDX-License-Identifier: Apache-2.0
#include "baseline/aarch64/float_codes.h"
#include "baseline/code_table.h"
#include "baseline/lowering.h"

// Nearly all are single instructions, which define NaN, zeros and saturation as WebAssembly has
// them. Of two NaNs they give the first, but a signaling one before a quiet one.
namespace epsilon::baseline {

using namespace float_codes;

namespace {

using enum Opcode;

constexpr Vec scratch = Vec::v23;

// What is one instruction.
constexpr auto codes = by_opcode<uint32_t>({
    {f32_abs, fabs},
    {f64_abs, fabs | f64},
    {f32_neg, fneg},
    {f64_neg, fneg | f64},
    {f32_ceil, frintp},
    {f64_ceil, frintp | f64},
    {f32_floor, frintm},
    {f64_floor, frintm | f64},
    {f32_trunc, frintz},
    {f64_trunc, frintz | f64},
    {f32_nearest, frintn},
    {f64_nearest, frintn | f64},
    {f32_sqrt, fsqrt},
    {f64_sqrt, fsqrt | f64},
    {f64_promote_f32, promote},
    {f32_demote_f64, demote},

    {f32_add, fadd},
    {f64_add, fadd | f64},
    {f32_sub, fsub},
    {f64_sub, fsub | f64},
    {f32_mul, fmul},
    {f64_mul, fmul | f64},
    {f32_div, fdiv},
    {f64_div, fdiv | f64},
    {f32_min, fmin},
    {f64_min, fmin | f64},
    {f32_max, fmax},
    {f64_max, fmax | f64},

    {f32_convert_i32_s, scvtf},
    {f32_convert_i32_u, ucvtf},
    {f32_convert_i64_s, scvtf | int64},
    {f32_convert_i64_u, ucvtf | int64},
    {f64_convert_i32_s, scvtf | f64},
    {f64_convert_i32_u, ucvtf | f64},
    {f64_convert_i64_s, scvtf | f64 | int64},
    {f64_convert_i64_u, ucvtf | f64 | int64},
    {f32_reinterpret_i32, fmov_from_general},
    {f64_reinterpret_i64, fmov_from_general | f64 | int64},

    {i32_trunc_sat_f32_s, fcvtzs},
    {i32_trunc_sat_f32_u, fcvtzu},
    {i32_trunc_sat_f64_s, fcvtzs | f64},
    {i32_trunc_sat_f64_u, fcvtzu | f64},
    {i64_trunc_sat_f32_s, fcvtzs | int64},
    {i64_trunc_sat_f32_u, fcvtzu | int64},
    {i64_trunc_sat_f64_s, fcvtzs | f64 | int64},
    {i64_trunc_sat_f64_u, fcvtzu | f64 | int64},
    {i32_reinterpret_f32, fmov_to_general},
    {i64_reinterpret_f64, fmov_to_general | f64 | int64},
});

void copysign(Assembler& code, uint32_t to_bit, uint32_t to_sign, Vec d, Vec a, Vec b) {
    code.op(to_bit, scratch, b);
    if (d != a) {
        code.mov(d, a);
    }
    code.op(to_sign, d, scratch);
}

// The kind of float is 0 or the bit that makes codes those of f64.
void compare(Assembler& code, uint32_t kind, Vec a, Vec b) {
    code.op(fcmp | kind, Vec::v0, a, b);  // no field for a result
}

// Through 64 bits, which saturate far outside of the range.
void truncate_to_32(Assembler& code, uint32_t kind, Access low_half, Reg d, Vec a, Label overflow,
                    Label invalid) {
    compare(code, kind, a, a);
    code.jcc(Cond::vs, invalid);
    code.op(fcvtzs | int64 | kind, d, a);
    code.cmp_extended(low_half, d, d);
    code.jcc(Cond::ne, overflow);
    if (low_half == Access::s32_64) {
        code.mov(Width::w32, d, d);
    }
}

// Comparisons with the bounds of wasm/numeric_convert.h, which are exact: for signed integers that
// a float has the digits of the smallest one only.
void truncate_to_64(Assembler& code, uint32_t kind, bool is_signed, Reg d, Vec a, Label overflow,
                    Label invalid) {
    constexpr uint64_t f32_end[] = {0x5f800000, 0x5f000000};  // 2^64, 2^63
    constexpr uint64_t f64_end[] = {0x43f0000000000000, 0x43e0000000000000};
    code.mov(Reg::x0, kind == f64 ? f64_end[is_signed] : f32_end[is_signed]);
    code.to_vector(kind == f64 ? Width::w64 : Width::w32, scratch, Reg::x0);
    compare(code, kind, a, scratch);
    code.jcc(Cond::vs, invalid);
    code.jcc(Cond::ge, overflow);
    if (is_signed) {
        code.op(fneg | kind, scratch, scratch);
        compare(code, kind, a, scratch);
        code.jcc(Cond::lt, overflow);
        code.op(fcvtzs | int64 | kind, d, a);
    } else {
        code.op(fmov_minus_one | kind, scratch);
        compare(code, kind, a, scratch);
        code.jcc(Cond::le, overflow);
        code.op(fcvtzu | int64 | kind, d, a);
    }
}

}  // namespace

void lower_float_unary(Assembler& code, Opcode opcode, Vec d, Vec a) {
    code.op(codes[size_t(opcode)], d, a);
}

void lower_float_binary(Assembler& code, Opcode opcode, Vec d, Vec a, Vec b) {
    switch (opcode) {
        case f32_copysign:
            return copysign(code, sign_to_bit_f32, bit_to_sign_f32, d, a, b);
        case f64_copysign:
            return copysign(code, sign_to_bit_f64, bit_to_sign_f64, d, a, b);
        default:
            return code.op(codes[size_t(opcode)], d, a, b);
    }
}

void lower_int_to_float(Assembler& code, Opcode opcode, Vec d, Reg a) {
    code.op(codes[size_t(opcode)], d, a);
}

void lower_float_to_int(Assembler& code, Opcode opcode, Reg d, Vec a) {
    code.op(codes[size_t(opcode)], d, a);
}

void lower_float_to_int_trap(Assembler& code, Opcode opcode, Reg d, Vec a, Label overflow,
                             Label invalid) {
    constexpr uint32_t f32 = 0;
    switch (opcode) {
        case i32_trunc_f32_s:
            return truncate_to_32(code, f32, Access::s32_64, d, a, overflow, invalid);
        case i32_trunc_f32_u:
            return truncate_to_32(code, f32, Access::u32, d, a, overflow, invalid);
        case i32_trunc_f64_s:
            return truncate_to_32(code, f64, Access::s32_64, d, a, overflow, invalid);
        case i32_trunc_f64_u:
            return truncate_to_32(code, f64, Access::u32, d, a, overflow, invalid);
        case i64_trunc_f32_s:
            return truncate_to_64(code, f32, /*is_signed=*/true, d, a, overflow, invalid);
        case i64_trunc_f32_u:
            return truncate_to_64(code, f32, /*is_signed=*/false, d, a, overflow, invalid);
        case i64_trunc_f64_s:
            return truncate_to_64(code, f64, /*is_signed=*/true, d, a, overflow, invalid);
        default:  // i64_trunc_f64_u
            return truncate_to_64(code, f64, /*is_signed=*/false, d, a, overflow, invalid);
    }
}

}  // namespace epsilon::baseline
