// SPDX-License-Identifier: Apache-2.0
#include "wasm/instruction_reader.h"

#include <bit>
#include <cstring>

#include "base/byte_reader.h"
#include "base/text.h"
#include "wasm/type_reader.h"
#include "wasm/unsupported.h"

namespace epsilon {

// Constants are copied from the binary as they stand.
static_assert(std::endian::native == std::endian::little);

bool InstructionReader::fail(ErrorKind kind, std::string message, const uint8_t* at,
                             ErrorPtr& error) const {
    error = make_error(kind, std::move(message), uint64_t(at - module_.data()));
    return false;
}

bool InstructionReader::fail_end(ErrorPtr& error) const {
    return fail(ErrorKind::malformed,
                "unexpected end of section or function: an instruction is missing or cut off", at_,
                error);
}

bool InstructionReader::fail_feature(const Instruction& instruction, ErrorPtr& error) const {
    const OpcodeInfo& info = opcode_info(instruction.opcode);
    error = switched_off(info.feature, info.text, instruction.offset);
    return false;
}

template <class T, unsigned bits>
bool InstructionReader::read_integer(T& value, ErrorPtr& error) {
    // Looked at beyond the body's end, as ByteReader does and explains.
    const uint8_t* at = at_;
    const LebStatus status = read_leb128<T, bits>(at, module_.data() + module_.size(), value);
    if (status == LebStatus::ok && at <= end_) {
        at_ = at;
        return true;
    }
    if (status == LebStatus::ok || status == LebStatus::end) {
        return fail_end(error);
    }
    return fail(ErrorKind::malformed,
                concat(leb_message(status), ": ", bits, "-bit immediate of an instruction"), at,
                error);
}

bool InstructionReader::read_long_u32(uint32_t& value, ErrorPtr& error) {
    return read_integer(value, error);
}

bool InstructionReader::read_i32(int32_t& value, ErrorPtr& error) {
    return read_integer(value, error);
}

bool InstructionReader::read_memory_index(uint32_t& memory, ErrorPtr& error) {
    const uint32_t offset = position();
    if (!read_u32(memory, error)) {
        return false;
    }
    // Without the feature the place holds a reserved zero byte.
    if (!features_.has(Feature::multi_memory) && (memory != 0 || position() != offset + 1)) {
        error = switched_off(Feature::multi_memory, "memory index of an instruction", offset);
        return false;
    }
    return true;
}

bool InstructionReader::read_block_type(Instruction& instruction, ErrorPtr& error) {
    if (at_ == end_) {
        return fail_end(error);
    }
    const uint32_t offset = position();
    BlockType& block = instruction.block;
    const uint8_t byte = *at_;
    if (byte == 0x40) {
        ++at_;
        block.form = BlockType::Form::empty;
        return true;
    }
    // A negative number of one byte is a value type; 0x63 and 0x64 begin longer ones.
    if ((byte & 0xc0) == 0x40) {
        ByteReader reader(module_, offset, size_t(end_ - module_.data()));
        Result<ValueType> type = read_value_type(reader, features_);
        if (!type) {
            error = type.take_error();
            return false;
        }
        at_ = module_.data() + reader.position();
        block.form = BlockType::Form::value;
        block.value = *type;
        return true;
    }
    int64_t index;
    if (!read_integer<int64_t, 33>(index, error)) {
        return false;
    }
    if (index < 0) {
        return fail(ErrorKind::malformed, "malformed block type: negative type index",
                    module_.data() + offset, error);
    }
    if (!features_.has(Feature::multi_value)) {
        error = switched_off(Feature::multi_value, "block type given by a type index", offset);
        return false;
    }
    block.form = BlockType::Form::type_index;
    block.type_index = uint32_t(index);
    return true;
}

bool InstructionReader::read_memory_argument(Instruction& instruction, ErrorPtr& error) {
    MemoryArgument& memory = instruction.memory;
    const uint32_t offset = position();
    uint32_t flags;
    if (!read_u32(flags, error)) {
        return false;
    }
    memory.memory = 0;
    if (flags >= 0x40) {
        if (flags >= 0x80) {
            return fail(ErrorKind::malformed,
                        concat("malformed memop flags: 0x", hex(flags), " in ",
                               opcode_info(instruction.opcode).text),
                        module_.data() + offset, error);
        }
        if (!features_.has(Feature::multi_memory)) {
            error = switched_off(Feature::multi_memory, "memory index of an instruction", offset);
            return false;
        }
        flags -= 0x40;
        if (!read_u32(memory.memory, error)) {
            return false;
        }
    }
    memory.align_log2 = flags;
    return read_integer(memory.offset, error);
}

bool InstructionReader::read_bytes(void* to, size_t count, ErrorPtr& error) {
    if (size_t(end_ - at_) < count) {
        return fail_end(error);
    }
    std::memcpy(to, at_, count);
    at_ += count;
    return true;
}

bool InstructionReader::read_label_table(Instruction& instruction, ErrorPtr& error) {
    if (!read_u32(instruction.count, error)) {
        return false;
    }
    instruction.list_begin = position();
    // The default label comes after `count` others; each takes a byte at least.
    if (instruction.count >= size_t(end_ - at_)) {
        return fail(
            ErrorKind::malformed,
            concat("unexpected end of section or function: br_table has ", instruction.count,
                   " labels and a default, ", end_ - at_, " bytes are left"),
            at_, error);
    }
    for (uint32_t left = instruction.count; left > 0; --left) {
        uint32_t label;
        if (!read_u32(label, error)) {
            return false;
        }
    }
    return read_u32(instruction.index2, error);
}

bool InstructionReader::read_value_types(Instruction& instruction, ErrorPtr& error) {
    if (!read_u32(instruction.count, error)) {
        return false;
    }
    instruction.list_begin = position();
    ByteReader reader(module_, position(), size_t(end_ - module_.data()));
    for (uint32_t left = instruction.count; left > 0; --left) {
        if (Result<ValueType> type = read_value_type(reader, features_); !type) {
            error = type.take_error();
            return false;
        }
    }
    at_ = module_.data() + reader.position();
    return true;
}

bool InstructionReader::read_heap(Instruction& instruction, ErrorPtr& error) {
    ByteReader reader(module_, position(), size_t(end_ - module_.data()));
    Result<HeapType> heap = read_heap_type(reader, features_);
    if (!heap) {
        error = heap.take_error();
        return false;
    }
    instruction.heap = *heap;
    at_ = module_.data() + reader.position();
    return true;
}

bool InstructionReader::read_rare(Instruction& instruction, Immediates immediates,
                                  ErrorPtr& error) {
    switch (immediates) {
        case Immediates::label_table:
            return read_label_table(instruction, error);
        case Immediates::value_types:
            return read_value_types(instruction, error);
        case Immediates::type_table: {
            if (!read_u32(instruction.index, error)) {
                return false;
            }
            const uint32_t offset = position();
            if (!read_u32(instruction.index2, error)) {
                return false;
            }
            if (!features_.has(Feature::reference_types) &&
                (instruction.index2 != 0 || position() != offset + 1)) {
                error =
                    switched_off(Feature::reference_types, "table index of call_indirect", offset);
                return false;
            }
            return true;
        }
        case Immediates::table_table:
        case Immediates::element_table:
            return read_u32(instruction.index, error) && read_u32(instruction.index2, error);
        case Immediates::data_memory:
            return read_u32(instruction.index, error) &&
                   read_memory_index(instruction.index2, error);
        case Immediates::memory_memory:
            return read_memory_index(instruction.index, error) &&
                   read_memory_index(instruction.index2, error);
        case Immediates::memory_lane:
            return read_memory_argument(instruction, error) &&
                   read_bytes(&instruction.lane, 1, error);
        case Immediates::lane:
            return read_bytes(&instruction.lane, 1, error);
        case Immediates::lanes16:
        case Immediates::v128:
            return read_bytes(instruction.bytes, sizeof instruction.bytes, error);
        case Immediates::heap_type:
            return read_heap(instruction, error);
        case Immediates::i64:
            return read_integer(instruction.i64, error);
        case Immediates::f32:
            return read_bytes(&instruction.f32_bits, 4, error);
        case Immediates::f64:
            return read_bytes(&instruction.f64_bits, 8, error);
        default:
            // All others are read in the header.
            return false;
    }
}

Opcode InstructionReader::read_prefixed(uint8_t byte, ErrorPtr& error) {
    const uint8_t* const start = at_ - 1;
    if (byte != 0xfc && byte != 0xfd) {
        if (const std::string_view proposal = proposal_of_opcode(byte); !proposal.empty()) {
            error = missing_proposal(proposal, concat("opcode ", hex(byte)),
                                     uint64_t(start - module_.data()));
        } else {
            fail(ErrorKind::malformed, concat("illegal opcode ", hex(byte)), start, error);
        }
        return Opcode::count;
    }
    uint32_t code;
    if (!read_u32(code, error)) {
        return Opcode::count;
    }
    const Opcode opcode = opcode_from_prefixed(byte, code);
    if (opcode == Opcode::count) {
        const std::string text = concat(hex(byte), " ", hex(code));
        if (const std::string_view proposal = proposal_of_prefixed_opcode(byte, code);
            !proposal.empty()) {
            error = missing_proposal(proposal, concat("opcode ", text),
                                     uint64_t(start - module_.data()));
        } else {
            fail(ErrorKind::malformed, concat("illegal opcode ", text), start, error);
        }
    }
    return opcode;
}

ValueType InstructionReader::List::next_value_type() {
    return value_type_of_byte(*at_++);
}

}  // namespace epsilon
