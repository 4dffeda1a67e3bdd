// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "wasm/opcode.h"

// Tables made from opcodes.def at compile time, for the readers' inner loops.

namespace epsilon::opcode_tables {

inline constexpr size_t opcode_count = size_t(Opcode::count);

inline constexpr std::array<OpcodeInfo, opcode_count> infos = {{
#define EPSILON_OP(name, prefix, code, text, immediates, signature, width, feature, lowering) \
    {prefix, width, code, Immediates::immediates, Feature::feature, text, #signature},
#include "wasm/opcodes.def"
#undef EPSILON_OP
}};

using ByteTable = std::array<Opcode, 256>;

constexpr ByteTable table_of_prefix(uint8_t prefix) {
    ByteTable table{};
    for (Opcode& entry : table) {
        entry = Opcode::count;
    }
    for (size_t i = 0; i < opcode_count; ++i) {
        if (infos[i].prefix == prefix && infos[i].code < table.size()) {
            table[infos[i].code] = Opcode(i);
        }
    }
    return table;
}

inline constexpr ByteTable single_byte = table_of_prefix(0);
inline constexpr ByteTable prefix_fc = table_of_prefix(0xfc);
inline constexpr ByteTable prefix_fd = table_of_prefix(0xfd);

// What the instruction reader needs of a row.
struct ReadInfo {
    Immediates immediates;
    Feature feature;
};

constexpr std::array<ReadInfo, opcode_count> make_read_infos() {
    std::array<ReadInfo, opcode_count> table{};
    for (size_t i = 0; i < opcode_count; ++i) {
        table[i] = {infos[i].immediates, infos[i].feature};
    }
    return table;
}

inline constexpr std::array<ReadInfo, opcode_count> read_infos = make_read_infos();

}  // namespace epsilon::opcode_tables
