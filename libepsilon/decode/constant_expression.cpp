// SPDX-License-Identifier: Apache-2.0
#include <cstring>

#include "base/text.h"
#include "decode/module_decoder.h"
#include "wasm/instruction_reader.h"
#include "wasm/unsupported.h"

namespace epsilon {

namespace {

// The form that a single instruction gives the expression.
void set_form(ConstantExpression& expression, const Instruction& instruction) {
    using Form = ConstantExpression::Form;
    expression.form = Form::value;
    switch (instruction.opcode) {
        case Opcode::i32_const:
            expression.low = uint32_t(instruction.i32);
            break;
        case Opcode::i64_const:
            expression.low = uint64_t(instruction.i64);
            break;
        case Opcode::f32_const:
            expression.low = instruction.f32_bits;
            break;
        case Opcode::f64_const:
            expression.low = instruction.f64_bits;
            break;
        case Opcode::v128_const:
            std::memcpy(&expression.low, instruction.bytes, 8);
            std::memcpy(&expression.high, instruction.bytes + 8, 8);
            break;
        case Opcode::global_get:
            expression.form = Form::global;
            expression.index = instruction.index;
            break;
        case Opcode::ref_func:
            expression.form = Form::function;
            expression.index = instruction.index;
            break;
        case Opcode::ref_null:
            expression.form = Form::null;
            break;
        default:
            expression.form = Form::instructions;
            break;
    }
}

bool opens_block(Opcode opcode) {
    return opcode == Opcode::block || opcode == Opcode::loop || opcode == Opcode::if_;
}

}  // namespace

// Specification: Validation, Constant Expressions. Reads to the matching `end` even when an
// instruction before it is not constant.
Result<ConstantExpression> ModuleDecoder::read_constant(ByteReader& reader, ValueType type) {
    ConstantExpression expression;
    expression.type = type;
    expression.begin = uint32_t(reader.position());
    InstructionReader instructions(*module_.bytes, expression.begin,
                                   uint32_t(reader.end_position()), features_);
    Instruction instruction;
    ErrorPtr error;
    std::vector<ValueType>& stack = constant_stack_;
    stack.clear();
    uint32_t depth = 0;
    uint32_t count = 0;
    bool is_typed = true;  // the stack tells the types so far
    for (;; ++count) {
        if (!instructions.read(instruction, error)) {
            return error;
        }
        const Opcode opcode = instruction.opcode;
        if (opcode == Opcode::end && depth-- == 0) {
            break;
        }
        if (opcode == Opcode::else_ && depth == 0) {
            return make_error(ErrorKind::malformed,
                              "END opcode expected: else in a constant expression",
                              instruction.offset);
        }
        depth += opens_block(opcode) ? 1 : 0;
        if (!is_typed) {
            continue;
        }
        if (count == 0) {
            set_form(expression, instruction);
        } else {
            expression.form = ConstantExpression::Form::instructions;
        }
        switch (opcode) {
            case Opcode::i32_const:
                stack.push_back(ValueType::i32);
                break;
            case Opcode::i64_const:
                stack.push_back(ValueType::i64);
                break;
            case Opcode::f32_const:
                stack.push_back(ValueType::f32);
                break;
            case Opcode::f64_const:
                stack.push_back(ValueType::f64);
                break;
            case Opcode::v128_const:
                stack.push_back(ValueType::v128);
                break;
            case Opcode::ref_null:
                stack.push_back(ValueType::ref(instruction.heap, true));
                break;
            case Opcode::ref_func:
                if (check_index(instruction.index, module_.functions.size(), "function",
                                instruction.offset)) {
                    declare(instruction.index);
                }
                stack.push_back(ValueType::funcref());
                break;
            case Opcode::global_get: {
                if (!check_index(instruction.index, module_.globals.size(), "global",
                                 instruction.offset)) {
                    is_typed = false;
                    break;
                }
                const GlobalType& global = module_.globals[instruction.index].type;
                if (instruction.index >= module_.imported_globals &&
                    !features_.has(Feature::extended_const)) {
                    return switched_off(Feature::extended_const,
                                        "global.get of a global that is not imported",
                                        instruction.offset);
                }
                if (global.is_mutable) {
                    invalid(instruction.offset, concat("constant expression required: global ",
                                                       instruction.index, " is mutable"));
                }
                stack.push_back(global.value);
                break;
            }
            case Opcode::i32_add:
            case Opcode::i32_sub:
            case Opcode::i32_mul:
            case Opcode::i64_add:
            case Opcode::i64_sub:
            case Opcode::i64_mul: {
                const std::string_view text = opcode_info(opcode).text;
                if (!features_.has(Feature::extended_const)) {
                    return switched_off(Feature::extended_const,
                                        concat(text, " in a constant expression"),
                                        instruction.offset);
                }
                const ValueType operand = text[1] == '3' ? ValueType::i32 : ValueType::i64;
                const size_t size = stack.size();
                if (size < 2 || stack[size - 1] != operand || stack[size - 2] != operand) {
                    invalid(instruction.offset, concat("type mismatch: ", text, " expected two ",
                                                       to_string(operand), " operands"));
                    is_typed = false;
                    break;
                }
                stack.pop_back();
                break;
            }
            default:
                invalid(instruction.offset, concat("constant expression required: ",
                                                   opcode_info(opcode).text, " is not constant"));
                is_typed = false;
                break;
        }
    }
    if (is_typed && (stack.size() != 1 || stack[0] != type)) {
        invalid(expression.begin,
                concat("type mismatch: constant expression must have type ", to_string(type),
                       stack.size() == 1 ? concat(", found ", to_string(stack[0]))
                                         : concat(", leaves ", stack.size(), " values")));
    }
    expression.end = instructions.position();
    reader.move_to(expression.end);
    return expression;
}

}  // namespace epsilon
