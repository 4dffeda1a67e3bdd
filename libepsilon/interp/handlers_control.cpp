// SPDX-License-Identifier: Apache-2.0
#include "interp/handlers_numeric.h"
#include "interp/stops.h"

// Branches, traps and stops.
namespace epsilon::interp {

// Never a cell: handler offsets are counted from here.
EPSILON_NEXT_CELL handler_anchor(EPSILON_PARAMS) {
    EPSILON_TRAP(unreachable);
}

EPSILON_NEXT_CELL leave_with_trap(EPSILON_PARAMS) {
    ctx->outcome = Outcome::trapped;
    ctx->exit_pc = pc;
    ctx->exit_fp = fp;
    EPSILON_LEAVE;
}

EPSILON_NEXT_CELL stop(EPSILON_PARAMS) {
    if (!goes_on(*ctx, pc, fp, acc)) {
        EPSILON_LEAVE;
    }
    mem = ctx->view.memory0 ? ctx->view.memory0->base : nullptr;
    // Not by way of the context's handler base: a stop that is wanted again waits for the next
    // cell.
    const auto handler =
        reinterpret_cast<Handler>(const_cast<char*>(handler_base() + read_field<int32_t>(pc, 0)));
    EPSILON_JUMP(handler);
}

EPSILON_NEXT_CELL leave_memory_fault(EPSILON_PARAMS) {
    EPSILON_TRAP(out_of_bounds_memory_access);
}

namespace {

template <bool metered>
EPSILON_NEXT_CELL hot_br(EPSILON_PARAMS) {
    EPSILON_BRANCH(pc + read_field<int32_t>(pc, field_target), field_taken_price);
}

template <bool metered, bool sum, Kind a>
EPSILON_NEXT_CELL hot_br_table(EPSILON_PARAMS) {
    uint32_t index = read<uint32_t, a>(pc, field_d, fp, acc, vacc);
    if constexpr (sum) {
        index += uint32_t(int32_t(read_field<int16_t>(pc, field_table_addend)));
    }
    const uint32_t last = read_field<uint32_t>(pc, 8);
    index = index < last ? index : last;
    if constexpr (metered) {
        const uint8_t* const entry = pc + 8 * uint64_t(index);
        EPSILON_GO_CHARGED(pc + read_field<int32_t>(entry, 12), read_field<uint32_t>(entry, 16));
    } else {
        EPSILON_GO(pc + read_field<int32_t>(pc + 4 * uint64_t(index), 12));
    }
}

// Often the last thing a loop does before it goes on.
template <bool metered, unsigned moves>
EPSILON_NEXT_CELL hot_move_br(EPSILON_PARAMS) {
    slot_at(pc, field_d, fp) = slot_at(pc, field_a, fp);
    if constexpr (moves == 2) {
        slot_at(pc, field_third, fp) = slot_at(pc, field_third_source, fp);
    }
    EPSILON_BRANCH(pc + read_field<int32_t>(pc, field_target), field_taken_price);
}

EPSILON_NEXT_CELL hot_poll(EPSILON_PARAMS) {
    if (EPSILON_UNLIKELY(ctx->stop.load(std::memory_order_relaxed) != 0)) {
        EPSILON_JUMP(stop);
    }
    EPSILON_GO(pc + cell_size);
}

EPSILON_NEXT_CELL unreachable(EPSILON_PARAMS) {
    EPSILON_TRAP(unreachable);
}

EPSILON_NEXT_CELL exit(EPSILON_PARAMS) {
    ctx->outcome = Outcome::returned;
    EPSILON_LEAVE;
}

uint32_t test_and(uint32_t a, uint32_t b) noexcept {
    return (a & b) != 0;
}
uint32_t test_and_zero(uint32_t a, uint32_t b) noexcept {
    return (a & b) == 0;
}

constexpr Handler test_and_forms[] = {EPSILON_INT_BRANCH_FORMS(test_and, false),
                                      EPSILON_INT_BRANCH_FORMS(test_and, true)};
constexpr Handler test_and_zero_forms[] = {EPSILON_INT_BRANCH_FORMS(test_and_zero, false),
                                           EPSILON_INT_BRANCH_FORMS(test_and_zero, true)};
constexpr Handler br_forms[] = {hot_br<false>, hot_br<true>};
#define EPSILON_BR_TABLE_FORMS(metered)                                                \
    hot_br_table<metered, false, Kind::slot>, hot_br_table<metered, false, Kind::acc>, \
        hot_br_table<metered, true, Kind::slot>, hot_br_table<metered, true, Kind::acc>
constexpr Handler br_table_forms[] = {EPSILON_BR_TABLE_FORMS(false), EPSILON_BR_TABLE_FORMS(true)};
constexpr Handler move_br_forms[] = {hot_move_br<false, 1>, hot_move_br<false, 2>,
                                     hot_move_br<true, 1>, hot_move_br<true, 2>};
constexpr Handler poll_forms[] = {hot_poll};
constexpr Handler unreachable_forms[] = {unreachable};
constexpr Handler exit_forms[] = {exit};

}  // namespace

void add_control_handlers(HandlerTable& table) {
    set_special(table, Special::br, br_forms);
    set_special(table, Special::br_table, br_table_forms);
    set_special(table, Special::move_br, move_br_forms);
    set_special(table, Special::poll, poll_forms);
    set_special(table, Special::unreachable, unreachable_forms);
    set_special(table, Special::exit, exit_forms);
    set_special(table, Special::test_and, test_and_forms);
    set_special(table, Special::test_and_zero, test_and_zero_forms);
}

}  // namespace epsilon::interp
