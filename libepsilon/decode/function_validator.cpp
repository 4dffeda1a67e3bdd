// SPDX-License-Identifier: Apache-2.0
#include "decode/function_validator.h"

#include <algorithm>

#include "base/byte_reader.h"
#include "base/text.h"
#include "wasm/type_reader.h"

namespace epsilon {

FunctionValidator::FunctionValidator(const Module& module, const ModuleLimits& limits,
                                     const std::vector<bool>& declared)
    : module_(module),
      limits_(limits),
      declared_(declared),
      reader_(*module.bytes, 0, 0, module.features),
      stack_(limits.operands) {}

ErrorPtr FunctionValidator::validate(uint32_t defined_function) {
    defined_ = defined_function;
    const uint32_t function = module_.imported_functions + defined_function;
    const uint32_t type_index = module_.functions[function];
    type_ = &module_.types[type_index];
    stack_.reset();
    branch_tables_ = 0;
    frames_.clear();
    frames_.push_back({0, type_index, {}, BlockType::Form::type_index, FrameKind::function, false});
    if (read_locals(module_.bodies[defined_function]) && run()) [[likely]] {
        return nullptr;
    }
    error_->message += concat(", in function ", function);
    if (const std::string_view name = module_.function_name(function); !name.empty()) {
        error_->message += concat(" ", quoted(name));
    }
    return std::move(error_);
}

bool FunctionValidator::fail(ErrorKind kind, std::string message) {
    error_ = make_error(kind, std::move(message), instruction_.offset);
    return false;
}

bool FunctionValidator::fail_mismatch() {
    const OperandStack::Mismatch& mismatch = stack_.mismatch();
    const std::string expected =
        mismatch.expected == ValueType::bottom ? "a value" : to_string(mismatch.expected);
    const std::string found = mismatch.is_empty ? "nothing" : to_string(mismatch.found);
    return fail(ErrorKind::invalid, concat("type mismatch: ", opcode_info(instruction_.opcode).text,
                                           " expected ", expected, ", found ", found));
}

bool FunctionValidator::fail_depth() {
    return fail(ErrorKind::limit,
                concat("operand stack too deep: the limit is ", limits_.operands, " values"));
}

bool FunctionValidator::read_locals(const FunctionBody& body) {
    locals_.reset(type_->params);
    ByteReader reader(*module_.bytes, body.begin, body.end);
    Result<uint32_t> groups = reader.u32("count of local declarations");
    if (!groups) {
        error_ = groups.take_error();
        return false;
    }
    uint64_t declared = 0;
    for (uint32_t left = *groups; left > 0; --left) {
        instruction_.offset = uint32_t(reader.position());
        Result<uint32_t> count = reader.u32("count of locals");
        if (!count) {
            error_ = count.take_error();
            return false;
        }
        Result<ValueType> type = read_value_type(reader, module_.features);
        if (!type) {
            error_ = type.take_error();
            return false;
        }
        declared += *count;
        if (declared + type_->params.size() <= limits_.locals) {
            locals_.add(*count, *type);
        }
    }
    if (declared > UINT32_MAX) {
        return fail(ErrorKind::malformed,
                    concat("too many locals: ", declared, " are more than 2^32 - 1"));
    }
    if (declared + type_->params.size() > limits_.locals) {
        return fail(ErrorKind::limit, concat("too many locals: ", declared + type_->params.size(),
                                             " exceed the limit of ", limits_.locals));
    }
    reader_ =
        InstructionReader(*module_.bytes, uint32_t(reader.position()), body.end, module_.features);
    return true;
}

// The body ran out before its last `end`. The specification's decoder reads on behind the body,
// and what its tests expect depends on what it finds there.
bool FunctionValidator::check_end() {
    const FunctionBody& body = module_.bodies[defined_];
    instruction_.offset = body.end;
    const std::string_view message =
        body.end == module_.bytes->size()       ? "unexpected end of section or function"
        : defined_ + 1 == module_.bodies.size() ? "section size mismatch"
                                                : "END opcode expected";
    return fail(ErrorKind::malformed,
                concat(message, ": the function body ends with ", frames_.size(),
                       frames_.size() == 1 ? " block open" : " blocks open"));
}

bool FunctionValidator::run() {
    // A copy, so that its position can stay in a register.
    InstructionReader reader = reader_;
    // For the opcodes seen most: their immediates are read without a second switch.
    const auto read = [&](Immediates immediates) __attribute__((always_inline)) {
        return reader.read_immediates(instruction_, immediates, error_);
    };
    for (;;) {
        if (reader.at_end()) [[unlikely]] {
            return check_end();
        }
        if (!reader.read_opcode(instruction_, error_)) [[unlikely]] {
            return false;
        }
        // For the one value that an instruction may push; lists make their own room.
        if (!stack_.ensure(1)) [[unlikely]] {
            return fail_depth();
        }
        switch (instruction_.opcode) {
            case Opcode::local_get:
                if (!read(Immediates::local) ||
                    !check_index(instruction_.index, locals_.count(), "local")) {
                    return false;
                }
                stack_.push(locals_[instruction_.index]);
                continue;
            case Opcode::local_set:
                if (!read(Immediates::local) ||
                    !check_index(instruction_.index, locals_.count(), "local") ||
                    !pop(locals_[instruction_.index])) {
                    return false;
                }
                continue;
            case Opcode::local_tee: {
                if (!read(Immediates::local) ||
                    !check_index(instruction_.index, locals_.count(), "local")) {
                    return false;
                }
                const ValueType type = locals_[instruction_.index];
                if (!pop(type)) {
                    return false;
                }
                stack_.push(type);
                continue;
            }
            case Opcode::i32_const:
                if (!read(Immediates::i32)) {
                    return false;
                }
                stack_.push(ValueType::i32);
                continue;
            case Opcode::global_get:
                if (!read(Immediates::global) ||
                    !check_index(instruction_.index, module_.globals.size(), "global")) {
                    return false;
                }
                stack_.push(module_.globals[instruction_.index].type.value);
                continue;
            case Opcode::block:
                if (!read(Immediates::block_type) || !open(FrameKind::block)) {
                    return false;
                }
                continue;
            case Opcode::loop:
                if (!read(Immediates::block_type) || !open(FrameKind::loop)) {
                    return false;
                }
                continue;
            case Opcode::if_:
                if (!read(Immediates::block_type) || !pop(ValueType::i32) ||
                    !open(FrameKind::if_)) {
                    return false;
                }
                continue;
            case Opcode::end:
                if (!close()) {
                    return false;
                }
                if (frames_.empty()) {
                    if (!reader.at_end()) {
                        instruction_.offset = reader.position();
                        return fail(
                            ErrorKind::malformed,
                            "section size mismatch: the function body goes on after its end");
                    }
                    return true;
                }
                continue;
            case Opcode::br: {
                const Frame* frame;
                if (!read(Immediates::label) || !find_label(instruction_.index, frame) ||
                    !pop_list(label_types(*frame))) {
                    return false;
                }
                stack_.set_unreachable();
                continue;
            }
            case Opcode::br_if: {
                const Frame* frame;
                if (!read(Immediates::label) || !pop(ValueType::i32) ||
                    !find_label(instruction_.index, frame)) {
                    return false;
                }
                const std::span<const ValueType> types = label_types(*frame);
                // Popping and pushing back changes something only where types were unknown.
                if (!stack_.top_has(types) && (!pop_list(types) || !push_list(types))) {
                    return false;
                }
                continue;
            }
            case Opcode::call: {
                const FunctionType* type;
                if (!read(Immediates::function) || !find_callee(type) || !call(*type)) {
                    return false;
                }
                continue;
            }
            case Opcode::i32_load:
            case Opcode::i64_load:
            case Opcode::i32_load8_u:
            case Opcode::i32_store:
            case Opcode::i64_store:
            case Opcode::i32_store8:
                if (!read(Immediates::memory_argument) || !step_simple()) {
                    return false;
                }
                continue;
            default: {
                const SimpleSignature& signature = simple_signatures[size_t(instruction_.opcode)];
                if (!signature.has_no_immediates && !reader.read_immediates(instruction_, error_)) {
                    return false;
                }
                if (!(signature.is_simple ? step_simple() : step_rare())) {
                    return false;
                }
            }
        }
    }
}

inline bool FunctionValidator::step_simple() {
    const SimpleSignature& signature = simple_signatures[size_t(instruction_.opcode)];
    if (signature.check == SimpleSignature::Check::memory) {
        if (!check_memory_argument(signature)) {
            return false;
        }
    } else if (signature.check != SimpleSignature::Check::none && !check_immediates(signature)) {
        return false;
    }
    for (unsigned i = signature.operand_count; i-- > 0;) {
        if (!pop(signature.operands[i])) {
            return false;
        }
    }
    if (signature.has_result) {
        stack_.push(signature.result);
    }
    return true;
}

bool FunctionValidator::check_index(uint64_t index, size_t count, std::string_view what) {
    if (index < count) [[likely]] {
        return true;
    }
    return fail(ErrorKind::invalid,
                concat("unknown ", what, " ", index, ": ", opcode_info(instruction_.opcode).text,
                       " has ", count, " to choose from"));
}

bool FunctionValidator::check_memory(uint32_t memory) {
    return check_index(memory, module_.memories.size(), "memory");
}

bool FunctionValidator::check_memory_argument(const SimpleSignature& signature) {
    const MemoryArgument& memory = instruction_.memory;
    if (!check_memory(memory.memory)) {
        return false;
    }
    if (memory.align_log2 > signature.align_log2) {
        return fail(ErrorKind::invalid,
                    concat("alignment must not be larger than natural: ",
                           opcode_info(instruction_.opcode).text, " has 2^", memory.align_log2,
                           ", natural is 2^", signature.align_log2));
    }
    if (memory.offset > UINT32_MAX) {
        return fail(ErrorKind::invalid,
                    concat("offset out of range: ", memory.offset, " does not fit in 32 bits"));
    }
    return true;
}

bool FunctionValidator::check_immediates(const SimpleSignature& signature) {
    if (signature.check == SimpleSignature::Check::memory_lane &&
        !check_memory_argument(signature)) {
        return false;
    }
    const bool is_shuffle = signature.check == SimpleSignature::Check::lanes16;
    const uint8_t* lanes = is_shuffle ? instruction_.bytes : &instruction_.lane;
    for (size_t i = 0; i < (is_shuffle ? sizeof instruction_.bytes : 1); ++i) {
        if (lanes[i] >= signature.lanes) {
            return fail(ErrorKind::invalid, concat("invalid lane index: ", lanes[i], " of ",
                                                   opcode_info(instruction_.opcode).text,
                                                   " is not below ", signature.lanes));
        }
    }
    return true;
}

std::span<const ValueType> FunctionValidator::params(const Frame& frame) const {
    if (frame.form != BlockType::Form::type_index) {
        return {};
    }
    return module_.types[frame.type_index].params;
}

std::span<const ValueType> FunctionValidator::results(const Frame& frame) const {
    switch (frame.form) {
        case BlockType::Form::empty:
            return {};
        case BlockType::Form::value:
            return {&frame.value, 1};
        case BlockType::Form::type_index:
            break;
    }
    return module_.types[frame.type_index].results;
}

std::span<const ValueType> FunctionValidator::label_types(const Frame& frame) const {
    return frame.kind == FrameKind::loop ? params(frame) : results(frame);
}

bool FunctionValidator::open(FrameKind kind) {
    const BlockType& block = instruction_.block;
    Frame frame{0, block.type_index, block.value, block.form, kind, stack_.is_unreachable()};
    if (block.form == BlockType::Form::type_index &&
        !check_index(block.type_index, module_.types.size(), "type")) {
        return false;
    }
    if (!pop_list(params(frame))) {
        return false;
    }
    frame.base = uint32_t(stack_.base());
    stack_.enter();
    frames_.push_back(frame);
    return push_list(params(frame));
}

bool FunctionValidator::open_else() {
    Frame& frame = frames_.back();
    if (frame.kind != FrameKind::if_) {
        return fail(ErrorKind::malformed, "END opcode expected: else without an if");
    }
    if (!pop_list(results(frame))) {
        return false;
    }
    if (stack_.size() != 0) {
        return fail(ErrorKind::invalid,
                    concat("type mismatch: ", stack_.size(), " values too many before else"));
    }
    const size_t base = frame.base;
    const bool is_unreachable = frame.is_unreachable;
    stack_.leave(base, is_unreachable);
    stack_.enter();
    frame.kind = FrameKind::else_;
    return push_list(params(frame));
}

bool FunctionValidator::close() {
    const Frame frame = frames_.back();
    const std::span<const ValueType> types = results(frame);
    if (!pop_list(types)) {
        return false;
    }
    if (stack_.size() != 0) {
        return fail(ErrorKind::invalid,
                    concat("type mismatch: ", stack_.size(), " values too many at the end of a ",
                           frame.kind == FrameKind::function ? "function" : "block"));
    }
    // An if without else passes its parameters on.
    if (frame.kind == FrameKind::if_) {
        const std::span<const ValueType> without = params(frame);
        if (!std::equal(without.begin(), without.end(), types.begin(), types.end())) {
            return fail(ErrorKind::invalid,
                        "type mismatch: if without else must have results like its parameters");
        }
    }
    stack_.leave(frame.base, frame.is_unreachable);
    frames_.pop_back();
    return push_list(types);
}

bool FunctionValidator::find_label(uint32_t depth, const Frame*& frame) {
    if (depth >= frames_.size()) {
        return fail(ErrorKind::invalid,
                    concat("unknown label ", depth, ": ", opcode_info(instruction_.opcode).text,
                           " is in ", frames_.size(), " blocks"));
    }
    frame = &frames_[frames_.size() - 1 - depth];
    return true;
}

bool FunctionValidator::find_callee(const FunctionType*& type) {
    if (!check_index(instruction_.index, module_.functions.size(), "function")) {
        return false;
    }
    type = &module_.function_type(instruction_.index);
    return true;
}

bool FunctionValidator::call(const FunctionType& type) {
    return pop_list(type.params) && push_list(type.results);
}

}  // namespace epsilon
