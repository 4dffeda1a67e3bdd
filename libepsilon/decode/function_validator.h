// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "decode/limits.h"
#include "decode/local_types.h"
#include "decode/operand_stack.h"
#include "decode/signatures.h"
#include "wasm/instruction_reader.h"
#include "wasm/module.h"

namespace epsilon {

// Decodes and validates function bodies, one after the other (specification: Validation,
// Instructions; Appendix, Validation Algorithm). Never recurses. One per thread; what it points
// to is only read.
class FunctionValidator {
public:
    // All but the bodies of `module` is valid. `declared` tells of each function whether ref.func
    // may refer to it.
    FunctionValidator(const Module& module, const ModuleLimits& limits,
                      const std::vector<bool>& declared);

    // The index counts functions without imports. Null when the body is valid. The message ends
    // with the function's index and name.
    ErrorPtr validate(uint32_t defined_function);

private:
    enum class FrameKind : uint8_t { block, loop, if_, else_, function };

    // A block that is open (the algorithm's control frame).
    struct Frame {
        uint32_t base;        // the operand stack's base of the enclosing block
        uint32_t type_index;  // when form is type_index
        ValueType value;      // when form is value
        BlockType::Form form;
        FrameKind kind;
        bool is_unreachable;  // of the enclosing block
        // The last br_table that was checked against its label.
        uint32_t checked_by = 0;
    };

    bool read_locals(const FunctionBody& body);
    bool run();
    bool check_end();
    bool step_simple();
    bool step_rare();

    bool check_memory_argument(const SimpleSignature& signature);
    bool check_immediates(const SimpleSignature& signature);
    bool check_index(uint64_t index, size_t count, std::string_view what);
    bool check_memory(uint32_t memory);

    bool open(FrameKind kind);
    bool open_else();
    bool close();
    bool find_label(uint32_t depth, const Frame*& frame);
    bool branch_table();
    bool call(const FunctionType& type);
    bool tail_call(const FunctionType& type);
    bool find_callee(const FunctionType*& type);
    bool find_indirect_callee(const FunctionType*& type);
    bool select();
    bool typed_select();
    bool reference_to_function();
    bool table_instruction();
    bool bulk_instruction();
    bool check_data_segment(uint32_t segment);

    std::span<const ValueType> params(const Frame& frame) const;
    std::span<const ValueType> results(const Frame& frame) const;
    std::span<const ValueType> label_types(const Frame& frame) const;

    bool pop(ValueType type) { return stack_.pop(type) || fail_mismatch(); }
    bool pop_list(std::span<const ValueType> types) {
        return stack_.pop_list(types) || fail_mismatch();
    }
    bool push_list(std::span<const ValueType> types) {
        return stack_.push_list(types) || fail_depth();
    }
    bool fail(ErrorKind kind, std::string message);
    bool fail_mismatch();
    bool fail_depth();

    const Module& module_;
    const ModuleLimits& limits_;
    const std::vector<bool>& declared_;
    InstructionReader reader_;
    Instruction instruction_;
    OperandStack stack_;
    LocalTypes locals_;
    std::vector<Frame> frames_;
    uint32_t branch_tables_ = 0;          // of the function, so far
    const FunctionType* type_ = nullptr;  // of the function
    uint32_t defined_ = 0;                // its index without imports
    ErrorPtr error_;
};

}  // namespace epsilon
