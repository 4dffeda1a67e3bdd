// SPDX-License-Identifier: Apache-2.0
#include "baseline/function_compiler.h"
#include "baseline/lowering.h"
#include "baseline/x64/lowering_float.h"
#include "interp/families.h"

// Floats and vectors: registers for what lowering.h makes code of.
namespace epsilon::baseline {

using namespace interp;

namespace {

constexpr VectorCode ucomiss = {0, 1, 0x2e};
constexpr VectorCode ucomisd = {0x66, 1, 0x2e};

// How flags tell a comparison of floats: unordered ones set the parity flag, and carry and zero.
struct FloatCondition {
    Cond cond;
    bool exchanged = false;  // operands, so that "above" is false for NaN
    bool ordered = false;    // and no parity
    bool unordered = false;  // or parity
};

FloatCondition float_condition(Opcode comparison) {
    switch (comparison) {
        case Opcode::f32_eq:
        case Opcode::f64_eq:
            return {Cond::e, false, true, false};
        case Opcode::f32_ne:
        case Opcode::f64_ne:
            return {Cond::ne, false, false, true};
        case Opcode::f32_lt:
        case Opcode::f64_lt:
            return {Cond::a, true};
        case Opcode::f32_gt:
        case Opcode::f64_gt:
            return {Cond::a};
        case Opcode::f32_le:
        case Opcode::f64_le:
            return {Cond::ae, true};
        default:
            return {Cond::ae};
    }
}

}  // namespace

// Where the second operand is a constant, or read for the last time, from memory. False if it is
// not so.
bool FunctionCompiler::binary_with_memory(const Operation& operation) {
    const bool constant = registers_.is_constant(operation.b);
    if (!has_memory_form(operation.opcode) || operation.a == operation.b ||
        (!constant && !(registers_.is_stored(operation.b) && operation.dies(reads_b)))) {
        return false;
    }
    const Xmm a = registers_.use_vector(operation.a, operation.a_type);
    const Mem b = constant ? code_.constant64(registers_.constant_value(operation.b))
                           : slot_memory(operation.b);
    registers_.release_dying(operation);
    const Xmm d = registers_.define_vector(operation.d, operation.type, a);
    lower_float_binary(code_, operation.opcode, d, a, b);
    return true;
}

void FunctionCompiler::compare_floats(const Operation& operation) {
    const FloatCondition what = float_condition(operation.opcode);
    const Xmm a = registers_.use_vector(operation.a, operation.a_type);
    const Xmm b = registers_.use_vector(operation.b, operation.b_type);
    registers_.release_dying(operation);
    const Reg d = registers_.define_int(operation.d, Type::i32);
    code_.vector1(operation.a_type == Type::f32 ? ucomiss : ucomisd, what.exchanged ? b : a,
                  what.exchanged ? a : b);
    code_.setcc(what.cond, Reg::rax);
    if (what.ordered || what.unordered) {
        code_.setcc(what.ordered ? Cond::np : Cond::p, d);
        code_.alu(what.ordered ? Alu::and_ : Alu::or_, Width::w32, Reg::rax, d);
    }
    code_.extend(Access::u8, d, Reg::rax);
}

void FunctionCompiler::branch_if_floats(const Operation& operation) {
    const FloatCondition what = float_condition(operation.opcode);
    const Xmm a = registers_.use_vector(operation.a, operation.a_type);
    const Xmm b = registers_.use_vector(operation.b, operation.b_type);
    registers_.release_dying(operation);
    code_.vector1(operation.a_type == Type::f32 ? ucomiss : ucomisd, what.exchanged ? b : a,
                  what.exchanged ? a : b);
    const uint32_t price = is_metered() ? field<uint32_t>(operation, field_taken_price) : 0;
    if (!what.ordered && !what.unordered) {
        // "Not above" includes the unordered.
        return branch(operation.when ? what.cond : inverted(what.cond), operation.target, price);
    }
    const Label target = edge(operation.target, price);
    const bool when_equal = what.ordered == operation.when;
    if (when_equal) {
        const Label skip = code_.new_label();
        code_.jcc(Cond::p, skip);
        code_.jcc(Cond::e, target);
        code_.bind(skip);
    } else {
        code_.jcc(Cond::p, target);
        code_.jcc(Cond::ne, target);
    }
}

}  // namespace epsilon::baseline
