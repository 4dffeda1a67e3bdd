// SPDX-License-Identifier: Apache-2.0
#include "interp/handlers_numeric.h"

// i64 arithmetic and comparisons.
namespace epsilon::interp {

void add_i64_handlers(HandlerTable& table) {
#define EPSILON_binary_ll_l(name, width) \
    set_forms(table, Opcode::name, int_binary_forms<numeric::name>);
#define EPSILON_binary_trap_ll_l(name, width) \
    set_forms(table, Opcode::name, int_binary_trap_forms<numeric::name>);
#define EPSILON_compare_ll_i(name, width)                            \
    set_forms(table, Opcode::name, int_binary_forms<numeric::name>); \
    set_branch_forms(table, Opcode::name, int_branch_forms<numeric::name>);
#define EPSILON_test_l_i(name, width) set_forms(table, Opcode::name, unary_forms<numeric::name>);
#define EPSILON_unary_l_l(name, width) set_forms(table, Opcode::name, unary_forms<numeric::name>);
#include "interp/opcode_families.inc"
}

}  // namespace epsilon::interp
