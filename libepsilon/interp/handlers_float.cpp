// SPDX-License-Identifier: Apache-2.0
#include "interp/handlers_numeric.h"

// f32 and f64 arithmetic and comparisons.
namespace epsilon::interp {

namespace {

// A product and a sum, rounded one after the other as the two instructions do.
enum class Sum : uint8_t { add, subtract_product, subtract_from_product };

template <class T, Sum sum, Kind a, Kind d>
EPSILON_NEXT_CELL hot_multiply(EPSILON_PARAMS) {
    const T product =
        read<T, a>(pc, field_a, fp, acc, vacc) * read<T, Kind::slot>(pc, field_b, fp, acc, vacc);
    const T other = read<T, Kind::slot>(pc, field_c, fp, acc, vacc);
    T result;
    if constexpr (sum == Sum::add) {
        result = other + product;
    } else if constexpr (sum == Sum::subtract_product) {
        result = other - product;
    } else {
        result = product - other;
    }
    write<d>(pc, field_d, fp, acc, vacc, result);
    EPSILON_GO(pc + cell_size);
}

#define EPSILON_MULTIPLY_FORMS(sum)                                                            \
    hot_multiply<T, sum, Kind::slot, Kind::slot>, hot_multiply<T, sum, Kind::slot, Kind::acc>, \
        hot_multiply<T, sum, Kind::acc, Kind::slot>, hot_multiply<T, sum, Kind::acc, Kind::acc>

template <class T>
constexpr Handler multiply_forms[] = {EPSILON_MULTIPLY_FORMS(Sum::add),
                                      EPSILON_MULTIPLY_FORMS(Sum::subtract_product),
                                      EPSILON_MULTIPLY_FORMS(Sum::subtract_from_product)};

}  // namespace

void add_float_handlers(HandlerTable& table) {
#define EPSILON_binary_ff_f(name, width) \
    set_forms(table, Opcode::name, float_binary_forms<numeric::name>);
#define EPSILON_binary_dd_d(name, width) \
    set_forms(table, Opcode::name, float_binary_forms<numeric::name>);
#define EPSILON_compare_ff_i(name, width)                              \
    set_forms(table, Opcode::name, float_binary_forms<numeric::name>); \
    set_branch_forms(table, Opcode::name, float_branch_forms<numeric::name>);
#define EPSILON_compare_dd_i(name, width)                              \
    set_forms(table, Opcode::name, float_binary_forms<numeric::name>); \
    set_branch_forms(table, Opcode::name, float_branch_forms<numeric::name>);
#define EPSILON_unary_f_f(name, width) set_forms(table, Opcode::name, unary_forms<numeric::name>);
#define EPSILON_unary_d_d(name, width) set_forms(table, Opcode::name, unary_forms<numeric::name>);
#include "interp/opcode_families.inc"
    set_special(table, Special::multiply_f32, multiply_forms<float>);
    set_special(table, Special::multiply_f64, multiply_forms<double>);
}

}  // namespace epsilon::interp
