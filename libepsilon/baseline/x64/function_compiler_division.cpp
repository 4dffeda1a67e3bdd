// SPDX-License-Identifier: Apache-2.0
#include <bit>

#include "baseline/function_compiler.h"
#include "baseline/widths.h"

// Division of integers. By a constant it is a product with the constant's inverse (Granlund and
// Montgomery, "Division by invariant integers using multiplication", 1994).
namespace epsilon::baseline {

using namespace interp;

namespace {

using enum epsilon::baseline::Access;

// 2^exponent / divisor, of the quotient the lower 64 bits.
struct Quotient {
    uint64_t quotient;
    uint64_t remainder;
};
Quotient divide_power(unsigned exponent, uint64_t divisor) {
    Quotient result{0, 1};
    for (unsigned i = 0; i < exponent; ++i) {
        const bool carries = result.remainder >> 63 != 0;
        result.remainder <<= 1;
        result.quotient <<= 1;
        if (carries || result.remainder >= divisor) {
            result.remainder -= divisor;
            result.quotient |= 1;
        }
    }
    return result;
}

// x / divisor is x * multiplier / 2^(bits + shift), rounded down, for a divisor that is no power of
// two; for x below zero it is one more.
struct Inverse {
    uint64_t multiplier;
    unsigned shift;
    bool has_carry;  // the multiplier has another bit above its own, and `shift` is one more
};
Inverse unsigned_inverse(unsigned bits, uint64_t divisor) {
    const auto shift = unsigned(std::bit_width(divisor)) - 1;
    const auto [quotient, remainder] = divide_power(bits + shift, divisor);
    if (divisor - remainder < uint64_t{1} << shift) {
        return {quotient + 1, shift, false};
    }
    const bool carries = remainder >= divisor - remainder;
    const uint64_t multiplier = 2 * quotient + (carries ? 2 : 1);
    return {bits == 32 ? uint32_t(multiplier) : multiplier, shift, true};
}
// The multiplier has as many bits as x, or one less, if that is enough.
Inverse signed_inverse(unsigned bits, uint64_t divisor) {
    const auto shift = unsigned(std::bit_width(divisor)) - 1;
    const auto [quotient, remainder] = divide_power(bits - 1 + shift, divisor);
    if (divisor - remainder <= uint64_t{1} << shift) {
        return {quotient + 1, shift - 1, false};
    }
    return {divide_power(bits + shift, divisor).quotient + 1, shift, false};
}

}  // namespace

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
    if (value == 0) {
        code_.jmp(trap_label(Trap::integer_divide_by_zero, operation.cell));
        // What follows is never reached, but needs a result.
        return registers_.define_constant(operation.d, operation.type, 0);
    }
    const Width width = width_of(operation.type);
    const auto sign_bit = uint8_t(bits_of(width) - 1);
    const bool negative = what.is_signed && (value >> sign_bit & 1) != 0;
    uint64_t size = negative ? 0 - value : value;
    if (width == Width::w32) {
        size = uint32_t(size);
    }
    if (!std::has_single_bit(size)) {
        return what.is_signed ? divide_signed(operation, size, negative)
                              : divide_unsigned(operation, size);
    }
    const auto shift = uint8_t(std::countr_zero(size));
    const Reg a = registers_.use_int(operation.a, operation.a_type);
    if (!what.is_signed && what.remainder) {
        registers_.release_dying(operation);
        const Reg d = registers_.define_int(operation.d, operation.type, a);
        code_.mov(Reg::rax, size - 1);
        if (d != a) {
            code_.mov(width, d, a);
        }
        return code_.alu(Alu::and_, width, d, Reg::rax);
    }
    code_.mov(width, Reg::rax, a);
    if (size == 1 && negative && !what.remainder) {
        code_.unary(Unary::neg, width, Reg::rax);
        code_.jcc(Cond::o, trap_label(Trap::integer_overflow, operation.cell));
        return finish_division(operation, a, Reg::rax, size, false);
    }
    if (size != 1 && what.is_signed) {
        // Rounds toward zero: what is below gets the largest remainder added.
        code_.shift(Shift::sar, width, Reg::rax, sign_bit);
        code_.shift(Shift::shr, width, Reg::rax, uint8_t(sign_bit + 1 - shift));
        code_.alu(Alu::add, width, Reg::rax, a);
        code_.shift(Shift::sar, width, Reg::rax, shift);
    } else if (size != 1) {
        code_.shift(Shift::shr, width, Reg::rax, shift);
    }
    finish_division(operation, a, Reg::rax, size, negative);
}

