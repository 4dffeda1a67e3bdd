// SPDX-License-Identifier: Apache-2.0
#include "interp/handlers_numeric.h"

// f32 and f64 arithmetic and comparisons.
namespace epsilon::interp {

void add_float_handlers(HandlerTable& table) {
#define EPSILON_binary_ff_f(name, width) set_forms(table, Opcode::name, float_binary_forms<numeric::name>);
#define EPSILON_binary_dd_d(name, width) set_forms(table, Opcode::name, float_binary_forms<numeric::name>);
#define EPSILON_compare_ff_i(name, width) set_forms(table, Opcode::name, float_binary_forms<numeric::name>); set_branch_forms(table, Opcode::name, float_branch_forms<numeric::name>);
#define EPSILON_compare_dd_i(name, width) set_forms(table, Opcode::name, float_binary_forms<numeric::name>); set_branch_forms(table, Opcode::name, float_branch_forms<numeric::name>);
#define EPSILON_unary_f_f(name, width) set_forms(table, Opcode::name, unary_forms<numeric::name>);
#define EPSILON_unary_d_d(name, width) set_forms(table, Opcode::name, unary_forms<numeric::name>);
#include "interp/opcode_families.inc"
}

}  // namespace epsilon::interp
