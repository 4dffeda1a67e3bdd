// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "interp/charge.h"
#include "interp/handler_table.h"
#include "interp/operands.h"
#include "wasm/numeric.h"

// Handlers of the scalar numeric families, one template per family: the instruction's meaning is
// the template argument, a function of numeric.h.
namespace epsilon::interp {

template <auto function, Kind a, Kind d>
EPSILON_NEXT_CELL hot_unary(EPSILON_PARAMS) {
    using S = SignatureOf<function>;
    const auto x = read<typename S::template Param<0>, a>(pc, field_a, fp, acc, vacc);
    local0 = 0;  // gives the compiler a register, so that it needs no stack frame
    write<d>(pc, field_d, fp, acc, vacc, function(x));
    EPSILON_GO(pc + cell_size);
}

template <auto function, Kind a, Kind d>
EPSILON_NEXT_CELL unary_trap(EPSILON_PARAMS) {
    using S = SignatureOf<function>;
    const auto x = read<typename S::template Param<0>, a>(pc, field_a, fp, acc, vacc);
    std::remove_pointer_t<typename S::template Param<1>> result;
    const Trap trap = function(x, &result);
    if (EPSILON_UNLIKELY(trap != Trap::none)) {
        ctx->trap = trap;
        EPSILON_JUMP(leave_with_trap);
    }
    write<d>(pc, field_d, fp, acc, vacc, result);
    EPSILON_GO(pc + cell_size);
}

// Comparisons too.
template <auto function, Kind a, Kind b, Kind d>
EPSILON_NEXT_CELL hot_binary(EPSILON_PARAMS) {
    using S = SignatureOf<function>;
    const auto x = read<typename S::template Param<0>, a>(pc, field_a, fp, acc, vacc);
    const auto y = read<typename S::template Param<1>, b>(pc, field_b, fp, acc, vacc);
    write<d>(pc, field_d, fp, acc, vacc, function(x, y));
    EPSILON_GO(pc + cell_size);
}

// Division: the compiler may use the stack, the division itself costs more.
template <auto function, Kind a, Kind b, Kind d>
EPSILON_NEXT_CELL binary_trap(EPSILON_PARAMS) {
    using S = SignatureOf<function>;
    const auto x = read<typename S::template Param<0>, a>(pc, field_a, fp, acc, vacc);
    const auto y = read<typename S::template Param<1>, b>(pc, field_b, fp, acc, vacc);
    std::remove_pointer_t<typename S::template Param<2>> result;
    const Trap trap = function(x, y, &result);
    if (EPSILON_UNLIKELY(trap != Trap::none)) {
        ctx->trap = trap;
        EPSILON_JUMP(leave_with_trap);
    }
    write<d>(pc, field_d, fp, acc, vacc, result);
    EPSILON_GO(pc + cell_size);
}

// Branches when the comparison gives `taken`; operands in the fields d and a.
template <auto function, bool taken, bool metered, Kind a, Kind b>
EPSILON_NEXT_CELL hot_branch(EPSILON_PARAMS) {
    using S = SignatureOf<function>;
    const auto x = read<typename S::template Param<0>, a>(pc, field_d, fp, acc, vacc);
    const auto y = read<typename S::template Param<1>, b>(
        pc, b == Kind::imm ? field_compare_immediate : field_a, fp, acc, vacc);
    if (bool(function(x, y)) == taken) {
        EPSILON_BRANCH(pc + read_field<int32_t>(pc, field_target), field_taken_price);
    }
    EPSILON_BRANCH(pc + branch_size<metered>, field_other_price);
}

// Handler tables of one instruction, in the order of cell.h's forms.
template <auto f>
inline constexpr Handler unary_forms[] = {
    hot_unary<f, Kind::slot, Kind::slot>,
    hot_unary<f, Kind::slot, Kind::acc>,
    hot_unary<f, Kind::acc, Kind::slot>,
    hot_unary<f, Kind::acc, Kind::acc>,
};

template <auto f>
inline constexpr Handler unary_trap_forms[] = {
    unary_trap<f, Kind::slot, Kind::slot>,
    unary_trap<f, Kind::slot, Kind::acc>,
    unary_trap<f, Kind::acc, Kind::slot>,
    unary_trap<f, Kind::acc, Kind::acc>,
};

#define EPSILON_PAIR_FORMS(handler, f, a, b) \
    handler<f, Kind::a, Kind::b, Kind::slot>, handler<f, Kind::a, Kind::b, Kind::acc>

template <auto f>
inline constexpr Handler int_binary_forms[] = {
    EPSILON_PAIR_FORMS(hot_binary, f, slot, slot), EPSILON_PAIR_FORMS(hot_binary, f, acc, slot),
    EPSILON_PAIR_FORMS(hot_binary, f, slot, acc),  EPSILON_PAIR_FORMS(hot_binary, f, slot, imm),
    EPSILON_PAIR_FORMS(hot_binary, f, acc, imm),
};

template <auto f>
inline constexpr Handler int_binary_trap_forms[] = {
    EPSILON_PAIR_FORMS(binary_trap, f, slot, slot), EPSILON_PAIR_FORMS(binary_trap, f, acc, slot),
    EPSILON_PAIR_FORMS(binary_trap, f, slot, acc),  EPSILON_PAIR_FORMS(binary_trap, f, slot, imm),
    EPSILON_PAIR_FORMS(binary_trap, f, acc, imm),
};

template <auto f>
inline constexpr Handler float_binary_forms[] = {
    EPSILON_PAIR_FORMS(hot_binary, f, slot, slot),
    EPSILON_PAIR_FORMS(hot_binary, f, acc, slot),
    EPSILON_PAIR_FORMS(hot_binary, f, slot, acc),
};

#define EPSILON_INT_BRANCH_FORMS(f, metered)                 \
    hot_branch<f, true, metered, Kind::slot, Kind::slot>,    \
        hot_branch<f, true, metered, Kind::acc, Kind::slot>, \
        hot_branch<f, true, metered, Kind::slot, Kind::acc>, \
        hot_branch<f, true, metered, Kind::slot, Kind::imm>, \
        hot_branch<f, true, metered, Kind::acc, Kind::imm>

template <auto f, bool metered = false>
inline constexpr Handler int_branch_forms[] = {EPSILON_INT_BRANCH_FORMS(f, metered)};

// Taken, then not taken: the negation of a float comparison is not another comparison (NaN).
#define EPSILON_FLOAT_BRANCH_FORMS(f, taken, metered)         \
    hot_branch<f, taken, metered, Kind::slot, Kind::slot>,    \
        hot_branch<f, taken, metered, Kind::acc, Kind::slot>, \
        hot_branch<f, taken, metered, Kind::slot, Kind::acc>

template <auto f, bool metered = false>
inline constexpr Handler float_branch_forms[] = {EPSILON_FLOAT_BRANCH_FORMS(f, true, metered),
                                                 EPSILON_FLOAT_BRANCH_FORMS(f, false, metered)};

}  // namespace epsilon::interp
