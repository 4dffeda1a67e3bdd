// SPDX-License-Identifier: Apache-2.0
#include "interp/handlers_numeric.h"

// i32 arithmetic and comparisons.
namespace epsilon::interp {

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
}

}  // namespace epsilon::interp
