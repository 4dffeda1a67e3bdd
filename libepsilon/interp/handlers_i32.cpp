// SPDX-License-Identifier: Apache-2.0
#include "interp/handlers_numeric.h"

// i32 arithmetic and comparisons.
namespace epsilon::interp {

namespace {

// b op (a shift imm).
template <auto op, auto shift, Kind a, Kind d>
EPSILON_NEXT_CELL hot_shifted(EPSILON_PARAMS) {
    const uint32_t shifted = shift(read<uint32_t, a>(pc, field_a, fp, acc, vacc),
                                   read_field<uint32_t>(pc, field_shift_count));
    write<d>(pc, field_d, fp, acc, vacc,
             op(read<uint32_t, Kind::slot>(pc, field_b, fp, acc, vacc), shifted));
    EPSILON_GO(pc + cell_size);
}

#define EPSILON_SHIFTED_FORMS(op, shift)                                 \
    hot_shifted<numeric::op, numeric::shift, Kind::slot, Kind::slot>,    \
        hot_shifted<numeric::op, numeric::shift, Kind::slot, Kind::acc>, \
        hot_shifted<numeric::op, numeric::shift, Kind::acc, Kind::slot>, \
        hot_shifted<numeric::op, numeric::shift, Kind::acc, Kind::acc>
#define EPSILON_SHIFTS(op)                                                    \
    EPSILON_SHIFTED_FORMS(op, i32_shl), EPSILON_SHIFTED_FORMS(op, i32_shr_u), \
        EPSILON_SHIFTED_FORMS(op, i32_rotl)

constexpr Handler shifted_forms[] = {EPSILON_SHIFTS(i32_add), EPSILON_SHIFTS(i32_and),
                                     EPSILON_SHIFTS(i32_or), EPSILON_SHIFTS(i32_xor)};

}  // namespace

void add_i32_handlers(HandlerTable& table) {
#define EPSILON_binary_ii_i(name, width) \
    set_forms(table, Opcode::name, int_binary_forms<numeric::name>);
#define EPSILON_binary_trap_ii_i(name, width) \
    set_forms(table, Opcode::name, int_binary_trap_forms<numeric::name>);
#define EPSILON_compare_ii_i(name, width)                            \
    set_forms(table, Opcode::name, int_binary_forms<numeric::name>); \
    set_branch_forms(table, Opcode::name, int_branch_forms<numeric::name>);
#define EPSILON_test_i_i(name, width) set_forms(table, Opcode::name, unary_forms<numeric::name>);
#define EPSILON_unary_i_i(name, width) set_forms(table, Opcode::name, unary_forms<numeric::name>);
#include "interp/opcode_families.inc"
    set_special(table, Special::shifted_i32, shifted_forms);
}

}  // namespace epsilon::interp
