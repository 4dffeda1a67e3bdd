// SPDX-License-Identifier: Apache-2.0
#include "wasm/printer.h"

#include <bit>
#include <cinttypes>
#include <cmath>
#include <cstdio>

#include "base/text.h"

namespace epsilon {

namespace {

constexpr uint32_t longest_list = 64;

void append_block_type(std::string& text, const BlockType& block) {
    if (block.form == BlockType::Form::value) {
        text += concat(" (result ", to_string(block.value), ")");
    } else if (block.form == BlockType::Form::type_index) {
        text += concat(" (type ", block.type_index, ")");
    }
}

void append_memory_argument(std::string& text, const Instruction& instruction) {
    const MemoryArgument& memory = instruction.memory;
    if (memory.memory != 0) {
        text += concat(" ", memory.memory);
    }
    if (memory.offset != 0) {
        text += concat(" offset=", memory.offset);
    }
    if ((uint64_t{1} << memory.align_log2) != opcode_info(instruction.opcode).width) {
        text += concat(" align=", uint64_t{1} << memory.align_log2);
    }
}

// Exact: hexadecimal, NaNs with their payload.
template <class Float, class Bits>
void append_float(std::string& text, Bits bits, int fraction_bits) {
    const auto value = std::bit_cast<Float>(bits);
    char buffer[64];
    if (std::isnan(value)) {
        const Bits payload = bits & ((Bits{1} << fraction_bits) - 1);
        std::snprintf(buffer, sizeof buffer, " %snan:0x%" PRIx64, std::signbit(value) ? "-" : "",
                      uint64_t(payload));
    } else {
        std::snprintf(buffer, sizeof buffer, " %a", double(value));
    }
    text += buffer;
}

void append_bytes(std::string& text, const Instruction& instruction) {
    const bool is_constant = instruction.opcode == Opcode::v128_const;
    text += is_constant ? " i8x16" : "";
    for (const uint8_t byte : instruction.bytes) {
        text += is_constant ? concat(" 0x", hex(byte)) : concat(" ", byte);
    }
}

void append_pair(std::string& text, uint32_t first, uint32_t second) {
    if (first != 0 || second != 0) {
        text += concat(" ", first, " ", second);
    }
}

}  // namespace

std::string to_string(const Instruction& instruction, const InstructionReader& reader) {
    const OpcodeInfo& info = opcode_info(instruction.opcode);
    std::string text(info.text);
    switch (info.immediates) {
        case Immediates::none:
            break;
        case Immediates::block_type:
            append_block_type(text, instruction.block);
            break;
        case Immediates::label_table: {
            auto labels = reader.list(instruction);
            for (uint32_t i = 0; i < instruction.count && i < longest_list; ++i) {
                text += concat(" ", labels.next_u32());
            }
            text += instruction.count > longest_list ? " ..." : "";
            text += concat(" ", instruction.index2);
            break;
        }
        case Immediates::value_types: {
            auto types = reader.list(instruction);
            text += " (result";
            for (uint32_t i = 0; i < instruction.count && i < longest_list; ++i) {
                text += concat(" ", to_string(types.next_value_type()));
            }
            text += instruction.count > longest_list ? " ...)" : ")";
            break;
        }
        case Immediates::label:
        case Immediates::function:
        case Immediates::local:
        case Immediates::global:
        case Immediates::table:
        case Immediates::element:
        case Immediates::data:
            text += concat(" ", instruction.index);
            break;
        case Immediates::memory:
            text += instruction.index != 0 ? concat(" ", instruction.index) : "";
            break;
        case Immediates::type_table:
            text += instruction.index2 != 0 ? concat(" ", instruction.index2) : "";
            text += concat(" (type ", instruction.index, ")");
            break;
        case Immediates::table_table:
        case Immediates::memory_memory:
            append_pair(text, instruction.index, instruction.index2);
            break;
        case Immediates::element_table:
        case Immediates::data_memory:
            // The text format puts the optional table or memory first.
            text += instruction.index2 != 0 ? concat(" ", instruction.index2) : "";
            text += concat(" ", instruction.index);
            break;
        case Immediates::memory_argument:
            append_memory_argument(text, instruction);
            break;
        case Immediates::memory_lane:
            append_memory_argument(text, instruction);
            text += concat(" ", instruction.lane);
            break;
        case Immediates::lane:
            text += concat(" ", instruction.lane);
            break;
        case Immediates::lanes16:
        case Immediates::v128:
            append_bytes(text, instruction);
            break;
        case Immediates::heap_type:
            // A heap type is the reference type's name without its suffix.
            if (instruction.heap == HeapType::func) {
                text += " func";
            } else if (instruction.heap == HeapType::extern_) {
                text += " extern";
            } else {
                text += concat(" ", to_string(ValueType::ref(instruction.heap, true)));
            }
            break;
        case Immediates::i32:
            text += concat(" ", instruction.i32);
            break;
        case Immediates::i64:
            text += concat(" ", instruction.i64);
            break;
        case Immediates::f32:
            append_float<float>(text, instruction.f32_bits, 23);
            break;
        case Immediates::f64:
            append_float<double>(text, instruction.f64_bits, 52);
            break;
    }
    return text;
}

}  // namespace epsilon
