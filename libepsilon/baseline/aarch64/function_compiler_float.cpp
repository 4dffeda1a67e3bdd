// SPDX-License-Identifier: Apache-2.0
#include "baseline/function_compiler.h"

// Comparisons of floats.
namespace epsilon::baseline {

using namespace interp;

namespace {

constexpr uint32_t fcmp_s = 0x1e202000;
constexpr uint32_t fcmp_d = 0x1e602000;

// All but "not equal" are false for NaN: unordered operands clear N and Z, and set C and V.
Cond float_condition(Opcode comparison) {
    switch (comparison) {
        case Opcode::f32_eq:
        case Opcode::f64_eq:
            return Cond::eq;
        case Opcode::f32_ne:
        case Opcode::f64_ne:
            return Cond::ne;
        case Opcode::f32_lt:
        case Opcode::f64_lt:
            return Cond::mi;
        case Opcode::f32_gt:
        case Opcode::f64_gt:
            return Cond::gt;
        case Opcode::f32_le:
        case Opcode::f64_le:
            return Cond::ls;
        default:
            return Cond::ge;
    }
}

}  // namespace

// Operands are in registers.
bool FunctionCompiler::binary_with_memory(const Operation&) {
    return false;
}

void FunctionCompiler::compare_floats(const Operation& operation) {
    const Vec a = registers_.use_vector(operation.a, operation.a_type);
    const Vec b = registers_.use_vector(operation.b, operation.b_type);
    registers_.release_dying(operation);
    const Reg d = registers_.define_int(operation.d, Type::i32);
    code_.op(operation.a_type == Type::f32 ? fcmp_s : fcmp_d, Vec::v0, a, b);
    code_.cset(float_condition(operation.opcode), d);
}

void FunctionCompiler::branch_if_floats(const Operation& operation) {
    const Vec a = registers_.use_vector(operation.a, operation.a_type);
    const Vec b = registers_.use_vector(operation.b, operation.b_type);
    registers_.release_dying(operation);
    code_.op(operation.a_type == Type::f32 ? fcmp_s : fcmp_d, Vec::v0, a, b);
    const Cond cond = float_condition(operation.opcode);
    branch(operation.when ? cond : inverted(cond), operation.target,
           is_metered() ? field<uint32_t>(operation, field_taken_price) : 0);
}

}  // namespace epsilon::baseline
