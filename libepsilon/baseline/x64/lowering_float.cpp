// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "baseline/lowering.h"
#include "baseline/x64/lowering_float.h"

// Of two NaNs an operation gives the first, made quiet: operands are never exchanged.
//
// Scalar instructions keep the upper lanes of their destination, and so wait for whatever wrote it
// last. Those that read one operand are given it as the other one too; those that read a general
// register, a zero.
namespace epsilon::baseline {

namespace {

constexpr auto scratch = Xmm::xmm15;
constexpr auto second_scratch = Xmm::xmm14;

// The two kinds of float, and the instructions on them.
struct Kind {
    bool wide;

    constexpr VectorCode scalar(uint8_t opcode, bool wide_integer = false) const {
        return {uint8_t(wide ? 0xf2 : 0xf3), 1, opcode, wide_integer};
    }
    constexpr VectorCode add() const { return scalar(0x58); }
    constexpr VectorCode mul() const { return scalar(0x59); }
    constexpr VectorCode sub() const { return scalar(0x5c); }
    constexpr VectorCode min() const { return scalar(0x5d); }
    constexpr VectorCode div() const { return scalar(0x5e); }
    constexpr VectorCode max() const { return scalar(0x5f); }
    constexpr VectorCode sqrt() const { return scalar(0x51); }
    constexpr VectorCode from_integer(Width width) const {
        return scalar(0x2a, width == Width::w64);
    }
    constexpr VectorCode truncate() const { return scalar(0x2c, true); }  // to 64 bits
    constexpr VectorCode convert() const { return scalar(0x5a); }         // to the other kind
    constexpr VectorCode compare() const { return {uint8_t(wide ? 0x66 : 0), 1, 0x2e}; }
    constexpr VectorCode round() const { return {0x66, 3, uint8_t(wide ? 0x0b : 0x0a)}; }

    Mem constant(Assembler& code, uint32_t f32, uint64_t f64) const {
        return wide ? code.constant64(f64) : code.constant32(f32);
    }
    Mem sign(Assembler& code) const { return constant(code, 0x80000000, 0x8000000000000000); }
    Mem all_but_sign(Assembler& code) const {
        return constant(code, 0x7fffffff, 0x7fffffffffffffff);
    }
    Mem two_to_63(Assembler& code) const { return constant(code, 0x5f000000, 0x43e0000000000000); }
    Mem minus_two_to_63(Assembler& code) const {
        return constant(code, 0xdf000000, 0xc3e0000000000000);
    }
};
constexpr Kind f32 = {false};
constexpr Kind f64 = {true};

// Those of packed f32 are shortest, and as good as others for bits.
constexpr VectorCode bits_and = {0, 1, 0x54, false, true};
constexpr VectorCode bits_or = {0, 1, 0x56, false, true};
constexpr VectorCode bits_xor = {0, 1, 0x57, false, true};

void set_zero(Assembler& code, Xmm d) {
    code.vector2(bits_xor, d, d, d);
}

// What roundss takes: how, and that being inexact is no exception.
enum Rounding : uint8_t { nearest = 8, down = 9, up = 10, toward_zero = 11 };

void round(Assembler& code, Kind kind, Rounding rounding, Xmm d, Xmm a) {
    code.vector2(kind.round(), d, a, a, rounding);
}

void copysign(Assembler& code, Kind kind, Xmm d, Xmm a, Xmm b) {
    code.vector2(bits_and, scratch, b, kind.sign(code));
    code.vector2(bits_and, d, a, kind.all_but_sign(code));
    code.vector2(bits_or, d, d, scratch);
}

// An instruction gives its second operand for zeros of either sign: both orders, joined by their
// bits, give the right zero.
void extremum(Assembler& code, Kind kind, const VectorCode& operation, const VectorCode& join,
              Xmm d, Xmm a, Xmm b) {
    code.vector1(kind.compare(), a, b);
    const Assembler::Skip unordered = code.skip_if(Cond::p);
    const bool exchange = d == a;  // spares moves
    const Xmm x = exchange ? b : a, y = exchange ? a : b;
    code.vector2(operation, second_scratch, x, y);
    code.vector2(operation, d, y, x);
    code.vector2(join, d, d, second_scratch);
    const Assembler::Skip done = code.skip();
    code.skip_to_here(unordered);
    code.vector2(kind.add(), d, a, b);
    code.skip_to_here(done);
}

void convert_signed(Assembler& code, Kind kind, Width width, Xmm d, Reg a) {
    set_zero(code, d);
    code.vector2(kind.from_integer(width), d, d, a);
}

// Above its 32 bits the register is zero.
void convert_u32(Assembler& code, Kind kind, Xmm d, Reg a) {
    convert_signed(code, kind, Width::w64, d, a);
}

void convert_u64(Assembler& code, Kind kind, Xmm d, Reg a) {
    set_zero(code, d);
    code.test(Width::w64, a, a);
    const Assembler::Skip large = code.skip_if(Cond::s);
    code.vector2(kind.from_integer(Width::w64), d, d, a);
    const Assembler::Skip done = code.skip();
    code.skip_to_here(large);
    // Half of it, doubled. The bit that is lost stays in the one above: enough for rounding, far
    // from the digits that are kept.
    code.lea(Width::w32, Reg::rax, at(a, a, 0));
    code.alu(Alu::and_, Width::w32, Reg::rax, 2);
    code.alu(Alu::or_, Width::w64, Reg::rax, a);
    code.shift(Shift::shr, Width::w64, Reg::rax, 1);
    code.vector2(kind.from_integer(Width::w64), d, d, Reg::rax);
    code.vector2(kind.add(), d, d, d);
    code.skip_to_here(done);
}

// The integers that floats are truncated to.
struct Integer {
    Width width;
    bool is_signed;

