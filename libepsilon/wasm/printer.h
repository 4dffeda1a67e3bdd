// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "wasm/instruction_reader.h"

namespace epsilon {

// An instruction just read by `reader`, as the text format writes it in a body:
// "i32.load offset=4 align=2", "br_table 0 1 2". Long lists are cut ("...").
std::string to_string(const Instruction& instruction, const InstructionReader& reader);

}  // namespace epsilon
