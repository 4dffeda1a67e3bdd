// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

#include "base/leb128.h"
#include "base/result.h"
#include "wasm/opcode.h"
#include "wasm/opcode_tables.h"
#include "wasm/types.h"

namespace epsilon {

// Block type of block, loop, if (specification: Binary Format, Control Instructions).
struct BlockType {
    enum class Form : uint8_t { empty, value, type_index };
    Form form = Form::empty;
    ValueType value;
    uint32_t type_index = 0;
};

struct MemoryArgument {
    uint32_t memory = 0;
    uint32_t align_log2 = 0;
    uint64_t offset = 0;
};

// One instruction with its immediates. Vectors of immediates stay in the binary and are read
// through the reader's cursor functions, so that reading never allocates.
// Only the fields that the opcode's immediates call for are set by a read; the others keep what
// they had.
struct Instruction {
    Opcode opcode = Opcode::nop;
    uint32_t offset = 0;  // of the opcode, in bytes from the start of the module
    union {
        uint32_t index = 0;  // label, function, type, local, global, table, segment, memory
        int32_t i32;
        int64_t i64;
        uint32_t f32_bits;
        uint64_t f64_bits;
        uint32_t count;  // label_table: labels before the default; value_types: types
    };
    uint32_t index2 = 0;  // the second index of a pair
    uint8_t lane = 0;
    uint32_t list_begin = 0;  // offset of a list's first element (labels, value types)
    BlockType block;
    MemoryArgument memory;
    HeapType heap = HeapType::bottom;
    uint8_t bytes[16] = {};  // v128.const, i8x16.shuffle
};

// Reads instructions one after the other from [begin, end) of a module's bytes. Used by the
// validator on hostile input, and by the translator and the printer on validated input.
// Implementation limits are the decoder's business, not the reader's. Cheap to copy; after a
// failed read it must not be read from again.
class InstructionReader {
public:
    InstructionReader(std::span<const uint8_t> module, uint32_t begin, uint32_t end,
                      Features features)
        : module_(module),
          at_(module.data() + begin),
          end_(module.data() + end),
          features_(features) {}

    bool at_end() const { return at_ == end_; }
    uint32_t position() const { return uint32_t(at_ - module_.data()); }

    // Fails with the specification's message when the bytes are malformed, or with an
    // unsupported error when the instruction's feature is off.
    Result<void> next(Instruction& instruction) {
        ErrorPtr error;
        if (read(instruction, error)) [[likely]] {
            return {};
        }
        return error;
    }

    // The same for inner loops: false on failure, with the error in `error`, which is left alone
    // otherwise.
    bool read(Instruction& instruction, ErrorPtr& error) {
        return read_opcode(instruction, error) && read_immediates(instruction, error);
    }

    // The same in two steps, for a loop that switches on the opcode between them. Each first step
    // must be followed by a second.
    bool read_opcode(Instruction& instruction, ErrorPtr& error) {
        instruction.offset = position();
        if (at_ == end_) [[unlikely]] {
            return fail_end(error);
        }
        const uint8_t byte = *at_++;
        Opcode opcode = opcode_tables::single_byte[byte];
        if (opcode == Opcode::count) {
            opcode = read_prefixed(byte, error);
            if (opcode == Opcode::count) {
                return false;
            }
        }
        instruction.opcode = opcode;
        if (!features_.has(opcode_tables::read_infos[size_t(opcode)].feature)) [[unlikely]] {
            return fail_feature(instruction, error);
        }
        return true;
    }
    bool read_immediates(Instruction& instruction, ErrorPtr& error) {
        return read_immediates(
            instruction, opcode_tables::read_infos[size_t(instruction.opcode)].immediates, error);
    }
    // With the kind of immediates of instruction.opcode, which the caller knows.
    bool read_immediates(Instruction& instruction, Immediates immediates, ErrorPtr& error) {
        switch (immediates) {
            case Immediates::none:
                return true;
            case Immediates::label:
            case Immediates::function:
            case Immediates::local:
            case Immediates::global:
            case Immediates::table:
            case Immediates::element:
            case Immediates::data:
                return read_u32(instruction.index, error);
            case Immediates::memory:
                return read_memory_index(instruction.index, error);
            case Immediates::i32:
                if (at_ != end_ && *at_ < 0x80) [[likely]] {
                    // Sign extension of seven bits.
                    instruction.i32 = int32_t(uint32_t(*at_++) << 25) >> 25;
                    return true;
                }
                return read_i32(instruction.i32, error);
            case Immediates::block_type:
                if (at_ != end_ && *at_ == 0x40) [[likely]] {
                    ++at_;
                    instruction.block.form = BlockType::Form::empty;
                    return true;
                }
                return read_block_type(instruction, error);
            case Immediates::memory_argument:
                // Alignment below 64: no memory index. Nearly all offsets take one or two bytes.
                if (end_ - at_ >= 2 && at_[0] < 0x40 && at_[1] < 0x80) [[likely]] {
                    instruction.memory = {0, at_[0], at_[1]};
                    at_ += 2;
                    return true;
                }
                return read_memory_argument(instruction, error);
            default:
                return read_rare(instruction, immediates, error);
        }
    }

    // For callers who walk a list of label_table or value_types: reads the elements at
    // list_begin, in order. The bytes were checked by the read.
    class List {
    public:
        List(std::span<const uint8_t> module, uint32_t begin) : at_(module.data() + begin) {}
        uint32_t next_u32() {
            uint32_t value = *at_ & 0x7f;
            for (unsigned shift = 7; (*at_++ & 0x80) != 0; shift += 7) {
                value |= uint32_t(*at_ & 0x7f) << shift;
            }
            return value;
        }
        ValueType next_value_type();
        uint32_t position(std::span<const uint8_t> module) const {
            return uint32_t(at_ - module.data());
        }

    private:
        const uint8_t* at_;
    };
    List list(const Instruction& instruction) const {
        return List(module_, instruction.list_begin);
    }

private:
    bool read_u32(uint32_t& value, ErrorPtr& error) {
        if (at_ != end_ && *at_ < 0x80) [[likely]] {
            value = *at_++;
            return true;
        }
        return read_long_u32(value, error);
    }

    // These return false with the error set.
    bool fail(ErrorKind kind, std::string message, const uint8_t* at, ErrorPtr& error) const;
    bool fail_end(ErrorPtr& error) const;
    bool fail_feature(const Instruction& instruction, ErrorPtr& error) const;

    template <class T, unsigned bits = sizeof(T) * 8>
    bool read_integer(T& value, ErrorPtr& error);
    bool read_long_u32(uint32_t& value, ErrorPtr& error);
    bool read_i32(int32_t& value, ErrorPtr& error);
    bool read_memory_index(uint32_t& memory, ErrorPtr& error);
    bool read_block_type(Instruction& instruction, ErrorPtr& error);
    bool read_memory_argument(Instruction& instruction, ErrorPtr& error);
    bool read_bytes(void* to, size_t count, ErrorPtr& error);
    bool read_label_table(Instruction& instruction, ErrorPtr& error);
    bool read_value_types(Instruction& instruction, ErrorPtr& error);
    bool read_heap(Instruction& instruction, ErrorPtr& error);
    bool read_rare(Instruction& instruction, Immediates immediates, ErrorPtr& error);
    // Opcode::count on failure.
    Opcode read_prefixed(uint8_t byte, ErrorPtr& error);

    std::span<const uint8_t> module_;
    const uint8_t* at_;
    const uint8_t* end_;
    Features features_;
};

}  // namespace epsilon