    constexpr uint64_t min() const {
        return !is_signed ? 0 : width == Width::w64 ? uint64_t{1} << 63 : uint64_t{1} << 31;
    }
    constexpr uint64_t max() const {
        const uint64_t all = width == Width::w64 ? UINT64_MAX : UINT32_MAX;
        return is_signed ? all >> 1 : all;
    }
};

// rax <- a truncated to 64 bits; where it is not in range jumps on, mostly. d may be lost.
// What the processor gives for NaN and what it can't represent is -2^63.
Assembler::Skip truncate(Assembler& code, Kind kind, Integer integer, Reg d, Xmm a) {
    code.from_vector(kind.truncate(), Reg::rax, a);
    if (integer.width == Width::w32) {
        code.extend(integer.is_signed ? Access::s32_64 : Access::u32, d, Reg::rax);
        code.alu(Alu::cmp, Width::w64, d, Reg::rax);
        return code.skip_if(Cond::e);
    }
    if (integer.is_signed) {
        code.alu(Alu::cmp, Width::w64, Reg::rax, 1);  // overflows for -2^63 alone
        return code.skip_if(Cond::no);
    }
    code.test(Width::w64, Reg::rax, Reg::rax);
    return code.skip_if(Cond::ns);
}

// rax <- a, of at least 2^63, as an unsigned integer; 0, and the condition e, where it is not one:
// too large, or too far below zero to be truncated into a signed one.
void truncate_large(Assembler& code, Kind kind, Reg d, Xmm a) {
    code.vector2(kind.sub(), scratch, a, kind.two_to_63(code));
    code.from_vector(kind.truncate(), Reg::rax, scratch);
    code.mov(d, uint64_t{1} << 63);
    code.alu(Alu::xor_, Width::w64, Reg::rax, d);
}

void truncate_saturating(Assembler& code, Kind kind, Integer integer, Reg d, Xmm a) {
    const Assembler::Skip fits = truncate(code, kind, integer, d, a);
    set_zero(code, scratch);
    code.vector1(kind.compare(), a, scratch);
    code.mov(Reg::rax, 0);
    const Assembler::Skip is_nan = code.skip_if(Cond::p);
    Assembler::Skip done;
    if (integer.width == Width::w64 && !integer.is_signed) {
        const Assembler::Skip is_negative = code.skip_if(Cond::b);
        truncate_large(code, kind, d, a);
        done = code.skip_if(Cond::ne);
        code.alu(Alu::sub, Width::w64, Reg::rax, 1);
        code.skip_to_here(is_negative);
    } else {
        code.mov(Reg::rax, integer.max());
        done = code.skip_if(Cond::a);
        code.mov(Reg::rax, integer.min());
    }
    code.skip_to_here(fits);
    code.skip_to_here(is_nan);
    code.skip_to_here(done);
    code.mov(integer.width, d, Reg::rax);
}

void truncate_or_trap(Assembler& code, Kind kind, Integer integer, Reg d, Xmm a, Label overflow,
                      Label invalid) {
    const Assembler::Skip fits = truncate(code, kind, integer, d, a);
    code.vector1(kind.compare(), a, a);
    code.jcc(Cond::p, invalid);
    if (integer.width == Width::w32) {
        code.jmp(overflow);
    } else if (integer.is_signed) {
        code.vector1(kind.compare(), a, kind.minus_two_to_63(code));
        code.jcc(Cond::ne, overflow);
    } else {
        truncate_large(code, kind, d, a);
        code.jcc(Cond::e, overflow);
    }
    code.skip_to_here(fits);
    code.mov(integer.width, d, Reg::rax);
}

constexpr Integer i32_s = {Width::w32, true}, i32_u = {Width::w32, false};
constexpr Integer i64_s = {Width::w64, true}, i64_u = {Width::w64, false};

}  // namespace

void lower_float_unary(Assembler& code, Opcode opcode, Xmm d, Xmm a) {
    switch (opcode) {
        case Opcode::f32_abs:
            return code.vector2(bits_and, d, a, f32.all_but_sign(code));
        case Opcode::f64_abs:
            return code.vector2(bits_and, d, a, f64.all_but_sign(code));
        case Opcode::f32_neg:
            return code.vector2(bits_xor, d, a, f32.sign(code));
        case Opcode::f64_neg:
            return code.vector2(bits_xor, d, a, f64.sign(code));
        case Opcode::f32_ceil:
            return round(code, f32, up, d, a);
        case Opcode::f64_ceil:
            return round(code, f64, up, d, a);
        case Opcode::f32_floor:
            return round(code, f32, down, d, a);
        case Opcode::f64_floor:
            return round(code, f64, down, d, a);
        case Opcode::f32_trunc:
            return round(code, f32, toward_zero, d, a);
        case Opcode::f64_trunc:
            return round(code, f64, toward_zero, d, a);
        case Opcode::f32_nearest:
            return round(code, f32, nearest, d, a);
        case Opcode::f64_nearest:
            return round(code, f64, nearest, d, a);
        case Opcode::f32_sqrt:
            return code.vector2(f32.sqrt(), d, a, a);
        case Opcode::f64_sqrt:
            return code.vector2(f64.sqrt(), d, a, a);
        case Opcode::f64_promote_f32:
            return code.vector2(f32.convert(), d, a, a);
        case Opcode::f32_demote_f64:
            return code.vector2(f64.convert(), d, a, a);
        default:
            return;
    }
}

bool has_memory_form(Opcode opcode) {
    switch (opcode) {
        case Opcode::f32_add:
        case Opcode::f64_add:
        case Opcode::f32_sub:
        case Opcode::f64_sub:
        case Opcode::f32_mul:
        case Opcode::f64_mul:
        case Opcode::f32_div:
        case Opcode::f64_div:
            return true;
        default:
            return false;
    }
}

namespace {

// Of those operations.
VectorCode arithmetic(Opcode opcode) {
    switch (opcode) {
        case Opcode::f32_add:
            return f32.add();
        case Opcode::f64_add:
            return f64.add();
        case Opcode::f32_sub:
            return f32.sub();
        case Opcode::f64_sub:
            return f64.sub();
        case Opcode::f32_mul:
            return f32.mul();
        case Opcode::f64_mul:
            return f64.mul();
        case Opcode::f32_div:
            return f32.div();
        default:
            return f64.div();
    }
}

}  // namespace

void lower_float_binary(Assembler& code, Opcode opcode, Xmm d, Xmm a, const Mem& b) {
    code.vector2(arithmetic(opcode), d, a, b);
}

void lower_float_binary(Assembler& code, Opcode opcode, Xmm d, Xmm a, Xmm b) {
    switch (opcode) {
        case Opcode::f32_min:
            return extremum(code, f32, f32.min(), bits_or, d, a, b);
        case Opcode::f64_min:
            return extremum(code, f64, f64.min(), bits_or, d, a, b);
        case Opcode::f32_max:
            return extremum(code, f32, f32.max(), bits_and, d, a, b);
        case Opcode::f64_max:
            return extremum(code, f64, f64.max(), bits_and, d, a, b);
        case Opcode::f32_copysign:
            return copysign(code, f32, d, a, b);
        case Opcode::f64_copysign:
            return copysign(code, f64, d, a, b);
        default:
            return code.vector2(arithmetic(opcode), d, a, b);
    }
}

void lower_int_to_float(Assembler& code, Opcode opcode, Xmm d, Reg a) {
    switch (opcode) {
        case Opcode::f32_convert_i32_s:
            return convert_signed(code, f32, Width::w32, d, a);
        case Opcode::f64_convert_i32_s:
            return convert_signed(code, f64, Width::w32, d, a);
        case Opcode::f32_convert_i64_s:
            return convert_signed(code, f32, Width::w64, d, a);
        case Opcode::f64_convert_i64_s:
            return convert_signed(code, f64, Width::w64, d, a);
        case Opcode::f32_convert_i32_u:
            return convert_u32(code, f32, d, a);
        case Opcode::f64_convert_i32_u:
            return convert_u32(code, f64, d, a);
        case Opcode::f32_convert_i64_u:
            return convert_u64(code, f32, d, a);
        case Opcode::f64_convert_i64_u:
            return convert_u64(code, f64, d, a);
        case Opcode::f32_reinterpret_i32:
            return code.to_vector(Width::w32, d, a);
        case Opcode::f64_reinterpret_i64:
            return code.to_vector(Width::w64, d, a);
        default:
            return;
    }
}

void lower_float_to_int(Assembler& code, Opcode opcode, Reg d, Xmm a) {
    switch (opcode) {
        case Opcode::i32_reinterpret_f32:
            return code.from_vector(Width::w32, d, a);
        case Opcode::i64_reinterpret_f64:
            return code.from_vector(Width::w64, d, a);
        case Opcode::i32_trunc_sat_f32_s:
            return truncate_saturating(code, f32, i32_s, d, a);
        case Opcode::i32_trunc_sat_f32_u:
            return truncate_saturating(code, f32, i32_u, d, a);
        case Opcode::i32_trunc_sat_f64_s:
            return truncate_saturating(code, f64, i32_s, d, a);
        case Opcode::i32_trunc_sat_f64_u:
            return truncate_saturating(code, f64, i32_u, d, a);
        case Opcode::i64_trunc_sat_f32_s:
            return truncate_saturating(code, f32, i64_s, d, a);
        case Opcode::i64_trunc_sat_f32_u:
            return truncate_saturating(code, f32, i64_u, d, a);
        case Opcode::i64_trunc_sat_f64_s:
            return truncate_saturating(code, f64, i64_s, d, a);
        case Opcode::i64_trunc_sat_f64_u:
            return truncate_saturating(code, f64, i64_u, d, a);
        default:
            return;
    }
}

void lower_float_to_int_trap(Assembler& code, Opcode opcode, Reg d, Xmm a, Label overflow,
                             Label invalid) {
    switch (opcode) {
        case Opcode::i32_trunc_f32_s:
            return truncate_or_trap(code, f32, i32_s, d, a, overflow, invalid);
        case Opcode::i32_trunc_f32_u:
            return truncate_or_trap(code, f32, i32_u, d, a, overflow, invalid);
        case Opcode::i32_trunc_f64_s:
            return truncate_or_trap(code, f64, i32_s, d, a, overflow, invalid);
        case Opcode::i32_trunc_f64_u:
            return truncate_or_trap(code, f64, i32_u, d, a, overflow, invalid);
        case Opcode::i64_trunc_f32_s:
            return truncate_or_trap(code, f32, i64_s, d, a, overflow, invalid);
        case Opcode::i64_trunc_f32_u:
            return truncate_or_trap(code, f32, i64_u, d, a, overflow, invalid);
        case Opcode::i64_trunc_f64_s:
            return truncate_or_trap(code, f64, i64_s, d, a, overflow, invalid);
        case Opcode::i64_trunc_f64_u:
            return truncate_or_trap(code, f64, i64_u, d, a, overflow, invalid);
        default:
            return;
    }
}

}  // namespace epsilon::baseline
