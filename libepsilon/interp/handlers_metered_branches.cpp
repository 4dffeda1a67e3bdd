// SPDX-License-Identifier: Apache-2.0
#include "interp/handlers_numeric.h"

// Comparisons fused with a branch, of metered code: apart from the others, which shall stay close
// together.
namespace epsilon::interp {

void add_metered_branch_handlers(HandlerTable& table) {
#define EPSILON_INT_BRANCH(name) \
    set_metered_branch_forms(table, Opcode::name, int_branch_forms<numeric::name, true>);
#define EPSILON_FLOAT_BRANCH(name) \
    set_metered_branch_forms(table, Opcode::name, float_branch_forms<numeric::name, true>);
#define EPSILON_compare_ii_i(name, width) EPSILON_INT_BRANCH(name)
#define EPSILON_compare_ll_i(name, width) EPSILON_INT_BRANCH(name)
#define EPSILON_compare_ff_i(name, width) EPSILON_FLOAT_BRANCH(name)
#define EPSILON_compare_dd_i(name, width) EPSILON_FLOAT_BRANCH(name)
#include "interp/opcode_families.inc"
}

}  // namespace epsilon::interp
