// SPDX-License-Identifier: Apache-2.0
#include "interp/tiers.h"

#include <algorithm>
#include <atomic>

#include "interp/module_cells.h"
#include "runtime/store.h"

namespace epsilon::interp {

const uint8_t* MachineFunction::original(const uint8_t* pc) const {
    const auto after = std::upper_bound(
        side_cells_.begin(), side_cells_.end(), pc,
        [](const uint8_t* wanted, const SideCell& cell) { return wanted < cell.begin; });
    if (after == side_cells_.begin()) {
        return nullptr;
    }
    const SideCell& cell = *std::prev(after);
    return pc < cell.end ? entry() + cell.original + (pc - cell.begin) : nullptr;
}

const uint8_t* tier_up(Context& ctx, const uint8_t* pc, Slot* fp) noexcept {
    auto& function = *reinterpret_cast<FunctionInstance*>(fp[frame_function]);
    Instance& instance = *function.instance;
    auto& cells = static_cast<ModuleCells&>(*instance.code);
    const uint8_t* const entry = cells.made_cells(function.index, instance.code_variant);
    if (!entry || pc < entry || pc >= entry + code_header(entry).size) {
        return pc + cell_size;  // in a copy (metering.h)
    }
    const MachineFunction* const machine =
        cells.machine_function(function.index, instance.code_variant, ctx);
    if (!machine) {
        return pc + cell_size;  // the counter starts at its largest number again
    }
    function.code.store(machine->entry(), std::memory_order_relaxed);
    function.machine_code.store(machine->machine_entry(), std::memory_order_relaxed);
    // For other instances, and for loops that still run in these cells: the next time at once.
    auto* const counter = reinterpret_cast<uint32_t*>(const_cast<uint8_t*>(pc) + field_counter);
    std::atomic_ref(*counter).store(1, std::memory_order_relaxed);
    const uint8_t* const loop = machine->loop(read_field<uint32_t>(pc, field_loop));
    return loop ? loop : pc + cell_size;
}

}  // namespace epsilon::interp
