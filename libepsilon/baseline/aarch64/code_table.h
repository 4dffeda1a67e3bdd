// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "wasm/opcode.h"

// Instructions by the WebAssembly instruction that they are.
namespace epsilon::baseline {

struct Row {
    Opcode opcode;
    uint32_t code;
};

// Codes by opcodes; 0 for those without a row.
template <size_t n>
consteval std::array<uint32_t, size_t(Opcode::count)> by_opcode(const Row (&rows)[n]) {
    std::array<uint32_t, size_t(Opcode::count)> table{};
    for (const Row& row : rows) {
        table[size_t(row.opcode)] = row.code;
    }
    return table;
}

}  // namespace epsilon::baseline
