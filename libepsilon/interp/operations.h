// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "wasm/opcode.h"

// Which instructions compare, which of them stand for each other, and whose operands can be
// exchanged.
namespace epsilon::interp {

// The comparison that gives the same with its operands exchanged; integers only.
constexpr Opcode exchanged(Opcode opcode) {
    switch (opcode) {
#define EPSILON_EXCHANGE(type, one, other) \
    case Opcode::type##_##one:             \
        return Opcode::type##_##other;     \
    case Opcode::type##_##other:           \
        return Opcode::type##_##one;
#define EPSILON_EXCHANGES(type)        \
    EPSILON_EXCHANGE(type, lt_s, gt_s) \
    EPSILON_EXCHANGE(type, lt_u, gt_u) \
    EPSILON_EXCHANGE(type, le_s, ge_s) \
    EPSILON_EXCHANGE(type, le_u, ge_u)
        EPSILON_EXCHANGES(i32)
        EPSILON_EXCHANGES(i64)
        default:
            return opcode;
    }
#undef EPSILON_EXCHANGES
}

// The comparison that gives the opposite; integers only.
constexpr Opcode inverted(Opcode opcode) {
    switch (opcode) {
#define EPSILON_INVERSES(type)         \
    EPSILON_EXCHANGE(type, eq, ne)     \
    EPSILON_EXCHANGE(type, lt_s, ge_s) \
    EPSILON_EXCHANGE(type, lt_u, ge_u) \
    EPSILON_EXCHANGE(type, gt_s, le_s) \
    EPSILON_EXCHANGE(type, gt_u, le_u)
        EPSILON_INVERSES(i32)
        EPSILON_INVERSES(i64)
        default:
            return opcode;
    }
#undef EPSILON_INVERSES
#undef EPSILON_EXCHANGE
}

constexpr bool is_commutative(Opcode opcode) {
    switch (opcode) {
        case Opcode::i32_add:
        case Opcode::i32_mul:
        case Opcode::i32_and:
        case Opcode::i32_or:
        case Opcode::i32_xor:
        case Opcode::i64_add:
        case Opcode::i64_mul:
        case Opcode::i64_and:
        case Opcode::i64_or:
        case Opcode::i64_xor:
            return true;
        default:
            return false;
    }
}

constexpr bool is_float_comparison(Opcode opcode) {
    return opcode >= Opcode::f32_eq && opcode <= Opcode::f64_ge;
}

constexpr bool is_integer_comparison(Opcode opcode) {
    return (opcode >= Opcode::i32_eq && opcode <= Opcode::i32_ge_u) ||
           (opcode >= Opcode::i64_eq && opcode <= Opcode::i64_ge_u);
}

}  // namespace epsilon::interp