void FunctionCompiler::divide_unsigned(const Operation& operation, uint64_t size) {
    const Width width = width_of(operation.type);
    const Inverse inverse = unsigned_inverse(bits_of(width), size);
    const auto shift = uint8_t(inverse.shift);
    if (width == Width::w32) {
        const Reg a = registers_.use_int(operation.a, operation.a_type);
        code_.mov(Reg::rax, inverse.multiplier);
        code_.imul(Width::w64, Reg::rax, a);
        if (inverse.has_carry) {
            code_.shift(Shift::shr, Width::w64, Reg::rax, 32);
            const Reg t = registers_.temporary_int();
            code_.mov(width, t, a);
            code_.alu(Alu::sub, width, t, Reg::rax);
            code_.shift(Shift::shr, width, t, 1);
            code_.alu(Alu::add, width, Reg::rax, t);
            code_.shift(Shift::shr, width, Reg::rax, shift);
        } else {
            code_.shift(Shift::shr, Width::w64, Reg::rax, uint8_t(32 + shift));
        }
        return finish_division(operation, a, Reg::rax, size, false);
    }
    registers_.take(Reg::rdx);
    const Reg a = registers_.use_int(operation.a, operation.a_type);
    code_.mov(Reg::rax, inverse.multiplier);
    code_.unary(Unary::mul, width, a);
    if (inverse.has_carry) {
        code_.mov(width, Reg::rax, a);
        code_.alu(Alu::sub, width, Reg::rax, Reg::rdx);
        code_.shift(Shift::shr, width, Reg::rax, 1);
        code_.alu(Alu::add, width, Reg::rdx, Reg::rax);
    }
    code_.shift(Shift::shr, width, Reg::rdx, shift);
    finish_division(operation, a, Reg::rdx, size, false);
}

void FunctionCompiler::divide_signed(const Operation& operation, uint64_t size, bool negative) {
    const Width width = width_of(operation.type);
    const Inverse inverse = signed_inverse(bits_of(width), size);
    const auto shift = uint8_t(inverse.shift);
    if (width == Width::w32) {
        const Reg a = registers_.use_int(operation.a, operation.a_type);
        const Reg t = registers_.temporary_int();
        code_.extend(s32_64, Reg::rax, a);
        if (inverse.multiplier <= INT32_MAX) {
            code_.imul(Width::w64, Reg::rax, Reg::rax, int32_t(inverse.multiplier));
        } else {
            code_.mov(t, inverse.multiplier);
            code_.imul(Width::w64, Reg::rax, t);
        }
        code_.mov(width, t, a);
        code_.shift(Shift::shr, width, t, 31);
        code_.shift(Shift::sar, Width::w64, Reg::rax, uint8_t(32 + shift));
        code_.alu(Alu::add, width, Reg::rax, t);
        return finish_division(operation, a, Reg::rax, size, negative);
    }
    registers_.take(Reg::rdx);
    const Reg a = registers_.use_int(operation.a, operation.a_type);
    code_.mov(Reg::rax, inverse.multiplier);
    code_.unary(Unary::imul, width, a);
    if (int64_t(inverse.multiplier) < 0) {
        // That was with a multiplier of 2^64 less.
        code_.alu(Alu::add, width, Reg::rdx, a);
    }
    if (shift != 0) {
        code_.shift(Shift::sar, width, Reg::rdx, shift);
    }
    code_.mov(width, Reg::rax, a);
    code_.shift(Shift::shr, width, Reg::rax, 63);
    code_.alu(Alu::add, width, Reg::rdx, Reg::rax);
    finish_division(operation, a, Reg::rdx, size, negative);
}

// From the quotient of a and the divisor's size. The remainder has the sign of a.
void FunctionCompiler::finish_division(const Operation& operation, Reg a, Reg quotient,
                                       uint64_t size, bool negative) {
    const Width width = width_of(operation.type);
    if (!division(operation.opcode).remainder) {
        if (negative) {
            code_.unary(Unary::neg, width, quotient);
        }
        registers_.release_dying(operation);
        const Reg d =
            registers_.define_int(operation.d, operation.type, quotient == Reg::rax ? a : quotient);
        return code_.mov(width, d, quotient);
    }
    if (std::has_single_bit(size)) {
        if (size != 1) {
            code_.shift(Shift::shl, width, quotient, uint8_t(std::countr_zero(size)));
        }
    } else if (width == Width::w32 || size <= INT32_MAX) {
        code_.imul(width, quotient, quotient, int32_t(uint32_t(size)));
    } else {
        code_.mov(Reg::rax, size);
        code_.imul(width, quotient, Reg::rax);
    }
    registers_.release_dying(operation);
    const Reg d = registers_.define_int(operation.d, operation.type, a, mask_of(quotient));
    if (d != a) {
        code_.mov(width, d, a);
    }
    code_.alu(Alu::sub, width, d, quotient);
}

}  // namespace epsilon::baseline
