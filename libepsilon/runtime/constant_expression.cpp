// SPDX-License-Identifier: Apache-2.0
#include "runtime/constant_expression.h"

#include <cstring>
#include <vector>

#include "wasm/instruction_reader.h"

namespace epsilon {

namespace {

Value function_reference(const Instance& instance, uint32_t index) {
    return {reinterpret_cast<uintptr_t>(instance.functions[index]), 0};
}

// i32 and f32 in the low four bytes, the rest zero: as slots hold them.
Value narrow(ValueType type, Value value) {
    const bool is_short = type == ValueType::i32 || type == ValueType::f32;
    return {is_short ? uint64_t(uint32_t(value.low)) : value.low,
            type == ValueType::v128 ? value.high : 0};
}

class Evaluator {
public:
    explicit Evaluator(const Instance& instance) : instance_(instance) {}

    Value run(const ConstantExpression& expression) {
        const Module& module = instance_.module();
        InstructionReader reader(*module.bytes, expression.begin, expression.end, module.features);
        Instruction instruction;
        while (!reader.at_end() && reader.next(instruction)) {
            step(instruction);
        }
        return stack_.empty() ? Value{} : stack_.back();
    }

private:
    void step(const Instruction& instruction) {
        switch (instruction.opcode) {
            case Opcode::i32_const:
                push(uint32_t(instruction.i32));
                break;
            case Opcode::i64_const:
                push(uint64_t(instruction.i64));
                break;
            case Opcode::f32_const:
                push(instruction.f32_bits);
                break;
            case Opcode::f64_const:
                push(instruction.f64_bits);
                break;
            case Opcode::v128_const: {
                Value value;
                std::memcpy(&value, instruction.bytes, sizeof(instruction.bytes));
                stack_.push_back(value);
                break;
            }
            case Opcode::ref_null:
                push(0);
                break;
            case Opcode::ref_func:
                stack_.push_back(function_reference(instance_, instruction.index));
                break;
            case Opcode::global_get:
                stack_.push_back(*instance_.globals[instruction.index]);
                break;
            case Opcode::i32_add:
                binary([](uint64_t a, uint64_t b) { return uint64_t(uint32_t(a + b)); });
                break;
            case Opcode::i32_sub:
                binary([](uint64_t a, uint64_t b) { return uint64_t(uint32_t(a - b)); });
                break;
            case Opcode::i32_mul:
                binary([](uint64_t a, uint64_t b) { return uint64_t(uint32_t(a * b)); });
                break;
            case Opcode::i64_add:
                binary([](uint64_t a, uint64_t b) { return a + b; });
                break;
            case Opcode::i64_sub:
                binary([](uint64_t a, uint64_t b) { return a - b; });
                break;
            case Opcode::i64_mul:
                binary([](uint64_t a, uint64_t b) { return a * b; });
                break;
            default:  // end; validation lets nothing else pass
                break;
        }
    }
    void push(uint64_t low) { stack_.push_back({low, 0}); }
    template <class Operation>
    void binary(Operation operation) {
        if (stack_.size() < 2) {
            return;
        }
        const uint64_t right = stack_.back().low;
        stack_.pop_back();
        stack_.back().low = operation(stack_.back().low, right);
    }

    const Instance& instance_;
    std::vector<Value> stack_;
};

}  // namespace

Value evaluate(const Instance& instance, const ConstantExpression& expression) {
    switch (expression.form) {
        case ConstantExpression::Form::value:
            return narrow(expression.type, {expression.low, expression.high});
        case ConstantExpression::Form::global:
            return *instance.globals[expression.index];
        case ConstantExpression::Form::function:
            return function_reference(instance, expression.index);
        case ConstantExpression::Form::null:
            return {};
        case ConstantExpression::Form::instructions:
            break;
    }
    return Evaluator(instance).run(expression);
}

}  // namespace epsilon
