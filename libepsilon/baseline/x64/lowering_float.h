// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "baseline/target.h"
#include "wasm/opcode.h"

// What lowering.h doesn't say of scalar floats, as it is so on x86-64 alone.
namespace epsilon::baseline {

// Whether the operation's second operand may be in memory: of add, sub, mul and div.
bool has_memory_form(Opcode opcode);
void lower_float_binary(Assembler& code, Opcode opcode, Xmm d, Xmm a, const Mem& b);

}  // namespace epsilon::baseline
