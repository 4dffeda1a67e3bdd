// SPDX-License-Identifier: Apache-2.0
#include "interp/handlers_numeric.h"

// Conversions between the number types.
namespace epsilon::interp {

void add_conversion_handlers(HandlerTable& table) {
#define EPSILON_unary_d_f(name, width) set_forms(table, Opcode::name, unary_forms<numeric::name>);
#define EPSILON_unary_d_i(name, width) set_forms(table, Opcode::name, unary_forms<numeric::name>);
#define EPSILON_unary_d_l(name, width) set_forms(table, Opcode::name, unary_forms<numeric::name>);
#define EPSILON_unary_f_d(name, width) set_forms(table, Opcode::name, unary_forms<numeric::name>);
#define EPSILON_unary_f_i(name, width) set_forms(table, Opcode::name, unary_forms<numeric::name>);
#define EPSILON_unary_f_l(name, width) set_forms(table, Opcode::name, unary_forms<numeric::name>);
#define EPSILON_unary_i_d(name, width) set_forms(table, Opcode::name, unary_forms<numeric::name>);
#define EPSILON_unary_i_f(name, width) set_forms(table, Opcode::name, unary_forms<numeric::name>);
#define EPSILON_unary_i_l(name, width) set_forms(table, Opcode::name, unary_forms<numeric::name>);
#define EPSILON_unary_l_d(name, width) set_forms(table, Opcode::name, unary_forms<numeric::name>);
#define EPSILON_unary_l_f(name, width) set_forms(table, Opcode::name, unary_forms<numeric::name>);
#define EPSILON_unary_l_i(name, width) set_forms(table, Opcode::name, unary_forms<numeric::name>);
#define EPSILON_unary_trap_d_i(name, width) \
    set_forms(table, Opcode::name, unary_trap_forms<numeric::name>);
#define EPSILON_unary_trap_d_l(name, width) \
    set_forms(table, Opcode::name, unary_trap_forms<numeric::name>);
#define EPSILON_unary_trap_f_i(name, width) \
    set_forms(table, Opcode::name, unary_trap_forms<numeric::name>);
#define EPSILON_unary_trap_f_l(name, width) \
    set_forms(table, Opcode::name, unary_trap_forms<numeric::name>);
#include "interp/opcode_families.inc"
}

}  // namespace epsilon::interp
