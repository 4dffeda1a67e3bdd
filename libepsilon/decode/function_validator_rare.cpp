// SPDX-License-Identifier: Apache-2.0
//
// The instructions of the function validator that are not in its inner loop.
#include "base/text.h"
#include "decode/function_validator.h"

namespace epsilon {

bool FunctionValidator::branch_table() {
    const Frame* last;
    if (!pop(ValueType::i32) || !find_label(instruction_.index2, last)) {
        return false;
    }
    const size_t arity = label_types(*last).size();
    auto labels = reader_.list(instruction_);
    // A label may come a million times, and take a thousand values: each is checked once.
    ++branch_tables_;
    for (uint32_t left = instruction_.count; left > 0; --left) {
        const uint32_t depth = labels.next_u32();
        const Frame* frame;
        if (!find_label(depth, frame)) {
            return false;
        }
        if (frame->checked_by == branch_tables_) {
            continue;
        }
        frames_[frames_.size() - 1 - depth].checked_by = branch_tables_;
        const std::span<const ValueType> types = label_types(*frame);
        if (types.size() != arity) {
            return fail(ErrorKind::invalid, concat("type mismatch: labels of br_table take ",
                                                   types.size(), " and ", arity, " values"));
        }
        if (!stack_.check_list(types)) {
            return fail_mismatch();
        }
    }
    if (!pop_list(label_types(*last))) {
        return false;
    }
    stack_.set_unreachable();
    return true;
}

bool FunctionValidator::find_indirect_callee(const FunctionType*& type) {
    if (!check_index(instruction_.index2, module_.tables.size(), "table") ||
        !check_index(instruction_.index, module_.types.size(), "type")) {
        return false;
    }
    const ValueType element = module_.tables[instruction_.index2].type.element;
    if (element != ValueType::funcref()) {
        return fail(ErrorKind::invalid,
                    concat("type mismatch: ", opcode_info(instruction_.opcode).text,
                           " expected a table of funcref, found ", to_string(element)));
    }
    type = &module_.types[instruction_.index];
    return pop(ValueType::i32);
}

bool FunctionValidator::tail_call(const FunctionType& type) {
    if (type.results != type_->results) {
        return fail(
            ErrorKind::invalid,
            concat("type mismatch: ", opcode_info(instruction_.opcode).text,
                   " of a function of type ", to_string(type), " where the results differ"));
    }
    if (!pop_list(type.params)) {
        return false;
    }
    stack_.set_unreachable();
    return true;
}

bool FunctionValidator::select() {
    ValueType first;
    ValueType second;
    if (!pop(ValueType::i32)) {
        return false;
    }
    if (!stack_.pop_any(second) || !stack_.pop_any(first)) {
        return fail_mismatch();
    }
    if (first.is_reference() || second.is_reference()) {
        return fail(ErrorKind::invalid,
                    "type mismatch: select without a type expected numbers or vectors, found a "
                    "reference");
    }
    if (first != second && first != ValueType::bottom && second != ValueType::bottom) {
        return fail(ErrorKind::invalid, concat("type mismatch: select between ", to_string(first),
                                               " and ", to_string(second)));
    }
    stack_.push(first == ValueType::bottom ? second : first);
    return true;
}

bool FunctionValidator::typed_select() {
    if (instruction_.count != 1) {
        return fail(ErrorKind::invalid,
                    concat("invalid result arity: select with ", instruction_.count, " types"));
    }
    const ValueType type = reader_.list(instruction_).next_value_type();
    if (!pop(ValueType::i32) || !pop(type) || !pop(type)) {
        return false;
    }
    stack_.push(type);
    return true;
}

bool FunctionValidator::reference_to_function() {
    if (!check_index(instruction_.index, module_.functions.size(), "function")) {
        return false;
    }
    if (!declared_[instruction_.index]) {
        return fail(ErrorKind::invalid,
                    concat("undeclared function reference: function ", instruction_.index,
                           " is in no element segment, export or constant expression"));
    }
    stack_.push(ValueType::funcref());
    return true;
}

bool FunctionValidator::step_rare() {
    const FunctionType* type;
    switch (instruction_.opcode) {
        case Opcode::nop:
            return true;
        case Opcode::drop: {
            ValueType operand;
            return stack_.pop_any(operand) || fail_mismatch();
        }
        case Opcode::i64_const:
            stack_.push(ValueType::i64);
            return true;
        case Opcode::f32_const:
            stack_.push(ValueType::f32);
            return true;
        case Opcode::f64_const:
            stack_.push(ValueType::f64);
            return true;
        case Opcode::unreachable:
            stack_.set_unreachable();
            return true;
        case Opcode::else_:
            return open_else();
        case Opcode::br_table:
            return branch_table();
        case Opcode::return_:
            if (!pop_list(type_->results)) {
                return false;
            }
            stack_.set_unreachable();
            return true;
        case Opcode::call_indirect:
            return find_indirect_callee(type) && call(*type);
        case Opcode::return_call:
            return find_callee(type) && tail_call(*type);
        case Opcode::return_call_indirect:
            return find_indirect_callee(type) && tail_call(*type);
        case Opcode::select:
            return select();
        case Opcode::select_t:
            return typed_select();
        case Opcode::global_set: {
            if (!check_index(instruction_.index, module_.globals.size(), "global")) {
                return false;
            }
            const GlobalType& global = module_.globals[instruction_.index].type;
            if (!global.is_mutable) {
                return fail(ErrorKind::invalid,
                            concat("immutable global ", instruction_.index, ": global.set"));
            }
            return pop(global.value);
        }
        case Opcode::memory_size:
            if (!check_memory(instruction_.index)) {
                return false;
            }
            stack_.push(ValueType::i32);
            return true;
        case Opcode::memory_grow:
            if (!check_memory(instruction_.index) || !pop(ValueType::i32)) {
                return false;
            }
            stack_.push(ValueType::i32);
            return true;
        case Opcode::ref_null:
            stack_.push(ValueType::ref(instruction_.heap, true));
            return true;
        case Opcode::ref_is_null: {
            ValueType operand;
            if (!stack_.pop_any(operand)) {
                return fail_mismatch();
            }
            if (!operand.is_reference() && operand != ValueType::bottom) {
                return fail(ErrorKind::invalid,
                            concat("type mismatch: ref.is_null expected a reference, found ",
                                   to_string(operand)));
            }
            stack_.push(ValueType::i32);
            return true;
        }
        case Opcode::ref_func:
            return reference_to_function();
        case Opcode::table_get:
        case Opcode::table_set:
        case Opcode::table_grow:
        case Opcode::table_size:
        case Opcode::table_fill:
            return table_instruction();
        default:
            return bulk_instruction();
    }
}

bool FunctionValidator::table_instruction() {
    if (!check_index(instruction_.index, module_.tables.size(), "table")) {
        return false;
    }
    const ValueType element = module_.tables[instruction_.index].type.element;
    switch (instruction_.opcode) {
        case Opcode::table_get:
            if (!pop(ValueType::i32)) {
                return false;
            }
            stack_.push(element);
            return true;
        case Opcode::table_set:
            return pop(element) && pop(ValueType::i32);
        case Opcode::table_grow:
            if (!pop(ValueType::i32) || !pop(element)) {
                return false;
            }
            stack_.push(ValueType::i32);
            return true;
        case Opcode::table_size:
            stack_.push(ValueType::i32);
            return true;
        default:  // table.fill
            return pop(ValueType::i32) && pop(element) && pop(ValueType::i32);
    }
}

bool FunctionValidator::check_data_segment(uint32_t segment) {
    // The count comes before the code, so that bodies can be validated before the data is read.
    if (!module_.data_count) {
        return fail(ErrorKind::malformed, concat("data count section required: by ",
                                                 opcode_info(instruction_.opcode).text));
    }
    return check_index(segment, *module_.data_count, "data segment");
}

bool FunctionValidator::bulk_instruction() {
    const uint32_t first = instruction_.index;
    const uint32_t second = instruction_.index2;
    const auto& tables = module_.tables;
    const auto& elements = module_.elements;
    switch (instruction_.opcode) {
        case Opcode::data_drop:
            return check_data_segment(first);
        case Opcode::elem_drop:
            return check_index(first, elements.size(), "elem segment");
        case Opcode::memory_init:
            if (!check_memory(second) || !check_data_segment(first)) {
                return false;
            }
            break;
        case Opcode::memory_copy:
            if (!check_memory(first) || !check_memory(second)) {
                return false;
            }
            break;
        case Opcode::memory_fill:
            if (!check_memory(first)) {
                return false;
            }
            break;
        case Opcode::table_init:
        case Opcode::table_copy: {
            const bool is_copy = instruction_.opcode == Opcode::table_copy;
            const uint32_t to = is_copy ? first : second;
            const uint32_t from = is_copy ? second : first;
            if (!check_index(to, tables.size(), "table") ||
                !(is_copy ? check_index(from, tables.size(), "table")
                          : check_index(from, elements.size(), "elem segment"))) {
                return false;
            }
            const ValueType source = is_copy ? tables[from].type.element : elements[from].type;
            if (source != tables[to].type.element) {
                return fail(ErrorKind::invalid,
                            concat("type mismatch: ", opcode_info(instruction_.opcode).text, " of ",
                                   to_string(source), " into a table of ",
                                   to_string(tables[to].type.element)));
            }
            break;
        }
        default:
            // Every instruction has a case: the unit test runs through the whole table.
            return fail(ErrorKind::unsupported,
                        concat("no validation rule: ", opcode_info(instruction_.opcode).text));
    }
    return pop(ValueType::i32) && pop(ValueType::i32) && pop(ValueType::i32);
}

}  // namespace epsilon
