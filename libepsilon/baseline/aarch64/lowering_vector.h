// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "baseline/aarch64/assembler.h"
#include "baseline/aarch64/vector_codes.h"
#include "baseline/lowering.h"

// What the files lowering_vector*.cpp share. In them d is the result and a, b and c are operands,
// any of which may be d: once d is written to, only scratch registers are read.
namespace epsilon::baseline {

// Scratch registers; all of v23 to v31 are.
constexpr Vec x = Vec::v23;
constexpr Vec y = Vec::v24;
constexpr Vec z = Vec::v25;

inline void move(Assembler& code, Vec d, Vec a) {
    if (d != a) {
        code.mov(d, a);
    }
}

// d <- a, with one lane of `size` bytes from b. That of b is number `from`. x may be b.
void insert_lane(Assembler& code, uint32_t size, Vec d, Vec a, unsigned lane, Vec b, unsigned from);

// Those that are more than one instruction.
void lower_integer_binary(Assembler& code, Opcode opcode, Vec d, Vec a, Vec b);
// All of lanes of floats, comparisons and conversions among them.
void lower_float_lanes_unary(Assembler& code, Opcode opcode, Vec d, Vec a);
void lower_float_lanes_binary(Assembler& code, Opcode opcode, Vec d, Vec a, Vec b);

}  // namespace epsilon::baseline
