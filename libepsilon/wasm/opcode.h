// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

#include "wasm/features.h"

namespace epsilon {

enum class Opcode : uint16_t {
#define EPSILON_OP(name, prefix, code, text, immediates, signature, width, feature, lowering) name,
#include "wasm/opcodes.def"
#undef EPSILON_OP
    count,
};

// What follows an opcode in the binary format.
enum class Immediates : uint8_t {
    none,
    block_type,
    label,
    label_table,
    function,
    type_table,   // type index, table index
    value_types,  // vector of value types
    local,
    global,
    table,
    table_table,    // destination, source
    element_table,  // element segment, table
    element,
    memory,
    memory_memory,  // destination, source
    data_memory,    // data segment, memory
    data,
    memory_argument,  // alignment, memory index when flagged, offset
    memory_lane,      // memory argument, lane
    lane,
    lanes16,
    heap_type,
    i32,
    i64,
    f32,
    f64,
    v128,
};

struct OpcodeInfo {
    uint8_t prefix;
    uint8_t width;  // bytes accessed in memory
    uint16_t code;
    Immediates immediates;
    Feature feature;
    std::string_view text;
    std::string_view signature;  // see opcodes.def
};

const OpcodeInfo& opcode_info(Opcode opcode);

// Opcode::count when there is no such instruction.
Opcode opcode_from_byte(uint8_t code);
Opcode opcode_from_prefixed(uint8_t prefix, uint32_t code);

}  // namespace epsilon
