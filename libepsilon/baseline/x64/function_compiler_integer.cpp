// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <bit>

#include "baseline/function_compiler.h"
#include "baseline/widths.h"
#include "baseline/x64/int_operation.h"
#include "baseline/x64/vector_codes.h"

// Integers, globals, and conditions.
namespace epsilon::baseline {

using namespace interp;

namespace {

using enum epsilon::baseline::Access;

// A table with so few labels besides the last is compared with, label by label: those that
// compilers make of jumps into loops have one or two, and are predicted better that way.
constexpr uint32_t most_compared_labels = 3;

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
    int32_t immediate;
    const bool fit = fits(width, value, immediate);
    if (add_joined(operation, value, fit)) {
        return;
    }
    const Reg a = registers_.use_int(operation.a, operation.a_type);
    registers_.release_dying(operation);
    const Reg d = registers_.define_int(operation.d, operation.type, a);
    const unsigned bits = width == Width::w32 ? 32 : 64;
    switch (what.kind) {
        case IntOperation::Kind::alu:
            if (d != a && what.alu == Alu::add && fit) {
                return code_.lea(width, d, at(a, immediate));
            }
            if (what.alu == Alu::and_ && (value == UINT8_MAX || value == UINT16_MAX)) {
                return code_.extend(value == UINT8_MAX ? u8 : u16, d, a);
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

// Where a constant is added, or a shift multiplies by 2, 4 or 8, and the next operation adds the
// result, which nothing else reads: both in one instruction. False if it is not so.
bool FunctionCompiler::add_joined(const Operation& operation, uint64_t value, bool fit) {
    const Operation* const next = next_operation();
    const bool is_32 = operation.type == Type::i32;
    const Opcode add = is_32 ? Opcode::i32_add : Opcode::i64_add;
    const bool adds = operation.opcode == add && fit;
    const bool scales =
        operation.opcode == (is_32 ? Opcode::i32_shl : Opcode::i64_shl) && value >= 1 && value <= 3;
    if ((!adds && !scales) || !next || next->opcode != add) {
        return false;
    }
    Mem sum;
    if (next->form == Form::binary && next->a != next->b) {
        const bool first = next->a == operation.d && next->dies(reads_a);
        if (!first && (next->b != operation.d || !next->dies(reads_b))) {
            return false;
        }
        const int32_t other = first ? next->b : next->a;
        if (registers_.is_stored(other)) {
            return false;  // its only use may be in memory
        }
        const Reg a = registers_.use_int(operation.a, operation.a_type);
        const Reg b = registers_.use_int(other, operation.type);
        sum = adds ? at(a, b, int32_t(uint32_t(value))) : at(b, a, 0, uint8_t(value));
    } else if (next->form == Form::binary_constant && scales && next->a == operation.d &&
               next->dies(reads_a) &&
               (is_32 || int64_t(next->immediate) == int32_t(next->immediate))) {
        const Reg a = registers_.use_int(operation.a, operation.a_type);
        sum = at(Reg::none, a, int32_t(uint32_t(next->immediate)), uint8_t(value));
    } else {
        return false;
    }
    registers_.release_dying(operation);
    registers_.forget(operation.d, operation.type);
    ++current_;
    mark(CodeMark::Kind::operation, next->cell);
    registers_.release_dying(*next);
    const Reg wished = sum.base == Reg::none || next->dies(reads_a) ? sum.index : sum.base;
    code_.lea(is_32 ? Width::w32 : Width::w64, registers_.define_int(next->d, next->type, wished),
              sum);
    return true;
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
    if (select_by_comparison(operation)) {
        return;
    }
    const uint32_t branch = branch_by_comparison(operation);
    const Cond cond = compare_ints(operation);
    if (branch != 0) {
        return finish_comparison(operation, branch, cond);
    }
    code_.setcc(cond, Reg::rax);
    // Flags and rax stay as they are while a register is found.
    const Reg d = registers_.define_int(operation.d, Type::i32);
    code_.extend(u8, d, Reg::rax);
}

// The next operation of the block; null if there is none.
const Operation* FunctionCompiler::next_operation() const {
    const Operation* const next = &function_.operations[current_] + 1;
    return next < function_.operations.data() + block_end_ ? next : nullptr;
}

// Where what comes next, but for constants, selects by the result, and nothing else reads that:
// both in one. False if it is not so.
bool FunctionCompiler::select_by_comparison(const Operation& operation) {
    uint32_t at = current_ + 1;
    for (; at < block_end_; ++at) {
        const Operation& next = function_.operations[at];
        if (next.form != Form::constant || next.type == Type::v128 || next.d == operation.a ||
            next.d == operation.d || (operation.has(reads_b) && next.d == operation.b)) {
            break;
        }
    }
    const Operation* const next = &function_.operations[std::min(at, block_end_ - 1)];
    if (next->form != Form::select || next->c != operation.d || !next->dies(reads_c) ||
        next->a == operation.d || next->b == operation.d) {
        return false;
    }
    for (uint32_t i = current_ + 1; i < at; ++i) {
        const Operation& each = function_.operations[i];
        constant(each);
        registers_.end_operation(each);
    }
    const bool ints = is_int(next->type);
    // Before the comparison: a constant's way to a register may change flags.
    const Register a = ints ? register_of(registers_.use_int(next->a, next->type))
                            : register_of(registers_.use_vector(next->a, next->type));
    const Register b = ints ? register_of(registers_.use_int(next->b, next->type))
                            : register_of(registers_.use_vector(next->b, next->type));
    const Cond cond = compare_ints(operation);
    registers_.forget(operation.d, operation.type);
    current_ = at;
    mark(CodeMark::Kind::operation, next->cell);
    registers_.release_dying(*next);
    if (ints) {
        select_int(*next, general(a), general(b), cond);
    } else {
        select_vector(*next, vector(a), vector(b), cond);
    }
    return true;
}

// The operation that branches by the result, if nothing else reads it, and nothing but moves of
// other slots lies between; 0 if there is none. Moves leave flags alone.
uint32_t FunctionCompiler::branch_by_comparison(const Operation& operation) const {
    uint32_t at = current_ + 1;
    for (; at < block_end_; ++at) {
        const Operation& next = function_.operations[at];
        if (next.form != Form::move || next.type == Type::v128 || next.a == operation.d ||
            next.d == operation.d) {
            break;
        }
    }
    if (at >= block_end_) {
        return 0;
    }
    const Operation& last = function_.operations[at];
    const bool branches = last.form == Form::branch_if_constant && last.a == operation.d &&
                          last.dies(reads_a) && last.immediate == 0 &&
                          (last.opcode == Opcode::i32_ne || last.opcode == Opcode::i32_eq);
    return branches ? at : 0;
}

// After the comparison that the branch asks for.
void FunctionCompiler::finish_comparison(const Operation& operation, uint32_t branch, Cond cond) {
    registers_.forget(operation.d, operation.type);
    registers_.end_operation(operation);
    for (++current_; current_ < branch; ++current_) {
        const Operation& each = function_.operations[current_];
        mark(CodeMark::Kind::operation, each.cell);
        move(each);
        registers_.end_operation(each);
    }
    const Operation& last = function_.operations[branch];
    mark(CodeMark::Kind::operation, last.cell);
    if (!is_backward(last.target) && !states_[block_at(last.target)].reached) {
        registers_.store_constants(block_at(last.target));  // flags stay
    }
    const bool when = (last.opcode == Opcode::i32_ne) == last.when;
    branch_by_flags(last, when ? cond : inverted(cond));
}

void FunctionCompiler::branch_table(const Operation& operation) {
    const auto last = uint32_t(operation.immediate) - 1;
    prepare_table(operation);
    const Reg index = registers_.use_int(operation.a, Type::i32);
    if (last <= most_compared_labels) {
        registers_.release_dying(operation);
        const uint32_t* const targets = &function_.table_targets[operation.target];
        const uint32_t last_price = table_price(operation, last);
        for (uint32_t i = 0; i < last; ++i) {
            const uint32_t price = table_price(operation, i);
            if (targets[i] == targets[last] && price == last_price) {
                continue;
            }
            if (i == 0) {
                code_.test(Width::w32, index, index);
            } else {
                code_.alu(Alu::cmp, Width::w32, index, int32_t(i));
            }
            code_.jcc(Cond::e, edge(targets[i], price));
        }
        return jump(targets[last], last_price);
    }
    const Reg base = registers_.temporary_int();
    registers_.release_dying(operation);
    const Label table = code_.new_label();
    code_.mov(Reg::rax, last);
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
        return select_int(operation, a, b, Cond::ne);
    }
    const Xmm a = registers_.use_vector(operation.a, operation.type);
    const Xmm b = registers_.use_vector(operation.b, operation.type);
    registers_.release_dying(operation);
    code_.test(Width::w32, condition, condition);
    select_vector(operation, a, b, Cond::ne);
}

// Into the register of the one that goes, which the other one replaces if it is chosen.
void FunctionCompiler::select_int(const Operation& operation, Reg a, Reg b, Cond cond) {
    const Reg d =
        registers_.define_int(operation.d, operation.type, operation.dies(reads_a) ? a : b);
    if (d == a) {
        return code_.cmov(inverted(cond), Width::w64, d, b);
    }
    if (d != b) {
        code_.mov(Width::w64, d, b);
    }
    code_.cmov(cond, Width::w64, d, a);
}

void FunctionCompiler::select_vector(const Operation& operation, Xmm a, Xmm b, Cond cond) {
    const Xmm d =
        registers_.define_vector(operation.d, operation.type, operation.dies(reads_a) ? a : b);
    const Label done = code_.new_label();
    if (d == a) {
        code_.jcc(cond, done);
        code_.movap(d, b);
    } else {
        code_.movap(d, b);
        code_.jcc(inverted(cond), done);
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
