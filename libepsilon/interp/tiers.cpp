// SPDX-License-Identifier: Apache-2.0
#include "interp/tiers.h"

#include <algorithm>
#include <atomic>

#include "interp/module_cells.h"
#include "runtime/store.h"

namespace epsilon::interp {

const uint8_t* MachineFunction::original(const uint8_t* pc) const {
    const auto after = std::upper_bound(
        parts_.side_cells.begin(), parts_.side_cells.end(), pc,
        [](const uint8_t* wanted, const SideCell& cell) { return wanted < cell.begin; });
    if (after == parts_.side_cells.begin()) {
        return nullptr;
    }
    const SideCell& cell = *std::prev(after);
    return pc < cell.end ? entry() + cell.original + (pc - cell.begin) : nullptr;
}

namespace {

bool is_within(const uint8_t* entry, const uint8_t* pc) {
    return entry && pc >= entry && pc < entry + code_header(entry).size;
}

ModuleCells& cells_of(const FunctionInstance& function) {
    return static_cast<ModuleCells&>(*function.instance->code);
}

void use(const MachineFunction& machine, FunctionInstance& function) {
    function.code.store(machine.entry(), std::memory_order_relaxed);
    function.machine_code.store(machine.machine_entry(), std::memory_order_relaxed);
    function.outer_entry.store(machine.outer_entry(), std::memory_order_relaxed);
}

// Whether a frame of the one code is one of the other. It may not be where slots are so many that
// one of them needs scratch slots and the other doesn't.
bool have_same_frames(const uint8_t* one, const uint8_t* other) {
    const CodeHeader& a = code_header(one);
    const CodeHeader& b = code_header(other);
    return a.frame_slots == b.frame_slots && a.zero_slots == b.zero_slots;
}

}  // namespace

CodePlace place_of(const FunctionInstance& function, const uint8_t* pc) noexcept {
    const ModuleCells& cells = cells_of(function);
    const uint32_t variant = function.instance->code_variant;
    if (const uint8_t* const entry = cells.made_cells(function.index, variant);
        is_within(entry, pc)) {
        return {entry, false, pc};
    }
    const MachineFunction* const machine = cells.made_machine_function(function.index, variant);
    if (!machine) {
        return {};
    }
    const uint8_t* place = pc;
    if (!is_within(machine->entry(), place)) {
        place = machine->original(pc);
    }
    return is_within(machine->entry(), place) ? CodePlace{machine->entry(), true, place}
                                              : CodePlace{};
}

const MachineFunction* machine_code_for_call(const Context& ctx,
                                             FunctionInstance& function) noexcept {
    const StoreOptions& options = ctx.store->options();
    if (options.tiers == Tiers::interpreter) {
        return nullptr;
    }
    ModuleCells& cells = cells_of(function);
    const uint32_t variant = function.instance->code_variant;
    const MachineFunction* const machine =
        options.tiers == Tiers::compiled ? cells.machine_function(function.index, variant, ctx)
        : options.random_tiers == 0      ? cells.made_machine_function(function.index, variant)
                                         : nullptr;
    if (machine) {
        use(*machine, function);
    }
    return machine;
}

const uint8_t* tier_up(Context& ctx, const uint8_t* pc, Slot* fp) noexcept {
    auto& function = *reinterpret_cast<FunctionInstance*>(fp[frame_function]);
    const uint32_t variant = function.instance->code_variant;
    ModuleCells& cells = cells_of(function);
    const uint8_t* const entry = cells.made_cells(function.index, variant);
    if (!is_within(entry, pc)) {
        return pc + cell_size;  // in a copy (metering.h)
    }
    const MachineFunction* const machine = cells.machine_function(function.index, variant, ctx);
    auto* const counter = reinterpret_cast<uint32_t*>(const_cast<uint8_t*>(pc) + field_counter);
    if (!machine) {
        if (ctx.must_end()) {
            // Given up: the next time at once. Otherwise the counter starts at its largest number.
            std::atomic_ref(*counter).store(1, std::memory_order_relaxed);
        }
        return pc + cell_size;
    }
    use(*machine, function);
    if (!have_same_frames(entry, machine->entry())) {
        return pc + cell_size;  // the next call
    }
    // For other instances, and for loops that still run in these cells: the next time at once.
    std::atomic_ref(*counter).store(1, std::memory_order_relaxed);
    const uint8_t* const loop = machine->loop(read_field<uint32_t>(pc, field_loop));
    return loop ? loop : pc + cell_size;
}

}  // namespace epsilon::interp
