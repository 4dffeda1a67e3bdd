// SPDX-License-Identifier: Apache-2.0
#include "interp/handlers_numeric.h"

// Steps of i32 counters: an addition of a constant to a local, with another one, a branch or a
// comparison and branch behind it.
namespace epsilon::interp {

namespace {

EPSILON_INLINE uint32_t short_field(const uint8_t* pc, int field) {
    return uint32_t(int32_t(read_field<int16_t>(pc, field)));
}

template <Kind b>
EPSILON_INLINE uint32_t compared(const uint8_t* pc, int field, Slot* fp) {
    if constexpr (b == Kind::imm) {
        return short_field(pc, field);
    } else {
        return uint32_t(slot_at(pc, field, fp));
    }
}

template <bool metered, Kind a>
EPSILON_NEXT_CELL hot_add_br(EPSILON_PARAMS) {
    slot_at(pc, field_d, fp) = uint32_t(read<uint32_t, a>(pc, field_a, fp, acc, vacc) +
                                        read_field<uint32_t>(pc, field_addend));
    EPSILON_BRANCH(pc + read_field<int32_t>(pc, field_target), field_taken_price);
}

template <auto comparison, bool metered, Kind a, Kind b>
EPSILON_NEXT_CELL hot_add_br_if(EPSILON_PARAMS) {
    const uint32_t sum =
        read<uint32_t, a>(pc, field_a, fp, acc, vacc) + short_field(pc, field_addend);
    acc = sum;
    slot_at(pc, field_d, fp) = acc;
    if (comparison(sum, compared<b>(pc, field_add_compare, fp))) {
        EPSILON_BRANCH(pc + read_field<int32_t>(pc, field_target), field_taken_price);
    }
    EPSILON_BRANCH(pc + branch_size<metered>, field_other_price);
}

// One after the other: the second may read what the first wrote.
template <Kind a>
EPSILON_NEXT_CELL hot_add_2(EPSILON_PARAMS) {
    slot_at(pc, field_d, fp) =
        uint32_t(read<uint32_t, a>(pc, field_a, fp, acc, vacc) + short_field(pc, field_addend));
    acc = uint32_t(uint32_t(slot_at(pc, field_b, fp)) + short_field(pc, field_addend_2));
    slot_at(pc, field_c, fp) = acc;
    EPSILON_GO(pc + cell_size);
}

EPSILON_NEXT_CELL hot_add_2_br(EPSILON_PARAMS) {
    slot_at(pc, field_d, fp) =
        uint32_t(uint32_t(slot_at(pc, field_a, fp)) + short_field(pc, field_addend));
    slot_at(pc, field_add_2_d, fp) =
        uint32_t(uint32_t(slot_at(pc, field_add_2_a, fp)) + short_field(pc, field_addend_2));
    EPSILON_GO(pc + read_field<int32_t>(pc, field_target));
}

template <auto comparison, Kind b>
EPSILON_NEXT_CELL hot_add_2_br_if(EPSILON_PARAMS) {
    slot_at(pc, field_d, fp) =
        uint32_t(uint32_t(slot_at(pc, field_a, fp)) + short_field(pc, field_addend));
    const uint32_t sum = uint32_t(slot_at(pc, field_add_2_a, fp)) + short_field(pc, field_addend_2);
    acc = sum;
    slot_at(pc, field_add_2_d, fp) = acc;
    if (comparison(sum, compared<b>(pc, field_add_2_compare, fp))) {
        EPSILON_GO(pc + read_field<int32_t>(pc, field_target));
    }
    EPSILON_GO(pc + add_2_branch_size);
}

// In the order of opcodes.def.
#define EPSILON_COMPARISONS(row)                                                          \
    row(i32_eq), row(i32_ne), row(i32_lt_s), row(i32_lt_u), row(i32_gt_s), row(i32_gt_u), \
        row(i32_le_s), row(i32_le_u), row(i32_ge_s), row(i32_ge_u)
static_assert(size_t(Opcode::i32_ge_u) - size_t(Opcode::i32_eq) == 9);

#define EPSILON_ADD_BR_IF_FORMS(f, metered)                        \
    hot_add_br_if<numeric::f, metered, Kind::slot, Kind::slot>,    \
        hot_add_br_if<numeric::f, metered, Kind::slot, Kind::imm>, \
        hot_add_br_if<numeric::f, metered, Kind::acc, Kind::slot>, \
        hot_add_br_if<numeric::f, metered, Kind::acc, Kind::imm>
#define EPSILON_ADD_BR_IF_PLAIN(f) EPSILON_ADD_BR_IF_FORMS(f, false)
#define EPSILON_ADD_BR_IF_METERED(f) EPSILON_ADD_BR_IF_FORMS(f, true)
#define EPSILON_ADD_2_BR_IF(f) \
    hot_add_2_br_if<numeric::f, Kind::slot>, hot_add_2_br_if<numeric::f, Kind::imm>

constexpr Handler add_br_forms[] = {hot_add_br<false, Kind::slot>, hot_add_br<false, Kind::acc>,
                                    hot_add_br<true, Kind::slot>, hot_add_br<true, Kind::acc>};
constexpr Handler add_br_if_forms[] = {EPSILON_COMPARISONS(EPSILON_ADD_BR_IF_PLAIN),
                                       EPSILON_COMPARISONS(EPSILON_ADD_BR_IF_METERED)};
constexpr Handler add_2_forms[] = {hot_add_2<Kind::slot>, hot_add_2<Kind::acc>};
constexpr Handler add_2_br_forms[] = {hot_add_2_br};
constexpr Handler add_2_br_if_forms[] = {EPSILON_COMPARISONS(EPSILON_ADD_2_BR_IF)};

}  // namespace

void add_counter_handlers(HandlerTable& table) {
    set_special(table, Special::add_br, add_br_forms);
    set_special(table, Special::add_br_if, add_br_if_forms);
    set_special(table, Special::add_2, add_2_forms);
    set_special(table, Special::add_2_br, add_2_br_forms);
    set_special(table, Special::add_2_br_if, add_2_br_if_forms);
}

}  // namespace epsilon::interp
