// SPDX-License-Identifier: Apache-2.0
#include "interp/charge.h"
#include "interp/handler_table.h"
#include "interp/memory_access.h"
#include "wasm/numeric.h"

// Float arithmetic in one cell with what comes before it: a load of an operand, or a constant.
namespace epsilon::interp {

namespace {

template <class T>
EPSILON_INLINE T calculate(FloatOperation operation, T x, T y) {
    switch (operation) {
        case FloatOperation::add:
            return x + y;
        case FloatOperation::subtract:
            return x - y;
        case FloatOperation::subtract_from:
            return y - x;
        case FloatOperation::multiply:
            return x * y;
        case FloatOperation::divide:
            return x / y;
        case FloatOperation::divide_into:
            return y / x;
    }
    return x;
}

// The address of a load of which the cell has the fields; a sum that is kept is stored.
template <AddressForm form, Kind a>
EPSILON_INLINE uint64_t loaded_address(const uint8_t* pc, Slot* fp, uint64_t acc, Vector vacc) {
    uint32_t index = read<uint32_t, a>(pc, field_a, fp, acc, vacc);
    if constexpr (form == AddressForm::sum) {
        index += read_field<uint32_t>(pc, field_load_addend);
    } else if constexpr (form == AddressForm::kept_sum) {
        index += uint32_t(slot_at(pc, field_load_term, fp));
        slot_at(pc, field_load_sum, fp) = index;
    } else if constexpr (form == AddressForm::kept_step) {
        index += uint32_t(int32_t(read_field<int16_t>(pc, field_load_term)));
        slot_at(pc, field_load_sum, fp) = index;
    }
    return uint64_t(index) + read_field<uint32_t>(pc, field_offset);
}

// Where accesses are guarded, code with explicit checks goes without these cells, to keep the
// library small: they exist in one form.
[[maybe_unused]] constexpr Access only_access =
    guarded_access_supported ? Access::guarded : Access::checked;

// The end of cells that store.
#define EPSILON_STORE_SUM(sum)                                                                     \
    do {                                                                                           \
        pc += fused_store_origin;                                                                  \
        constexpr int inside = int(fused_store_origin);                                            \
        const uint64_t target = uint64_t(uint32_t(slot_at(pc, field_fused_target - inside, fp))) + \
                                read_field<uint32_t>(pc, field_fused_target_offset - inside);      \
        EPSILON_STORE(T, only_access, target, sum);                                                \
        EPSILON_GO(pc + fused_store_size - inside);                                                \
    } while (false)

// d <- b op loaded, or d <- loaded op b.
template <class T, FloatOperation operation, AddressForm form, Kind a, Kind b, Kind d>
EPSILON_NEXT_CELL hot_load_and(EPSILON_PARAMS) {
    const uint64_t address = loaded_address<form, a>(pc, fp, acc, vacc);
    EPSILON_LOAD(loaded, T, T, only_access, address);
    write<d>(pc, field_d, fp, acc, vacc,
             calculate(operation, read<T, b>(pc, field_fused_b, fp, acc, vacc), loaded));
    EPSILON_GO(pc + fused_load_size);
}

// d <- c + b * loaded, or d <- c - b * loaded: two roundings.
template <class T, FloatOperation operation, AddressForm form, Kind a, Kind b, Kind c, Kind d>
EPSILON_NEXT_CELL hot_load_multiply(EPSILON_PARAMS) {
    const uint64_t address = loaded_address<form, a>(pc, fp, acc, vacc);
    EPSILON_LOAD(loaded, T, T, only_access, address);
    const T product = loaded * read<T, b>(pc, field_fused_b, fp, acc, vacc);
    write<d>(pc, field_d, fp, acc, vacc,
             calculate(operation, read<T, c>(pc, field_fused_c, fp, acc, vacc), product));
    EPSILON_GO(pc + fused_load_size);
}

// And the result stored in memory. For a trap of the store, pc is inside the cell, where the
// translator says which instruction that is.
template <class T, FloatOperation operation, AddressForm form, Kind a, Kind b, Kind c>
EPSILON_NEXT_CELL hot_load_multiply_store(EPSILON_PARAMS) {
    const uint64_t address = loaded_address<form, a>(pc, fp, acc, vacc);
    EPSILON_LOAD(loaded, T, T, only_access, address);
    const T product = loaded * read<T, b>(pc, field_fused_b, fp, acc, vacc);
    const T sum = calculate(operation, read<T, c>(pc, field_fused_c, fp, acc, vacc), product);
    EPSILON_STORE_SUM(sum);
}

// Two cells in a row with one dispatch; each is as it would be alone, but for the head of the
// first. This one loads what the second, of those above, takes from the accumulator.

// The accumulator + m1 + m2.
template <class T, AddressForm first, AddressForm form, Kind d>
EPSILON_NEXT_CELL hot_add_twice(EPSILON_PARAMS) {
    T sum;
    {
        const uint64_t address = loaded_address<first, Kind::slot>(pc, fp, acc, vacc);
        EPSILON_LOAD(loaded, T, T, only_access, address);
        sum = read<T, Kind::acc>(pc, field_fused_b, fp, acc, vacc) + loaded;
    }
    pc += fused_load_size;
    const uint64_t address = loaded_address<form, Kind::slot>(pc, fp, acc, vacc);
    EPSILON_LOAD(loaded, T, T, only_access, address);
    write<d>(pc, field_d, fp, acc, vacc, sum + loaded);
    EPSILON_GO(pc + fused_load_size);
}

// m1 + b * m2, or m1 - b * m2, stored in memory.
template <class T, FloatOperation operation, AddressForm first, AddressForm form, Kind a>
EPSILON_NEXT_CELL hot_update(EPSILON_PARAMS) {
    T c;
    {
        const uint64_t address = loaded_address<first, Kind::slot>(pc, fp, acc, vacc);
        EPSILON_LOAD(loaded, T, T, only_access, address);
        c = loaded;
    }
    pc += cell_size;
    const uint64_t address = loaded_address<form, a>(pc, fp, acc, vacc);
    EPSILON_LOAD(loaded, T, T, only_access, address);
    const T product = loaded * read<T, Kind::slot>(pc, field_fused_b, fp, acc, vacc);
    const T sum = calculate(operation, c, product);
    EPSILON_STORE_SUM(sum);
}

// c + m1 * m2, or c - m1 * m2.
template <class T, FloatOperation operation, AddressForm first, AddressForm form, Kind a, Kind d>
EPSILON_NEXT_CELL hot_load_twice(EPSILON_PARAMS) {
    T b;
    {
        const uint64_t address = loaded_address<first, Kind::slot>(pc, fp, acc, vacc);
        EPSILON_LOAD(loaded, T, T, only_access, address);
        b = loaded;
    }
    pc += cell_size;
    const uint64_t address = loaded_address<form, a>(pc, fp, acc, vacc);
    EPSILON_LOAD(loaded, T, T, only_access, address);
    const T product = loaded * b;
    write<d>(pc, field_d, fp, acc, vacc,
             calculate(operation, read<T, Kind::slot>(pc, field_fused_c, fp, acc, vacc), product));
    EPSILON_GO(pc + fused_load_size);
}

template <class T, FloatOperation operation, Kind a, Kind d>
EPSILON_NEXT_CELL hot_with_constant(EPSILON_PARAMS) {
    write<d>(pc, field_d, fp, acc, vacc,
             calculate(operation, read<T, a>(pc, field_a, fp, acc, vacc),
                       read_field<T>(pc, field_immediate)));
    EPSILON_GO(pc + cell_size);
}

// The constant is of 32 bits, also for f64.
template <auto function, bool taken, bool metered, Kind a>
EPSILON_NEXT_CELL hot_branch_constant(EPSILON_PARAMS) {
    using T = typename SignatureOf<function>::template Param<0>;
    const T x = read<T, a>(pc, field_d, fp, acc, vacc);
    const T y = T(read_field<float>(pc, field_compare_immediate));
    if (bool(function(x, y)) == taken) {
        EPSILON_BRANCH(pc + read_field<int32_t>(pc, field_target), field_taken_price);
    }
    EPSILON_BRANCH(pc + branch_size<metered>, field_other_price);
}

// AddressForm x {slot, acc}
#define EPSILON_FOR_ADDRESS(forms, operation)                                \
    forms(FloatOperation::operation, AddressForm::plain, Kind::slot),        \
        forms(FloatOperation::operation, AddressForm::plain, Kind::acc),     \
        forms(FloatOperation::operation, AddressForm::sum, Kind::slot),      \
        forms(FloatOperation::operation, AddressForm::sum, Kind::acc),       \
        forms(FloatOperation::operation, AddressForm::kept_sum, Kind::slot), \
        forms(FloatOperation::operation, AddressForm::kept_sum, Kind::acc)

#define EPSILON_LOAD_AND(operation, form, a)                        \
    hot_load_and<T, operation, form, a, Kind::slot, Kind::slot>,    \
        hot_load_and<T, operation, form, a, Kind::slot, Kind::acc>, \
        hot_load_and<T, operation, form, a, Kind::acc, Kind::slot>, \
        hot_load_and<T, operation, form, a, Kind::acc, Kind::acc>
template <class T>
constexpr Handler load_and_forms[] = {EPSILON_FOR_ADDRESS(EPSILON_LOAD_AND, add),
                                      EPSILON_FOR_ADDRESS(EPSILON_LOAD_AND, subtract),
                                      EPSILON_FOR_ADDRESS(EPSILON_LOAD_AND, subtract_from),
                                      EPSILON_FOR_ADDRESS(EPSILON_LOAD_AND, multiply)};

#define EPSILON_LOAD_MULTIPLY(operation, form, a)                                    \
    hot_load_multiply<T, operation, form, a, Kind::slot, Kind::slot, Kind::slot>,    \
        hot_load_multiply<T, operation, form, a, Kind::slot, Kind::slot, Kind::acc>, \
        hot_load_multiply<T, operation, form, a, Kind::acc, Kind::slot, Kind::slot>, \
        hot_load_multiply<T, operation, form, a, Kind::acc, Kind::slot, Kind::acc>,  \
        hot_load_multiply<T, operation, form, a, Kind::slot, Kind::acc, Kind::slot>, \
        hot_load_multiply<T, operation, form, a, Kind::slot, Kind::acc, Kind::acc>
template <class T>
constexpr Handler load_multiply_forms[] = {EPSILON_FOR_ADDRESS(EPSILON_LOAD_MULTIPLY, add),
                                           EPSILON_FOR_ADDRESS(EPSILON_LOAD_MULTIPLY, subtract)};

#define EPSILON_LOAD_MULTIPLY_STORE(operation, form, a)                        \
    hot_load_multiply_store<T, operation, form, a, Kind::slot, Kind::slot>,    \
        hot_load_multiply_store<T, operation, form, a, Kind::acc, Kind::slot>, \
        hot_load_multiply_store<T, operation, form, a, Kind::slot, Kind::acc>
template <class T>
constexpr Handler load_multiply_store_forms[] = {
    EPSILON_FOR_ADDRESS(EPSILON_LOAD_MULTIPLY_STORE, add),
    EPSILON_FOR_ADDRESS(EPSILON_LOAD_MULTIPLY_STORE, subtract)};

#define EPSILON_ADD_TWICE(first, form)                                   \
    hot_add_twice<T, AddressForm::first, AddressForm::form, Kind::slot>, \
        hot_add_twice<T, AddressForm::first, AddressForm::form, Kind::acc>
template <class T>
constexpr Handler add_twice_forms[] = {EPSILON_ADD_TWICE(plain, plain),
                                       EPSILON_ADD_TWICE(plain, sum), EPSILON_ADD_TWICE(sum, plain),
                                       EPSILON_ADD_TWICE(sum, sum)};

#define EPSILON_UPDATE(operation, form, a)                        \
    hot_update<T, operation, AddressForm::plain, form, a>,        \
        hot_update<T, operation, AddressForm::kept_sum, form, a>, \
        hot_update<T, operation, AddressForm::kept_step, form, a>
template <class T>
constexpr Handler update_forms[] = {EPSILON_FOR_ADDRESS(EPSILON_UPDATE, add),
                                    EPSILON_FOR_ADDRESS(EPSILON_UPDATE, subtract)};

#define EPSILON_LOAD_TWICE(operation, form, a)                                     \
    hot_load_twice<T, operation, AddressForm::plain, form, a, Kind::slot>,         \
        hot_load_twice<T, operation, AddressForm::plain, form, a, Kind::acc>,      \
        hot_load_twice<T, operation, AddressForm::kept_sum, form, a, Kind::slot>,  \
        hot_load_twice<T, operation, AddressForm::kept_sum, form, a, Kind::acc>,   \
        hot_load_twice<T, operation, AddressForm::kept_step, form, a, Kind::slot>, \
        hot_load_twice<T, operation, AddressForm::kept_step, form, a, Kind::acc>
template <class T>
constexpr Handler load_twice_forms[] = {EPSILON_FOR_ADDRESS(EPSILON_LOAD_TWICE, add),
                                        EPSILON_FOR_ADDRESS(EPSILON_LOAD_TWICE, subtract)};

#define EPSILON_WITH_CONSTANT(operation)                                        \
    hot_with_constant<T, FloatOperation::operation, Kind::slot, Kind::slot>,    \
        hot_with_constant<T, FloatOperation::operation, Kind::slot, Kind::acc>, \
        hot_with_constant<T, FloatOperation::operation, Kind::acc, Kind::slot>, \
        hot_with_constant<T, FloatOperation::operation, Kind::acc, Kind::acc>
template <class T>
constexpr Handler with_constant_forms[] = {
    EPSILON_WITH_CONSTANT(add),           EPSILON_WITH_CONSTANT(subtract),
    EPSILON_WITH_CONSTANT(subtract_from), EPSILON_WITH_CONSTANT(multiply),
    EPSILON_WITH_CONSTANT(divide),        EPSILON_WITH_CONSTANT(divide_into)};

#define EPSILON_BRANCH_CONSTANT(f, metered)                \
    hot_branch_constant<f, false, metered, Kind::slot>,    \
        hot_branch_constant<f, false, metered, Kind::acc>, \
        hot_branch_constant<f, true, metered, Kind::slot>, \
        hot_branch_constant<f, true, metered, Kind::acc>
#define EPSILON_BRANCHES_CONSTANT(type, metered)              \
    EPSILON_BRANCH_CONSTANT(numeric::type##_eq, metered),     \
        EPSILON_BRANCH_CONSTANT(numeric::type##_ne, metered), \
        EPSILON_BRANCH_CONSTANT(numeric::type##_lt, metered), \
        EPSILON_BRANCH_CONSTANT(numeric::type##_gt, metered), \
        EPSILON_BRANCH_CONSTANT(numeric::type##_le, metered), \
        EPSILON_BRANCH_CONSTANT(numeric::type##_ge, metered)
constexpr Handler branch_constant_f32_forms[] = {EPSILON_BRANCHES_CONSTANT(f32, false),
                                                 EPSILON_BRANCHES_CONSTANT(f32, true)};
constexpr Handler branch_constant_f64_forms[] = {EPSILON_BRANCHES_CONSTANT(f64, false),
                                                 EPSILON_BRANCHES_CONSTANT(f64, true)};

}  // namespace

void add_fused_float_handlers(HandlerTable& table) {
    set_special(table, Special::load_and_f32, load_and_forms<float>);
    set_special(table, Special::load_and_f64, load_and_forms<double>);
    set_special(table, Special::load_multiply_f32, load_multiply_forms<float>);
    set_special(table, Special::load_multiply_f64, load_multiply_forms<double>);
    set_special(table, Special::load_multiply_store_f32, load_multiply_store_forms<float>);
    set_special(table, Special::load_multiply_store_f64, load_multiply_store_forms<double>);
    set_special(table, Special::add_twice_f32, add_twice_forms<float>);
    set_special(table, Special::add_twice_f64, add_twice_forms<double>);
    set_special(table, Special::update_f64, update_forms<double>);
    set_special(table, Special::load_twice_f64, load_twice_forms<double>);
    set_special(table, Special::with_constant_f32, with_constant_forms<float>);
    set_special(table, Special::with_constant_f64, with_constant_forms<double>);
    set_special(table, Special::branch_constant_f32, branch_constant_f32_forms);
    set_special(table, Special::branch_constant_f64, branch_constant_f64_forms);
}

}  // namespace epsilon::interp
