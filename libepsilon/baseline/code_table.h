// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>

#include "wasm/opcode.h"

// A processor's instructions by the WebAssembly instruction that they are.
namespace epsilon::baseline {

template <typename Code>
struct CodeRow {
    Opcode opcode;
    Code code;
};

// Codes by opcodes; zeros for those without a row.
template <typename Code, size_t n>
consteval std::array<Code, size_t(Opcode::count)> by_opcode(const CodeRow<Code> (&rows)[n]) {
    std::array<Code, size_t(Opcode::count)> table{};
    for (const CodeRow<Code>& row : rows) {
        table[size_t(row.opcode)] = row.code;
    }
    return table;
}

}  // namespace epsilon::baseline
