// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "baseline/lowering.h"
#include "baseline/x64/assembler.h"
#include "baseline/x64/vector_codes.h"

// What the files lowering_vector*.cpp share. In them d is the result and a, b and c are operands,
// any of which may be d: once d is written to, only scratch registers are read.
namespace epsilon::baseline {

// The scratch registers.
constexpr Xmm x = Xmm::xmm15;
constexpr Xmm y = Xmm::xmm14;

inline void set_zero(Assembler& code, Xmm d) {
    code.vector2(codes::pxor, d, d, d);
}
inline void set_ones(Assembler& code, Xmm d) {
    code.vector2(codes::pcmpeqd, d, d, d);
}
// d <- ~a; y is lost.
inline void invert(Assembler& code, Xmm d, Xmm a) {
    set_ones(code, y);
    code.vector2(codes::pxor, d, a, y);
}
inline void load_constant(Assembler& code, Xmm d, const Mem& constant) {
    code.vector1(codes::movaps, d, constant);
}

// Those that are more than one instruction.
void lower_integer_unary(Assembler& code, Opcode opcode, Xmm d, Xmm a);
void lower_integer_binary(Assembler& code, Opcode opcode, Xmm d, Xmm a, Xmm b);
void lower_comparison(Assembler& code, Opcode opcode, Xmm d, Xmm a, Xmm b);
void lower_float_lanes_unary(Assembler& code, Opcode opcode, Xmm d, Xmm a);
void lower_float_lanes_binary(Assembler& code, Opcode opcode, Xmm d, Xmm a, Xmm b);

}  // namespace epsilon::baseline
