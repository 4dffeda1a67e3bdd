// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "baseline/x64/assembler.h"
#include "wasm/opcode.h"

// What instruction an operation on integers is.
namespace epsilon::baseline {

struct IntOperation {
    enum class Kind : uint8_t { none, alu, multiply, shift, rotate, divide };
    Kind kind = Kind::none;
    Alu alu = Alu::add;
    Shift shift = Shift::shl;
    bool commutes = false;
};

// Of i32 and i64, with two operands.
inline IntOperation int_operation(Opcode opcode) {
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

}  // namespace epsilon::baseline
