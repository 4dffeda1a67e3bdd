// SPDX-License-Identifier: Apache-2.0
#include "interp/handler_table.h"
#include "interp/operands.h"

// Moves, constants, select and globals.
namespace epsilon::interp {

namespace {

template <Kind a>
EPSILON_NEXT_CELL hot_move_int(EPSILON_PARAMS) {
    acc = read<uint64_t, a>(pc, field_a, fp, acc, vacc);
    slot_at(pc, field_d, fp) = acc;
    EPSILON_GO(pc + cell_size);
}

// One after the other: a later move may read what an earlier one wrote.
EPSILON_NEXT_CELL hot_move_int_2(EPSILON_PARAMS) {
    slot_at(pc, field_d, fp) = slot_at(pc, field_a, fp);
    acc = slot_at(pc, field_b, fp);
    slot_at(pc, field_c, fp) = acc;
    EPSILON_GO(pc + cell_size);
}

EPSILON_NEXT_CELL hot_move_int_3(EPSILON_PARAMS) {
    slot_at(pc, field_d, fp) = slot_at(pc, field_a, fp);
    slot_at(pc, field_c, fp) = slot_at(pc, field_b, fp);
    acc = slot_at(pc, field_third_source, fp);
    slot_at(pc, field_third, fp) = acc;
    EPSILON_GO(pc + cell_size);
}

// f32 too: eight bytes are moved.
template <Kind a>
EPSILON_NEXT_CELL hot_move_float(EPSILON_PARAMS) {
    write<Kind::slot>(pc, field_d, fp, acc, vacc, read<double, a>(pc, field_a, fp, acc, vacc));
    EPSILON_GO(pc + cell_size);
}

template <Kind a>
EPSILON_NEXT_CELL hot_move_vector(EPSILON_PARAMS) {
    write<Kind::slot>(pc, field_d, fp, acc, vacc, read<Vector, a>(pc, field_a, fp, acc, vacc));
    EPSILON_GO(pc + cell_size);
}

// For frames whose slots don't fit 16 bits.
template <unsigned slots>
EPSILON_NEXT_CELL move_far(EPSILON_PARAMS) {
    std::memmove(fp + read_field<int32_t>(pc, 8), fp + read_field<int32_t>(pc, 12),
                 slots * sizeof(Slot));
    EPSILON_GO(pc + cell_size);
}

// The results of a branch, or any other run of temporaries.
EPSILON_NEXT_CELL move_many(EPSILON_PARAMS) {
    std::memmove(fp + read_field<int32_t>(pc, 4), fp + read_field<int32_t>(pc, 8),
                 read_field<uint32_t>(pc, 12) * sizeof(Slot));
    EPSILON_GO(pc + cell_size);
}

template <Kind d>
EPSILON_NEXT_CELL hot_const_int(EPSILON_PARAMS) {
    write<d>(pc, field_d, fp, acc, vacc, read_field<uint64_t>(pc, field_immediate));
    EPSILON_GO(pc + cell_size);
}

template <Kind d>
EPSILON_NEXT_CELL hot_const_float(EPSILON_PARAMS) {
    write_float_bits<d>(pc, field_d, fp, vacc, read_field<uint64_t>(pc, field_immediate));
    EPSILON_GO(pc + cell_size);
}

template <Kind d>
EPSILON_NEXT_CELL hot_const_vector(EPSILON_PARAMS) {
    write<d>(pc, field_d, fp, acc, vacc, simd::from_bytes(pc + field_immediate));
    EPSILON_GO(pc + cell_size + 8);
}

template <Kind c, Kind d>
EPSILON_NEXT_CELL hot_select_int(EPSILON_PARAMS) {
    const uint32_t condition = read<uint32_t, c>(pc, field_c, fp, acc, vacc);
    const Slot first = slot_at(pc, field_a, fp);
    const Slot second = slot_at(pc, field_b, fp);
    write<d>(pc, field_d, fp, acc, vacc, condition ? first : second);
    EPSILON_GO(pc + cell_size);
}

template <Kind c, Kind d>
EPSILON_NEXT_CELL hot_select_float(EPSILON_PARAMS) {
    const uint32_t condition = read<uint32_t, c>(pc, field_c, fp, acc, vacc);
    const Slot first = slot_at(pc, field_a, fp);
    const Slot second = slot_at(pc, field_b, fp);
    write_float_bits<d>(pc, field_d, fp, vacc, condition ? first : second);
    EPSILON_GO(pc + cell_size);
}

template <Kind c, Kind d>
EPSILON_NEXT_CELL hot_select_vector(EPSILON_PARAMS) {
    const uint32_t condition = read<uint32_t, c>(pc, field_c, fp, acc, vacc);
    write<d>(pc, field_d, fp, acc, vacc, read_vector(pc, condition ? field_a : field_b, fp));
    EPSILON_GO(pc + cell_size);
}

template <bool own>
EPSILON_INLINE Value& global_at(const uint8_t* pc, Context* ctx) {
    const uint32_t index = read_field<uint32_t>(pc, field_immediate);
    if constexpr (own) {
        return ctx->view.own_globals[index];
    } else {
        return *ctx->view.globals[index];
    }
}

template <bool own, Kind d>
EPSILON_NEXT_CELL hot_global_get_int(EPSILON_PARAMS) {
    write<d>(pc, field_d, fp, acc, vacc, global_at<own>(pc, ctx).low);
    EPSILON_GO(pc + cell_size);
}

template <bool own, Kind d>
EPSILON_NEXT_CELL hot_global_get_float(EPSILON_PARAMS) {
    write_float_bits<d>(pc, field_d, fp, vacc, global_at<own>(pc, ctx).low);
    EPSILON_GO(pc + cell_size);
}

template <bool own, Kind d>
EPSILON_NEXT_CELL hot_global_get_vector(EPSILON_PARAMS) {
    write<d>(pc, field_d, fp, acc, vacc, simd::from_bytes(&global_at<own>(pc, ctx)));
    EPSILON_GO(pc + cell_size);
}

template <bool own, Kind a>
EPSILON_NEXT_CELL hot_global_set_int(EPSILON_PARAMS) {
    global_at<own>(pc, ctx).low = read<uint64_t, a>(pc, field_a, fp, acc, vacc);
    EPSILON_GO(pc + cell_size);
}

template <bool own, Kind a>
EPSILON_NEXT_CELL hot_global_set_float(EPSILON_PARAMS) {
    global_at<own>(pc, ctx).low = a == Kind::acc ? vacc[0] : slot_at(pc, field_a, fp);
    EPSILON_GO(pc + cell_size);
}

template <bool own, Kind a>
EPSILON_NEXT_CELL hot_global_set_vector(EPSILON_PARAMS) {
    simd::to_bytes(&global_at<own>(pc, ctx), read<Vector, a>(pc, field_a, fp, acc, vacc));
    EPSILON_GO(pc + cell_size);
}

constexpr Handler move_int_forms[] = {hot_move_int<Kind::slot>, hot_move_int<Kind::acc>};
constexpr Handler move_int_2_forms[] = {hot_move_int_2};
constexpr Handler move_int_3_forms[] = {hot_move_int_3};
constexpr Handler move_float_forms[] = {hot_move_float<Kind::slot>, hot_move_float<Kind::acc>};
constexpr Handler move_vector_forms[] = {hot_move_vector<Kind::slot>, hot_move_vector<Kind::acc>};
constexpr Handler move_far_forms[] = {move_far<1>, move_far<2>};
constexpr Handler move_many_forms[] = {move_many};
constexpr Handler const_int_forms[] = {hot_const_int<Kind::slot>, hot_const_int<Kind::acc>};
constexpr Handler const_float_forms[] = {hot_const_float<Kind::slot>, hot_const_float<Kind::acc>};
constexpr Handler const_vector_forms[] = {hot_const_vector<Kind::slot>,
                                          hot_const_vector<Kind::acc>};
#define EPSILON_SELECT_FORMS(handler)                                 \
    {handler<Kind::slot, Kind::slot>, handler<Kind::slot, Kind::acc>, \
     handler<Kind::acc, Kind::slot>, handler<Kind::acc, Kind::acc>}
constexpr Handler select_int_forms[] = EPSILON_SELECT_FORMS(hot_select_int);
constexpr Handler select_float_forms[] = EPSILON_SELECT_FORMS(hot_select_float);
constexpr Handler select_vector_forms[] = EPSILON_SELECT_FORMS(hot_select_vector);
#define EPSILON_GLOBAL_FORMS(handler)                                                 \
    {handler<true, Kind::slot>, handler<true, Kind::acc>, handler<false, Kind::slot>, \
     handler<false, Kind::acc>}
constexpr Handler global_get_int_forms[] = EPSILON_GLOBAL_FORMS(hot_global_get_int);
constexpr Handler global_get_float_forms[] = EPSILON_GLOBAL_FORMS(hot_global_get_float);
constexpr Handler global_get_vector_forms[] = EPSILON_GLOBAL_FORMS(hot_global_get_vector);
constexpr Handler global_set_int_forms[] = EPSILON_GLOBAL_FORMS(hot_global_set_int);
constexpr Handler global_set_float_forms[] = EPSILON_GLOBAL_FORMS(hot_global_set_float);
constexpr Handler global_set_vector_forms[] = EPSILON_GLOBAL_FORMS(hot_global_set_vector);

}  // namespace

void add_variable_handlers(HandlerTable& table) {
    set_special(table, Special::move_int, move_int_forms);
    set_special(table, Special::move_int_2, move_int_2_forms);
    set_special(table, Special::move_int_3, move_int_3_forms);
    set_special(table, Special::move_float, move_float_forms);
    set_special(table, Special::move_vector, move_vector_forms);
    set_special(table, Special::move_far, move_far_forms);
    set_special(table, Special::move_many, move_many_forms);
    set_special(table, Special::const_int, const_int_forms);
    set_special(table, Special::const_float, const_float_forms);
    set_special(table, Special::const_vector, const_vector_forms);
    set_special(table, Special::select_int, select_int_forms);
    set_special(table, Special::select_float, select_float_forms);
    set_special(table, Special::select_vector, select_vector_forms);
    set_special(table, Special::global_get_int, global_get_int_forms);
    set_special(table, Special::global_get_float, global_get_float_forms);
    set_special(table, Special::global_get_vector, global_get_vector_forms);
    set_special(table, Special::global_set_int, global_set_int_forms);
    set_special(table, Special::global_set_float, global_set_float_forms);
    set_special(table, Special::global_set_vector, global_set_vector_forms);
}

}  // namespace epsilon::interp
