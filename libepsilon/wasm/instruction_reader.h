// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

#include "base/result.h"
#include "wasm/opcode.h"
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
// Implementation limits are the decoder's business, not the reader's.
class InstructionReader {
public:
    InstructionReader(std::span<const uint8_t> module, uint32_t begin, uint32_t end,
                      Features features);

    bool at_end() const { return position_ == end_; }
    uint32_t position() const { return position_; }

    // Fails with the specification's message when the bytes are malformed, or with an
    // unsupported error when the instruction's feature is off.
    Result<void> next(Instruction& instruction);

    // For callers who walk a list of label_table or value_types: reads the elements at
    // list_begin, in order. The bytes were checked by next().
    class List {
    public:
        List(std::span<const uint8_t> module, uint32_t begin) : module_(module), at_(begin) {}
        uint32_t next_u32();
        ValueType next_value_type();

    private:
        std::span<const uint8_t> module_;
        uint32_t at_;
    };
    List list(const Instruction& instruction) const {
        return List(module_, instruction.list_begin);
    }

private:
    std::span<const uint8_t> module_;
    uint32_t position_;
    uint32_t end_;
    Features features_;
};

}  // namespace epsilon
