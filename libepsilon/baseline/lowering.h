// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

#include "baseline/target.h"
#include "wasm/opcode.h"

// Machine code of single instructions on floats and vectors, with their operands in registers.
// Results are bit for bit those of wasm/numeric*.h and wasm/simd*.h, NaNs included. Of two NaNs
// operations on scalars give the first (on AArch64 a signaling one before a quiet one); what C++
// compilers make of those headers may exchange operands. Integers of 32 bits are zero above them,
// as operands and as results.
//
// Any of the registers given may be the same, unless it is said otherwise; operands other than the
// result are left as they are. Scratch registers (target.h) are never among those given. Flags are
// lost.
namespace epsilon::baseline {

// --- Scalar floats. An f32 is in the lowest four bytes; the others mean nothing.

// f32 and f64: abs, neg, ceil, floor, trunc, nearest, sqrt; f64.promote_f32, f32.demote_f64.
void lower_float_unary(Assembler& code, Opcode opcode, Vec d, Vec a);
// f32 and f64: add, sub, mul, div, min, max, copysign.
void lower_float_binary(Assembler& code, Opcode opcode, Vec d, Vec a, Vec b);
// convert_i32_s and the like, and reinterpret_i32, _i64.
void lower_int_to_float(Assembler& code, Opcode opcode, Vec d, Reg a);
// reinterpret_f32, _f64 and trunc_sat_*.
void lower_float_to_int(Assembler& code, Opcode opcode, Reg d, Vec a);
// i32.trunc_f64_s and the like: jumps to a label where it traps, `invalid` for NaN; d may be lost
// then.
void lower_float_to_int_trap(Assembler& code, Opcode opcode, Reg d, Vec a, Label overflow,
                             Label invalid);

// --- Vectors (families of opcodes.def)

void lower_vector_unary(Assembler& code, Opcode opcode, Vec d, Vec a);
void lower_vector_binary(Assembler& code, Opcode opcode, Vec d, Vec a, Vec b);
void lower_vector_ternary(Assembler& code, Opcode opcode, Vec d, Vec a, Vec b, Vec c);
// The count is taken modulo the lanes' width.
void lower_vector_shift(Assembler& code, Opcode opcode, Vec d, Vec a, Reg count);
void lower_vector_shift(Assembler& code, Opcode opcode, Vec d, Vec a, uint32_t count);
// any_true, all_true, bitmask.
void lower_vector_test(Assembler& code, Opcode opcode, Reg d, Vec a);
void lower_vector_splat(Assembler& code, Opcode opcode, Vec d, Reg a);  // of integers
void lower_vector_splat(Assembler& code, Opcode opcode, Vec d, Vec a);  // of floats
void lower_vector_extract(Assembler& code, Opcode opcode, Reg d, Vec a, unsigned lane);
void lower_vector_extract(Assembler& code, Opcode opcode, Vec d, Vec a, unsigned lane);
void lower_vector_replace(Assembler& code, Opcode opcode, Vec d, Vec a, Reg b, unsigned lane);
void lower_vector_replace(Assembler& code, Opcode opcode, Vec d, Vec a, Vec b, unsigned lane);
void lower_vector_shuffle(Assembler& code, Vec d, Vec a, Vec b,
                          const std::array<uint8_t, 16>& lanes);
// v128.load, load8x8_s and the like, load_splat, load_zero: the first instruction is the one that
// accesses memory, and the only one. (A distance too far for it takes some before it, on AArch64,
// where all accesses are checked; there the address may also be in general scratch registers.)
void lower_vector_load(Assembler& code, Opcode opcode, Vec d, const Mem& m);
// Lane accesses: likewise. `a` is the vector whose other lanes are taken; of stores, the source.
void lower_vector_load_lane(Assembler& code, Opcode opcode, Vec d, Vec a, const Mem& m,
                            unsigned lane);
// May begin with instructions that don't access memory: gives the position of the one that does.
uint32_t lower_vector_store_lane(Assembler& code, Opcode opcode, Vec a, const Mem& m,
                                 unsigned lane);

// v128.const.
void lower_vector_constant(Assembler& code, Vec d, const std::array<uint8_t, 16>& bytes);

}  // namespace epsilon::baseline
