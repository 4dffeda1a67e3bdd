// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>

#include "wasm/opcode_tables.h"
#include "wasm/types.h"

// The validator's view of opcodes.def: operand and result types of the instructions whose types
// depend on nothing, and what of their immediates needs a check.

namespace epsilon {

struct SimpleSignature {
    enum class Check : uint8_t { none, memory, memory_lane, lane, lanes16 };

    uint8_t operand_count = 0;
    bool has_result = false;
    bool is_simple = false;  // false: the validator has a case of its own
    bool has_no_immediates = false;
    Check check = Check::none;
    uint8_t align_log2 = 0;  // natural alignment
    uint8_t lanes = 0;       // lane indices are below this
    ValueType operands[3] = {};
    ValueType result;
};

constexpr ValueType value_type_of_letter(char letter) {
    switch (letter) {
        case 'i':
            return ValueType::i32;
        case 'l':
            return ValueType::i64;
        case 'f':
            return ValueType::f32;
        case 'd':
            return ValueType::f64;
        case 'v':
            return ValueType::v128;
        default:
            return ValueType::bottom;
    }
}

// Of a vector shape such as "i16x8.": the number behind the x.
constexpr uint8_t lanes_of_shape(std::string_view text) {
    const size_t x = text.find('x');
    unsigned lanes = 0;
    for (size_t i = x + 1; x != std::string_view::npos && i < text.size() && text[i] != '.'; ++i) {
        lanes = lanes * 10 + unsigned(text[i] - '0');
    }
    return uint8_t(lanes);
}

constexpr SimpleSignature make_signature(const OpcodeInfo& info) {
    SimpleSignature signature;
    signature.has_no_immediates = info.immediates == Immediates::none;
    if (info.signature == "special") {
        return signature;
    }
    signature.is_simple = true;
    const size_t bar = info.signature.find('_');
    signature.operand_count = uint8_t(bar);
    for (size_t i = 0; i < bar; ++i) {
        signature.operands[i] = value_type_of_letter(info.signature[i]);
    }
    if (bar + 1 < info.signature.size()) {
        signature.has_result = true;
        signature.result = value_type_of_letter(info.signature[bar + 1]);
    }
    while ((1u << signature.align_log2) < info.width) {
        ++signature.align_log2;
    }
    switch (info.immediates) {
        case Immediates::memory_argument:
            signature.check = SimpleSignature::Check::memory;
            break;
        case Immediates::memory_lane:
            signature.check = SimpleSignature::Check::memory_lane;
            signature.lanes = uint8_t(16 / info.width);
            break;
        case Immediates::lane:
            signature.check = SimpleSignature::Check::lane;
            signature.lanes = lanes_of_shape(info.text);
            break;
        case Immediates::lanes16:
            signature.check = SimpleSignature::Check::lanes16;
            signature.lanes = 32;
            break;
        default:
            break;
    }
    return signature;
}

constexpr auto make_signatures() {
    std::array<SimpleSignature, opcode_tables::opcode_count> table{};
    for (size_t i = 0; i < table.size(); ++i) {
        table[i] = make_signature(opcode_tables::infos[i]);
    }
    return table;
}

inline constexpr auto simple_signatures = make_signatures();

}  // namespace epsilon
