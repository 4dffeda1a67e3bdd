// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

// Machine code of x86-64 as text, by a library that is loaded when it is first asked for.
namespace cli {

struct Instruction {
    uint32_t size = 0;
    std::string text;
    // Where in the code it jumps to, or what it takes the address of or reads: the part of the text
    // that says so begins at `operand` and has `operand_size` characters.
    std::optional<uint32_t> target = std::nullopt;
    size_t operand = 0;
    size_t operand_size = 0;
};

// Why there are no texts, or nothing if there are.
std::string why_no_disassembly();

// The instruction at this offset; none where there is no library, or no instruction.
std::optional<Instruction> disassemble(std::span<const uint8_t> code, uint32_t offset);

}  // namespace cli
