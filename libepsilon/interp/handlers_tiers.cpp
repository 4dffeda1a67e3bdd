// SPDX-License-Identifier: Apache-2.0
#include <atomic>

#include "interp/charge.h"
#include "interp/execute.h"
#include "interp/handler_table.h"
#include "interp/machine_border.h"
#include "interp/operands.h"
#include "interp/tiers.h"

// Between the interpreter and machine code: cells that count, cells that enter machine code, and
// what machine code leaves to.
namespace epsilon::interp {

// Of handlers_call.cpp.
EPSILON_NEXT_CELL call_exhausted(EPSILON_PARAMS);
EPSILON_NEXT_CELL call_cells(EPSILON_PARAMS);

namespace {

EPSILON_APART EPSILON_NEXT_CELL counted_down(EPSILON_PARAMS) {
    pc = tier_up(*ctx, pc, fp);
    EPSILON_GO(pc);
}

// Other threads count in the same cell: what gets lost between them doesn't matter.
EPSILON_NEXT_CELL hot_tally(EPSILON_PARAMS) {
    auto* const counter = reinterpret_cast<uint32_t*>(const_cast<uint8_t*>(pc) + field_counter);
    const uint32_t left = std::atomic_ref(*counter).load(std::memory_order_relaxed) - 1;
    std::atomic_ref(*counter).store(left, std::memory_order_relaxed);
    if (EPSILON_UNLIKELY(left == 0)) {
        EPSILON_JUMP(counted_down);
    }
    EPSILON_GO(pc + cell_size);
}

// In a copy, which is made where fuel covers only some of what machine code would pay for at once,
// it does nothing.
EPSILON_NEXT_CELL hot_native(EPSILON_PARAMS) {
    const auto code = read_field<uint64_t>(pc, field_machine_code);
    if (EPSILON_UNLIKELY(code == 0 ||
                         read_field<uint32_t>(pc, field_self) != uint32_t(uintptr_t(pc)))) {
        EPSILON_GO(pc + cell_size);
    }
    EPSILON_ENTER_MACHINE_CODE(code);
}

EPSILON_NEXT_CELL hot_resume(EPSILON_PARAMS) {
    EPSILON_ENTER_MACHINE_CODE(read_field<uint64_t>(pc, field_machine_code));
}

EPSILON_NEXT_CELL go_on(EPSILON_PARAMS) {
    EPSILON_GO(pc);
}

EPSILON_NEXT_CELL return_to_cells(EPSILON_PARAMS) {
    if (EPSILON_UNLIKELY(ctx->meter != nullptr)) {
        EPSILON_GO_CHARGED(pc, return_price(pc));
    }
    EPSILON_GO(pc);
}

constexpr Handler tally_forms[] = {hot_tally};
constexpr Handler native_forms[] = {hot_native};
constexpr Handler resume_forms[] = {hot_resume};

}  // namespace

const BorderHandlers& border_handlers() {
    static const BorderHandlers handlers = {
        reinterpret_cast<const void*>(&go_on),
        reinterpret_cast<const void*>(&call_cells),
        reinterpret_cast<const void*>(&call_exhausted),
        reinterpret_cast<const void*>(&return_to_cells),
        reinterpret_cast<const void*>(&leave_with_trap),
        reinterpret_cast<const void*>(&fuel_is_short),
    };
    return handlers;
}

const uint8_t* original_cell(const uint8_t* pc) noexcept {
    static const int32_t resume = handler_offset(hot_resume);
    return read_field<int32_t>(pc, 0) == resume
               ? reinterpret_cast<const uint8_t*>(read_field<uint64_t>(pc, field_original))
               : pc;
}

void add_tier_handlers(HandlerTable& table) {
    set_special(table, Special::tally, tally_forms);
    set_special(table, Special::native, native_forms);
    set_special(table, Special::resume, resume_forms);
}

}  // namespace epsilon::interp
