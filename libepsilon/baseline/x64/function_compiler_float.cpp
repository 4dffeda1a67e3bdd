// SPDX-License-Identifier: Apache-2.0
#include "baseline/function_compiler.h"
#include "baseline/lowering.h"
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

void FunctionCompiler::unary(const Operation& operation) {
    const Family family = family_of(operation.opcode);
    const bool to_int = is_int(operation.type);
    const bool from_int = is_int(operation.a_type);
    if (to_int && from_int) {
        if ((operation.opcode == Opcode::i32_popcnt || operation.opcode == Opcode::i64_popcnt) &&
            !processor().popcnt) {
            return interpret(operation, operation.size);
        }
        return unary_int(operation);
    }
    if (from_int) {
        const Reg a = registers_.use_int(operation.a, operation.a_type);
        registers_.release_dying(operation);
        const Xmm d = registers_.define_vector(operation.d, operation.type);
        return family == Family::vector_splat ? lower_vector_splat(code_, operation.opcode, d, a)
                                              : lower_int_to_float(code_, operation.opcode, d, a);
    }
    const Xmm a = registers_.use_vector(operation.a, operation.a_type);
    registers_.release_dying(operation);
    if (to_int) {
        const Reg d = registers_.define_int(operation.d, operation.type);
        if (family == Family::vector_test) {
            return lower_vector_test(code_, operation.opcode, d, a);
        }
        if (family == Family::unary_trap) {
            return lower_float_to_int_trap(
                code_, operation.opcode, d, a, trap_label(Trap::integer_overflow, operation.cell),
                trap_label(Trap::invalid_conversion_to_integer, operation.cell));
        }
        return lower_float_to_int(code_, operation.opcode, d, a);
    }
    const Xmm d = registers_.define_vector(operation.d, operation.type, a);
    if (family == Family::vector_splat) {
        return lower_vector_splat(code_, operation.opcode, d, a);
    }
    if (family == Family::vector_unary) {
        return lower_vector_unary(code_, operation.opcode, d, a);
    }
    lower_float_unary(code_, operation.opcode, d, a);
}

void FunctionCompiler::binary(const Operation& operation) {
    if (is_int(operation.type)) {
        return binary_int(operation);
    }
    const Xmm a = registers_.use_vector(operation.a, operation.a_type);
    const Xmm b = registers_.use_vector(operation.b, operation.b_type);
    registers_.release_dying(operation);
    const Xmm d = registers_.define_vector(operation.d, operation.type, a);
    if (operation.type == Type::v128) {
        lower_vector_binary(code_, operation.opcode, d, a, b);
    } else {
        lower_float_binary(code_, operation.opcode, d, a, b);
    }
}

void FunctionCompiler::ternary(const Operation& operation) {
    const Xmm a = registers_.use_vector(operation.a, Type::v128);
    const Xmm b = registers_.use_vector(operation.b, Type::v128);
    const Xmm c = registers_.use_vector(operation.c, Type::v128);
    registers_.release_dying(operation);
    lower_vector_ternary(code_, operation.opcode,
                         registers_.define_vector(operation.d, Type::v128, a), a, b, c);
}

void FunctionCompiler::shift(const Operation& operation) {
    const Xmm a = registers_.use_vector(operation.a, Type::v128);
    if (operation.form == Form::shift_constant) {
        registers_.release_dying(operation);
        return lower_vector_shift(code_, operation.opcode,
                                  registers_.define_vector(operation.d, Type::v128, a), a,
                                  uint32_t(operation.immediate));
    }
    const Reg count = registers_.use_int(operation.b, Type::i32);
    registers_.release_dying(operation);
    lower_vector_shift(code_, operation.opcode,
                       registers_.define_vector(operation.d, Type::v128, a), a, count);
}

void FunctionCompiler::extract(const Operation& operation) {
    const Xmm a = registers_.use_vector(operation.a, Type::v128);
    registers_.release_dying(operation);
    const auto lane = unsigned(operation.immediate);
    if (is_int(operation.type)) {
        lower_vector_extract(code_, operation.opcode,
                             registers_.define_int(operation.d, operation.type), a, lane);
    } else {
        lower_vector_extract(code_, operation.opcode,
                             registers_.define_vector(operation.d, operation.type, a), a, lane);
    }
}

void FunctionCompiler::replace(const Operation& operation) {
    const Xmm a = registers_.use_vector(operation.a, Type::v128);
    const auto lane = unsigned(operation.immediate);
    if (is_int(operation.b_type)) {
        const Reg b = registers_.use_int(operation.b, operation.b_type);
        registers_.release_dying(operation);
        lower_vector_replace(code_, operation.opcode,
                             registers_.define_vector(operation.d, Type::v128, a), a, b, lane);
    } else {
        const Xmm b = registers_.use_vector(operation.b, operation.b_type);
        registers_.release_dying(operation);
        lower_vector_replace(code_, operation.opcode,
                             registers_.define_vector(operation.d, Type::v128, a), a, b, lane);
    }
}

void FunctionCompiler::shuffle(const Operation& operation) {
    const Xmm a = registers_.use_vector(operation.a, Type::v128);
    const Xmm b = registers_.use_vector(operation.b, Type::v128);
    registers_.release_dying(operation);
    std::array<uint8_t, 16> lanes;
    std::memcpy(lanes.data(), function_.cells + operation.cell + cell_size, lanes.size());
    lower_vector_shuffle(code_, registers_.define_vector(operation.d, Type::v128, a), a, b, lanes);
}

// --- Comparisons

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
