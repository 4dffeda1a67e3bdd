// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <bit>

#include "baseline/function_compiler.h"
#include "baseline/x64/vector_codes.h"

// Integers, globals, and conditions.
namespace epsilon::baseline {

using namespace interp;

namespace {

using enum epsilon::baseline::Access;

Width width_of(Type type) {
    return type == Type::i32 ? Width::w32 : Width::w64;
}
uint32_t mask_of(Reg reg) {
    return 1u << register_of(reg);
}

struct IntOperation {
    enum class Kind : uint8_t { none, alu, multiply, shift, rotate, divide };
    Kind kind = Kind::none;
    Alu alu = Alu::add;
    Shift shift = Shift::shl;
    bool commutes = false;
};

IntOperation int_operation(Opcode opcode) {
    using enum IntOperation::Kind;
    switch (opcode) {
        case Opcode::i32_add:
        case Opcode::i64_add:
            return {alu, Alu::add, Shift::shl, true};
        case Opcode::i32_sub:
        case Opcode::i64_sub:
            return {alu, Alu::sub, Shift::shl, false};
        case Opcode::i32_and:
        case Opcode::i64_and:
            return {alu, Alu::and_, Shift::shl, true};
        case Opcode::i32_or:
        case Opcode::i64_or:
            return {alu, Alu::or_, Shift::shl, true};
        case Opcode::i32_xor:
        case Opcode::i64_xor:
            return {alu, Alu::xor_, Shift::shl, true};
        case Opcode::i32_mul:
        case Opcode::i64_mul:
            return {multiply, Alu::add, Shift::shl, true};
        case Opcode::i32_shl:
        case Opcode::i64_shl:
            return {shift, Alu::add, Shift::shl, false};
        case Opcode::i32_shr_s:
        case Opcode::i64_shr_s:
            return {shift, Alu::add, Shift::sar, false};
        case Opcode::i32_shr_u:
        case Opcode::i64_shr_u:
            return {shift, Alu::add, Shift::shr, false};
        case Opcode::i32_rotl:
        case Opcode::i64_rotl:
            return {rotate, Alu::add, Shift::rol, false};
        case Opcode::i32_rotr:
        case Opcode::i64_rotr:
            return {rotate, Alu::add, Shift::ror, false};
        default:
            return {divide, Alu::add, Shift::shl, false};
    }
}

Cond condition(Opcode comparison) {
    switch (comparison) {
        case Opcode::i32_eq:
        case Opcode::i64_eq:
            return Cond::e;
        case Opcode::i32_ne:
        case Opcode::i64_ne:
        case Opcode::i32_and:  // of a test
            return Cond::ne;
        case Opcode::i32_lt_s:
        case Opcode::i64_lt_s:
            return Cond::l;
        case Opcode::i32_lt_u:
        case Opcode::i64_lt_u:
            return Cond::b;
        case Opcode::i32_gt_s:
        case Opcode::i64_gt_s:
            return Cond::g;
        case Opcode::i32_gt_u:
        case Opcode::i64_gt_u:
            return Cond::a;
        case Opcode::i32_le_s:
        case Opcode::i64_le_s:
            return Cond::le;
        case Opcode::i32_le_u:
        case Opcode::i64_le_u:
            return Cond::be;
        case Opcode::i32_ge_s:
        case Opcode::i64_ge_s:
            return Cond::ge;
        default:
            return Cond::ae;
    }
}

// As an immediate of 32 bits that is extended with its sign, if the operation's width allows.
bool fits(Width width, uint64_t value, int32_t& immediate) {
    immediate = int32_t(uint32_t(value));
    return width == Width::w32 || int64_t(value) == immediate;
}

// d <- d op value.
void constant_operand(Assembler& code, Alu op, Width width, Reg d, uint64_t value) {
    int32_t immediate;
    if (fits(width, value, immediate)) {
        code.alu(op, width, d, immediate);
    } else {
        code.mov(Reg::rax, value);
        code.alu(op, width, d, Reg::rax);
    }
}

}  // namespace

// --- Arithmetic

void FunctionCompiler::unary_int(const Operation& operation) {
    if (operation.opcode == Opcode::i64_extend_i32_u) {
        return move(operation);  // the upper half is clear
    }
    const Processor& cpu = processor();
    if ((operation.opcode == Opcode::i32_popcnt || operation.opcode == Opcode::i64_popcnt) &&
        !cpu.popcnt) {
        return interpret(operation, operation.size);
    }
    const Reg a = registers_.use_int(operation.a, operation.a_type);
    registers_.release_dying(operation);
    const Width width = width_of(operation.a_type);
    const auto define = [&](uint32_t avoided = 0) {
        return registers_.define_int(operation.d, operation.type, a, avoided);
    };
    switch (operation.opcode) {
        case Opcode::i32_wrap_i64:
            return code_.mov(Width::w32, define(), a);
        case Opcode::i64_extend_i32_s:
        case Opcode::i64_extend32_s:
            return code_.extend(s32_64, define(), a);
        case Opcode::i32_extend8_s:
            return code_.extend(s8_32, define(), a);
        case Opcode::i32_extend16_s:
            return code_.extend(s16_32, define(), a);
        case Opcode::i64_extend8_s:
            return code_.extend(s8_64, define(), a);
        case Opcode::i64_extend16_s:
            return code_.extend(s16_64, define(), a);
        case Opcode::i32_clz:
        case Opcode::i64_clz: {
            const int32_t bits = width == Width::w32 ? 32 : 64;
            const Reg d = define(cpu.lzcnt ? 0 : mask_of(a));
            if (cpu.lzcnt) {
                return code_.bits(Bits::lzcnt, width, d, a);
            }
            // Of zero bsr leaves what was there: twice the width less one gives the width.
            code_.mov(d, uint64_t(2 * bits - 1));
            code_.scan(Scan::bsr, width, Reg::rax, a);
            code_.cmov(Cond::ne, width, d, Reg::rax);
            return code_.alu(Alu::xor_, Width::w32, d, bits - 1);
        }
        case Opcode::i32_ctz:
        case Opcode::i64_ctz: {
            const int32_t bits = width == Width::w32 ? 32 : 64;
            const Reg d = define(cpu.bmi2 ? 0 : mask_of(a));
            if (cpu.bmi2) {
                return code_.bits(Bits::tzcnt, width, d, a);
            }
            code_.mov(d, uint64_t(bits));
            code_.scan(Scan::bsf, width, Reg::rax, a);
            return code_.cmov(Cond::ne, width, d, Reg::rax);
        }
        default:  // popcnt
            return code_.bits(Bits::popcnt, width, define(), a);
    }
}

void FunctionCompiler::binary_int(const Operation& operation) {
    const IntOperation what = int_operation(operation.opcode);
    const Width width = width_of(operation.type);
    switch (what.kind) {
        case IntOperation::Kind::divide:
            return divide(operation);
        case IntOperation::Kind::shift:
        case IntOperation::Kind::rotate:
            return shift_int(operation);
        default:
            break;
    }
    const bool multiplies = what.kind == IntOperation::Kind::multiply;
    Reg a = registers_.use_int(operation.a, operation.a_type);
    // A last read from memory needs no register.
    if (registers_.is_stored(operation.b) && operation.dies(reads_b)) {
        registers_.release_dying(operation);
        const Reg d = registers_.define_int(operation.d, operation.type, a);
        if (d != a) {
            code_.mov(width, d, a);
        }
        if (multiplies) {
            code_.imul(width, d, slot_memory(operation.b));
        } else {
            code_.alu(what.alu, width, d, slot_memory(operation.b));
        }
        return;
    }
    Reg b = registers_.use_int(operation.b, operation.b_type);
    registers_.release_dying(operation);
    if (what.commutes && !operation.dies(reads_a) && operation.dies(reads_b)) {
        std::swap(a, b);
    }
    const Reg d = registers_.define_int(operation.d, operation.type, a);
    if (d == b && d != a) {
        if (what.commutes) {
            std::swap(a, b);
        } else {
            // Only subtraction: -(b - a).
            code_.alu(Alu::sub, width, d, a);
            return code_.unary(Unary::neg, width, d);
        }
    }
    if (d != a && what.kind == IntOperation::Kind::alu && what.alu == Alu::add) {
        return code_.lea(width, d, at(a, b, 0));
    }
    if (d != a) {
        code_.mov(width, d, a);
    }
    if (multiplies) {
        code_.imul(width, d, b);
    } else {
        code_.alu(what.alu, width, d, b);
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
    int32_t immediate;
    const bool fit = fits(width, value, immediate);
    const unsigned bits = width == Width::w32 ? 32 : 64;
    switch (what.kind) {
        case IntOperation::Kind::alu:
            if (d != a && what.alu == Alu::add && fit) {
                return code_.lea(width, d, at(a, immediate));
            }
            if (d != a) {
                code_.mov(width, d, a);
            }
            return constant_operand(code_, what.alu, width, d, value);
        case IntOperation::Kind::multiply:
            if (std::has_single_bit(value)) {
                if (d != a) {
                    code_.mov(width, d, a);
                }
                return code_.shift(Shift::shl, width, d, uint8_t(std::countr_zero(value)));
            }
            if (value == 3 || value == 5 || value == 9) {
                return code_.lea(width, d, at(a, a, 0, uint8_t(std::countr_zero(value - 1))));
            }
            if (fit) {
                return code_.imul(width, d, a, immediate);
            }
            code_.mov(Reg::rax, value);
            if (d != a) {
                code_.mov(width, d, a);
            }
            return code_.imul(width, d, Reg::rax);
        default: {
            const auto count = uint8_t(value & (bits - 1));
            if (what.kind == IntOperation::Kind::rotate && processor().bmi2 && d != a) {
                return code_.rorx(
                    width, d, a,
                    what.shift == Shift::ror ? count : uint8_t((bits - count) & (bits - 1)));
            }
            // Also by no bits: the move clears what is above 32.
            if (d != a || count == 0) {
                code_.mov(width, d, a);
            }
            if (count != 0) {
                code_.shift(what.shift, width, d, count);
            }
            return;
        }
    }
}

void FunctionCompiler::shift_int(const Operation& operation) {
    const Shift shift = int_operation(operation.opcode).shift;
    const Width width = width_of(operation.type);
    if ((shift == Shift::shl || shift == Shift::shr || shift == Shift::sar) && processor().bmi2) {
        const Reg a = registers_.use_int(operation.a, operation.a_type);
        const Reg count = registers_.use_int(operation.b, operation.b_type);
        registers_.release_dying(operation);
        return code_.shiftx(shift, width, registers_.define_int(operation.d, operation.type, a), a,
                            count);
    }
    Reg count = registers_.use_int(operation.b, operation.b_type);
    if (count != Reg::rcx) {
        registers_.take(Reg::rcx);
        code_.mov(Width::w32, Reg::rcx, count);
    }
    Reg a = registers_.use_int(operation.a, operation.a_type);
    if (a == Reg::rcx) {
        // The same slot twice.
        code_.mov(width, Reg::rax, a);
        a = Reg::rax;
    }
    registers_.release_dying(operation);
    const Reg d = registers_.define_int(operation.d, operation.type, a == Reg::rax ? Reg::none : a,
                                        mask_of(Reg::rcx));
    if (d != a) {
        code_.mov(width, d, a);
    }
    code_.shift_cl(shift, width, d);
}

// --- Division

void FunctionCompiler::divide(const Operation& operation) {
    const Division what = division(operation.opcode);
    const Width width = width_of(operation.type);
    Reg b = registers_.use_int(operation.b, operation.b_type);
    registers_.take(Reg::rdx);
    if (b == Reg::rdx) {
        // It was moved away, or to memory.
        b = registers_.use_int(operation.b, operation.b_type);
    }
    const Reg a = registers_.use_int(operation.a, operation.a_type);
    code_.mov(width, Reg::rax, a);
    code_.test(width, b, b);
    code_.jcc(Cond::e, trap_label(Trap::integer_divide_by_zero, operation.cell));
    Label done = 0;
    if (what.is_signed) {
        const Label divides = code_.new_label();
        done = code_.new_label();
        code_.alu(Alu::cmp, width, b, -1);
        code_.jcc(Cond::ne, divides);
        // By -1: the processor would fault on the smallest number.
        if (what.remainder) {
            code_.zero(Reg::rdx);
        } else {
            code_.unary(Unary::neg, width, Reg::rax);
            code_.jcc(Cond::o, trap_label(Trap::integer_overflow, operation.cell));
        }
        code_.jmp(done);
        code_.bind(divides);
        if (width == Width::w32) {
            code_.cdq();
        } else {
            code_.cqo();
        }
        code_.unary(Unary::idiv, width, b);
        code_.bind(done);
    } else {
        code_.zero(Reg::rdx);
        code_.unary(Unary::div, width, b);
    }
    registers_.release_dying(operation);
    const Reg d = registers_.define_int(operation.d, operation.type, Reg::rdx);
    code_.mov(width, d, what.remainder ? Reg::rdx : Reg::rax);
}

void FunctionCompiler::divide_by_constant(const Operation& operation, uint64_t value) {
    const Division what = division(operation.opcode);
    const Width width = width_of(operation.type);
    const unsigned bits = width == Width::w32 ? 32 : 64;
    if (value == 0) {
        code_.jmp(trap_label(Trap::integer_divide_by_zero, operation.cell));
        // What follows is never reached, but needs a result.
        registers_.define_constant(operation.d, operation.type, 0);
        return;
    }
    if (!what.is_signed && std::has_single_bit(value)) {
        const Reg a = registers_.use_int(operation.a, operation.a_type);
        registers_.release_dying(operation);
        const Reg d = registers_.define_int(operation.d, operation.type, a);
        if (d != a || value == 1) {
            code_.mov(width, d, a);
        }
        if (what.remainder) {
            constant_operand(code_, Alu::and_, width, d, value - 1);
        } else if (value != 1) {
            code_.shift(Shift::shr, width, d, uint8_t(std::countr_zero(value)));
        }
        return;
    }
    const int64_t divisor =
        width == Width::w32 ? int64_t(int32_t(uint32_t(value))) : int64_t(value);
    if (what.is_signed && (divisor == -1 || divisor == 1)) {
        const Reg a = registers_.use_int(operation.a, operation.a_type);
        code_.mov(width, Reg::rax, a);
        if (what.remainder) {
            code_.zero(Reg::rax);
        } else if (divisor == -1) {
            code_.unary(Unary::neg, width, Reg::rax);
            code_.jcc(Cond::o, trap_label(Trap::integer_overflow, operation.cell));
        }
        registers_.release_dying(operation);
        const Reg d = registers_.define_int(operation.d, operation.type);
        return code_.mov(width, d, Reg::rax);
    }
    if (!what.is_signed && width == Width::w32) {
        // The quotient is the upper part of a product with 2^(32+s) / divisor, rounded up, which
        // has 33 bits: the one above 32 is added apart (Granlund and Montgomery, 1994).
        const unsigned s = 32 - unsigned(std::countl_zero(uint32_t(value - 1)));
        const uint64_t multiplier = ((uint64_t{1} << s) - value) * (uint64_t{1} << 32) / value + 1;
        const Reg a = registers_.use_int(operation.a, operation.a_type);
        code_.mov(Reg::rax, multiplier);
        code_.imul(Width::w64, Reg::rax, a);
        code_.shift(Shift::shr, Width::w64, Reg::rax, 32);
        const Reg t = registers_.temporary_int();
        code_.mov(Width::w32, t, a);
        code_.alu(Alu::sub, Width::w32, t, Reg::rax);
        code_.shift(Shift::shr, Width::w32, t, 1);
        code_.alu(Alu::add, Width::w32, t, Reg::rax);
        if (s > 1) {
            code_.shift(Shift::shr, Width::w32, t, uint8_t(s - 1));
        }
        if (what.remainder) {
            code_.imul(Width::w32, t, t, int32_t(uint32_t(value)));
            code_.mov(Width::w32, Reg::rax, a);
            code_.alu(Alu::sub, Width::w32, Reg::rax, t);
        } else {
            code_.mov(Width::w32, Reg::rax, t);
        }
        registers_.release_dying(operation);
        const Reg d = registers_.define_int(operation.d, operation.type, t);
        return code_.mov(Width::w32, d, Reg::rax);
    }
    // The divisor is neither 0 nor -1: nothing to look at first.
    registers_.take(Reg::rdx);
    const Reg a = registers_.use_int(operation.a, operation.a_type);
    const Reg b = registers_.temporary_int();
    code_.mov(b, bits == 32 ? uint32_t(value) : value);
    code_.mov(width, Reg::rax, a);
    if (what.is_signed) {
        if (width == Width::w32) {
            code_.cdq();
        } else {
            code_.cqo();
        }
        code_.unary(Unary::idiv, width, b);
    } else {
        code_.zero(Reg::rdx);
        code_.unary(Unary::div, width, b);
    }
    registers_.release_dying(operation);
    const Reg d = registers_.define_int(operation.d, operation.type, Reg::rdx);
    code_.mov(width, d, what.remainder ? Reg::rdx : Reg::rax);
}

// --- Conditions

// Sets the flags; gives the condition that is the comparison.
Cond FunctionCompiler::compare_ints(const Operation& operation) {
    const Width width = width_of(operation.a_type);
    const bool tests = operation.opcode == Opcode::i32_and;
    const Reg a = registers_.use_int(operation.a, operation.a_type);
    if (!operation.has(reads_b)) {
        const uint64_t value =
            width == Width::w32 ? uint32_t(operation.immediate) : operation.immediate;
        int32_t immediate;
        const bool fit = fits(width, value, immediate);
        if (tests) {
            code_.test(width, a, immediate);
        } else if (value == 0) {
            code_.test(width, a, a);
        } else if (fit) {
            code_.alu(Alu::cmp, width, a, immediate);
        } else {
            code_.mov(Reg::rax, value);
            code_.alu(Alu::cmp, width, a, Reg::rax);
        }
    } else if (!tests && registers_.is_stored(operation.b) && operation.dies(reads_b)) {
        code_.alu(Alu::cmp, width, a, slot_memory(operation.b));
    } else {
        const Reg b = registers_.use_int(operation.b, operation.b_type);
        if (tests) {
            code_.test(width, a, b);
        } else {
            code_.alu(Alu::cmp, width, a, b);
        }
    }
    registers_.release_dying(operation);
    return condition(operation.opcode);
}

void FunctionCompiler::compare(const Operation& operation) {
    if (!is_int(operation.a_type)) {
        return compare_floats(operation);
    }
    const Cond cond = compare_ints(operation);
    code_.setcc(cond, Reg::rax);
    // Flags and rax stay as they are while a register is found.
    const Reg d = registers_.define_int(operation.d, Type::i32);
    code_.extend(u8, d, Reg::rax);
}

void FunctionCompiler::branch_table(const Operation& operation) {
    const auto count = uint32_t(operation.immediate);
    prepare_table(operation);
    const Reg index = registers_.use_int(operation.a, Type::i32);
    const Reg base = registers_.temporary_int();
    registers_.release_dying(operation);
    const Label table = code_.new_label();
    code_.mov(Reg::rax, count - 1);
    code_.alu(Alu::cmp, Width::w32, index, Reg::rax);
    code_.cmov(Cond::b, Width::w32, Reg::rax, index);
    code_.lea(base, table);
    code_.load(s32_64, Reg::rax, at(base, Reg::rax, 0, 2));
    code_.alu(Alu::add, Width::w64, Reg::rax, base);
    code_.jmp(Reg::rax);
    add_table(operation, table);
}

// --- Values

void FunctionCompiler::select(const Operation& operation) {
    const Reg condition = registers_.use_int(operation.c, Type::i32);
    if (is_int(operation.type)) {
        const Reg a = registers_.use_int(operation.a, operation.type);
        const Reg b = registers_.use_int(operation.b, operation.type);
        registers_.release_dying(operation);
        code_.test(Width::w32, condition, condition);
        // Into the register of the one that goes, which the other one replaces if it is chosen.
        const Reg d =
            registers_.define_int(operation.d, operation.type, operation.dies(reads_a) ? a : b);
        if (d == a) {
            code_.cmov(Cond::e, Width::w64, d, b);
        } else {
            if (d != b) {
                code_.mov(Width::w64, d, b);
            }
            code_.cmov(Cond::ne, Width::w64, d, a);
        }
        return;
    }
    const Xmm a = registers_.use_vector(operation.a, operation.type);
    const Xmm b = registers_.use_vector(operation.b, operation.type);
    registers_.release_dying(operation);
    const Xmm d =
        registers_.define_vector(operation.d, operation.type, operation.dies(reads_a) ? a : b);
    const Label done = code_.new_label();
    code_.test(Width::w32, condition, condition);
    if (d == a) {
        code_.jcc(Cond::ne, done);
        code_.movap(d, b);
    } else {
        code_.movap(d, b);
        code_.jcc(Cond::e, done);
        code_.movap(d, a);
    }
    code_.bind(done);
}

// --- Globals: own ones lie in an array, others behind pointers.

// Where the global is, in rax.
Mem FunctionCompiler::global(const Operation& operation) {
    const size_t view =
        offsetof(Context, view) +
        (operation.own ? offsetof(InstanceView, own_globals) : offsetof(InstanceView, globals));
    code_.load(u64, Reg::rax, context_memory(view));
    if (operation.own) {
        return at(Reg::rax, int32_t(operation.immediate * sizeof(Value)));
    }
    code_.load(u64, Reg::rax, at(Reg::rax, int32_t(operation.immediate * sizeof(Value*))));
    return at(Reg::rax, 0);
}

void FunctionCompiler::global_get(const Operation& operation) {
    const Mem place = global(operation);
    if (is_int(operation.type)) {
        code_.load(u64, registers_.define_int(operation.d, operation.type), place);
    } else if (operation.type == Type::v128) {
        code_.vector1(codes::movups, registers_.define_vector(operation.d, Type::v128), place);
    } else {
        code_.vector1(codes::movsd_load, registers_.define_vector(operation.d, Type::f64), place);
    }
}

void FunctionCompiler::global_set(const Operation& operation) {
    if (is_int(operation.type)) {
        const Reg a = registers_.use_int(operation.a, operation.type);
        code_.store(8, global(operation), a);
    } else {
        const Xmm a = registers_.use_vector(operation.a, operation.type);
        code_.vector_store(operation.type == Type::v128 ? codes::movups_store : codes::movsd_store,
                           global(operation), a);
    }
    registers_.release_dying(operation);
}

}  // namespace epsilon::baseline
