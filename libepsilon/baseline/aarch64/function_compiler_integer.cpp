// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <bit>

#include "baseline/function_compiler.h"
#include "baseline/widths.h"

// Integers, globals, and conditions.
namespace epsilon::baseline {

using namespace interp;

namespace {

using enum epsilon::baseline::Access;

struct IntOperation {
    enum class Kind : uint8_t { alu, multiply, shift, rotate_left, divide };
    Kind kind;
    Alu alu = Alu::add;
    Shift shift = Shift::lsl;
};

IntOperation int_operation(Opcode opcode) {
    using enum IntOperation::Kind;
    switch (opcode) {
        case Opcode::i32_add:
        case Opcode::i64_add:
            return {alu, Alu::add};
        case Opcode::i32_sub:
        case Opcode::i64_sub:
            return {alu, Alu::sub};
        case Opcode::i32_and:
        case Opcode::i64_and:
            return {alu, Alu::and_};
        case Opcode::i32_or:
        case Opcode::i64_or:
            return {alu, Alu::orr};
        case Opcode::i32_xor:
        case Opcode::i64_xor:
            return {alu, Alu::eor};
        case Opcode::i32_mul:
        case Opcode::i64_mul:
            return {multiply};
        case Opcode::i32_shl:
        case Opcode::i64_shl:
            return {shift, Alu::lsl, Shift::lsl};
        case Opcode::i32_shr_s:
        case Opcode::i64_shr_s:
            return {shift, Alu::asr, Shift::asr};
        case Opcode::i32_shr_u:
        case Opcode::i64_shr_u:
            return {shift, Alu::lsr, Shift::lsr};
        case Opcode::i32_rotr:
        case Opcode::i64_rotr:
            return {shift, Alu::ror, Shift::ror};
        case Opcode::i32_rotl:
        case Opcode::i64_rotl:
            return {rotate_left};
        default:
            return {divide};
    }
}

Cond condition(Opcode comparison) {
    switch (comparison) {
        case Opcode::i32_eq:
        case Opcode::i64_eq:
            return Cond::eq;
        case Opcode::i32_ne:
        case Opcode::i64_ne:
        case Opcode::i32_and:  // of a test
            return Cond::ne;
        case Opcode::i32_lt_s:
        case Opcode::i64_lt_s:
            return Cond::lt;
        case Opcode::i32_lt_u:
        case Opcode::i64_lt_u:
            return Cond::lo;
        case Opcode::i32_gt_s:
        case Opcode::i64_gt_s:
            return Cond::gt;
        case Opcode::i32_gt_u:
        case Opcode::i64_gt_u:
            return Cond::hi;
        case Opcode::i32_le_s:
        case Opcode::i64_le_s:
            return Cond::le;
        case Opcode::i32_le_u:
        case Opcode::i64_le_u:
            return Cond::ls;
        case Opcode::i32_ge_s:
        case Opcode::i64_ge_s:
            return Cond::ge;
        default:
            return Cond::hs;
    }
}

// Counts the ones of eight bytes and adds them up.
constexpr uint32_t cnt_8b = 0x0e205800;
constexpr uint32_t addv_8b = 0x0e31b800;

}  // namespace

// --- Arithmetic

void FunctionCompiler::unary_int(const Operation& operation) {
    if (operation.opcode == Opcode::i64_extend_i32_u) {
        return move(operation);  // the upper half is clear
    }
    const Reg a = registers_.use_int(operation.a, operation.a_type);
    registers_.release_dying(operation);
    const Reg d = registers_.define_int(operation.d, operation.type, a);
    const Width width = width_of(operation.a_type);
    switch (operation.opcode) {
        case Opcode::i32_wrap_i64:
            return code_.mov(Width::w32, d, a);
        case Opcode::i64_extend_i32_s:
        case Opcode::i64_extend32_s:
            return code_.extend(s32_64, d, a);
        case Opcode::i32_extend8_s:
            return code_.extend(s8_32, d, a);
        case Opcode::i32_extend16_s:
            return code_.extend(s16_32, d, a);
        case Opcode::i64_extend8_s:
            return code_.extend(s8_64, d, a);
        case Opcode::i64_extend16_s:
            return code_.extend(s16_64, d, a);
        case Opcode::i32_clz:
        case Opcode::i64_clz:
            return code_.clz(width, d, a);
        case Opcode::i32_ctz:
        case Opcode::i64_ctz:
            code_.rbit(width, d, a);
            return code_.clz(width, d, d);
        default:  // popcnt
            code_.to_vector(width, Vec::v31, a);
            code_.op(cnt_8b, Vec::v31, Vec::v31);
            code_.op(addv_8b, Vec::v31, Vec::v31);
            return code_.from_vector(Width::w32, d, Vec::v31);
    }
}

void FunctionCompiler::binary_int(const Operation& operation) {
    const IntOperation what = int_operation(operation.opcode);
    if (what.kind == IntOperation::Kind::divide) {
        return divide(operation);
    }
    if (what.kind == IntOperation::Kind::rotate_left) {
        return shift_int(operation);
    }
    const Width width = width_of(operation.type);
    const Reg a = registers_.use_int(operation.a, operation.a_type);
    const Reg b = registers_.use_int(operation.b, operation.b_type);
    registers_.release_dying(operation);
    const Reg d = registers_.define_int(operation.d, operation.type, a);
    if (what.kind == IntOperation::Kind::multiply) {
        code_.mul(width, d, a, b);
    } else {
        code_.alu(what.alu, width, d, a, b);
    }
}

void FunctionCompiler::binary_int_constant(const Operation& operation) {
    const IntOperation what = int_operation(operation.opcode);
    const Width width = width_of(operation.type);
    const uint64_t value =
        width == Width::w32 ? uint32_t(operation.immediate) : operation.immediate;
    if (what.kind == IntOperation::Kind::divide) {
        return divide_by_constant(operation, value);
    }
    const Reg a = registers_.use_int(operation.a, operation.a_type);
    registers_.release_dying(operation);
    const Reg d = registers_.define_int(operation.d, operation.type, a);
    switch (what.kind) {
        case IntOperation::Kind::alu:
            return code_.alu(what.alu, width, d, a, value);
        case IntOperation::Kind::multiply:
            if (std::has_single_bit(value)) {
                return code_.shift(Shift::lsl, width, d, a, uint8_t(std::countr_zero(value)));
            }
            code_.mov(Reg::x16, value);
            return code_.mul(width, d, a, Reg::x16);
        case IntOperation::Kind::rotate_left:
            return code_.shift(Shift::ror, width, d, a, uint8_t(0 - value));
        default:
            return code_.shift(what.shift, width, d, a, uint8_t(value));
    }
}

// To the left by a number of bits that is in a register: to the right by what is missing.
void FunctionCompiler::shift_int(const Operation& operation) {
    const Width width = width_of(operation.type);
    const Reg a = registers_.use_int(operation.a, operation.a_type);
    const Reg b = registers_.use_int(operation.b, operation.b_type);
    registers_.release_dying(operation);
    const Reg d = registers_.define_int(operation.d, operation.type, a);
    code_.alu(Alu::sub, Width::w32, Reg::x16, Reg::zero, b);
    code_.alu(Alu::ror, width, d, a, Reg::x16);
}

// --- Division

void FunctionCompiler::divide(const Operation& operation) {
    const Division what = division(operation.opcode);
    const Width width = width_of(operation.type);
    const Reg a = registers_.use_int(operation.a, operation.a_type);
    const Reg b = registers_.use_int(operation.b, operation.b_type);
    code_.cbz(width, b, trap_label(Trap::integer_divide_by_zero, operation.cell));
    if (what.is_signed && !what.remainder) {
        // The smallest number by -1. The instruction would wrap around, as remainders may.
        code_.alu(Alu::adds, width, Reg::zero, b, 1);
        code_.ccmp(Cond::eq, width, a, 1, 0);
        code_.jcc(Cond::vs, trap_label(Trap::integer_overflow, operation.cell));
    }
    registers_.release_dying(operation);
    const Reg d = registers_.define_int(operation.d, operation.type, a);
    const Alu op = what.is_signed ? Alu::sdiv : Alu::udiv;
    if (what.remainder) {
        code_.alu(op, width, Reg::x16, a, b);
        code_.msub(width, d, Reg::x16, b, a);
    } else {
        code_.alu(op, width, d, a, b);
    }
}

void FunctionCompiler::divide_by_constant(const Operation& operation, uint64_t value) {
    const Division what = division(operation.opcode);
    const Width width = width_of(operation.type);
    if (value == 0) {
        code_.jmp(trap_label(Trap::integer_divide_by_zero, operation.cell));
        // What follows is never reached, but needs a result.
        registers_.define_constant(operation.d, operation.type, 0);
        return;
    }
    const Reg a = registers_.use_int(operation.a, operation.a_type);
    registers_.release_dying(operation);
    const Reg d = registers_.define_int(operation.d, operation.type, a);
    const bool is_minus_one = what.is_signed && value == UINT64_MAX >> (64 - bits_of(width));
    if (is_minus_one && !what.remainder) {
        code_.alu(Alu::subs, width, d, Reg::zero, a);
        return code_.jcc(Cond::vs, trap_label(Trap::integer_overflow, operation.cell));
    }
    if (is_minus_one || (what.remainder && value == 1)) {
        return code_.mov(d, 0);
    }
    if (!what.is_signed && std::has_single_bit(value)) {
        return what.remainder
                   ? code_.alu(Alu::and_, width, d, a, value - 1)
                   : code_.shift(Shift::lsr, width, d, a, uint8_t(std::countr_zero(value)));
    }
    code_.mov(Reg::x16, value);
    const Alu op = what.is_signed ? Alu::sdiv : Alu::udiv;
    if (what.remainder) {
        code_.alu(op, width, Reg::x0, a, Reg::x16);
        code_.msub(width, d, Reg::x0, Reg::x16, a);
    } else {
        code_.alu(op, width, d, a, Reg::x16);
    }
}

// --- Conditions

// Sets the flags; gives the condition that is the comparison.
Cond FunctionCompiler::compare_ints(const Operation& operation) {
    const Width width = width_of(operation.a_type);
    const Alu op = operation.opcode == Opcode::i32_and ? Alu::ands : Alu::subs;
    const Reg a = registers_.use_int(operation.a, operation.a_type);
    if (operation.has(reads_b)) {
        const Reg b = registers_.use_int(operation.b, operation.b_type);
        code_.alu(op, width, Reg::zero, a, b);
    } else {
        code_.alu(op, width, Reg::zero, a, operation.immediate);
    }
    registers_.release_dying(operation);
    return condition(operation.opcode);
}

void FunctionCompiler::compare(const Operation& operation) {
    if (!is_int(operation.a_type)) {
        return compare_floats(operation);
    }
    const Cond cond = compare_ints(operation);
    // Flags stay as they are while a register is found.
    code_.cset(cond, registers_.define_int(operation.d, Type::i32));
}

void FunctionCompiler::branch_table(const Operation& operation) {
    const auto count = uint32_t(operation.immediate);
    prepare_table(operation);
    const Reg index = registers_.use_int(operation.a, Type::i32);
    registers_.release_dying(operation);
    const Label table = code_.new_label();
    code_.mov(Reg::x16, count - 1);
    code_.cmp(Width::w32, index, Reg::x16);
    code_.csel(Cond::lo, Width::w32, Reg::x16, index, Reg::x16);
    code_.lea(Reg::x0, table);
    code_.load(s32_64, Reg::x16, at_index(Reg::x0, Reg::x16, Width::w64, 2));
    code_.alu(Alu::add, Width::w64, Reg::x16, Reg::x16, Reg::x0);
    code_.jmp(Reg::x16);
    add_table(operation, table);
}

void FunctionCompiler::select(const Operation& operation) {
    constexpr uint32_t fcsel = 0x1e600c00;
    const Reg condition = registers_.use_int(operation.c, Type::i32);
    if (is_int(operation.type)) {
        const Reg a = registers_.use_int(operation.a, operation.type);
        const Reg b = registers_.use_int(operation.b, operation.type);
        registers_.release_dying(operation);
        const Reg d = registers_.define_int(operation.d, operation.type, a);
        code_.cmp(Width::w32, condition, 0);
        return code_.csel(Cond::ne, Width::w64, d, a, b);
    }
    const Vec a = registers_.use_vector(operation.a, operation.type);
    const Vec b = registers_.use_vector(operation.b, operation.type);
    registers_.release_dying(operation);
    const Vec d = registers_.define_vector(operation.d, operation.type, a);
    if (operation.type != Type::v128) {
        code_.cmp(Width::w32, condition, 0);
        return code_.op(fcsel | uint32_t(Cond::ne) << 12, d, a, b);
    }
    const Label done = code_.new_label();
    if (d == a) {
        code_.cbnz(Width::w32, condition, done);
        code_.mov(d, b);
    } else {
        code_.mov(d, b);
        code_.cbz(Width::w32, condition, done);
        code_.mov(d, a);
    }
    code_.bind(done);
}

// --- Globals: own ones lie in an array, others behind pointers.

// Where the global is, in x16.
Mem FunctionCompiler::global(const Operation& operation) {
    const size_t view =
        offsetof(Context, view) +
        (operation.own ? offsetof(InstanceView, own_globals) : offsetof(InstanceView, globals));
    code_.load(u64, Reg::x16, context_memory(view));
    if (operation.own) {
        return at(Reg::x16, int32_t(operation.immediate * sizeof(Value)));
    }
    code_.load(u64, Reg::x16, at(Reg::x16, int32_t(operation.immediate * sizeof(Value*))));
    return at(Reg::x16, 0);
}

void FunctionCompiler::global_get(const Operation& operation) {
    const Mem place = global(operation);
    if (is_int(operation.type)) {
        code_.load(u64, registers_.define_int(operation.d, operation.type), place);
    } else if (operation.type == Type::v128) {
        code_.load(16, registers_.define_vector(operation.d, Type::v128), place);
    } else {
        code_.load(8, registers_.define_vector(operation.d, Type::f64), place);
    }
}

void FunctionCompiler::global_set(const Operation& operation) {
    if (is_int(operation.type)) {
        const Reg a = registers_.use_int(operation.a, operation.type);
        code_.store(8, global(operation), a);
    } else {
        const Vec a = registers_.use_vector(operation.a, operation.type);
        code_.store(operation.type == Type::v128 ? 16 : 8, global(operation), a);
    }
    registers_.release_dying(operation);
}

}  // namespace epsilon::baseline
