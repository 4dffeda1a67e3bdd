// SPDX-License-Identifier: Apache-2.0
#include "interp/metering.h"

#include <algorithm>
#include <cstring>
#include <new>

#include "interp/execute.h"
#include "interp/handler_table.h"
#include "interp/tiers.h"
#include "interp/translator.h"
#include "runtime/instance.h"
#include "runtime/meter.h"

namespace epsilon::interp {

RunTable::RunTable(std::vector<Run> runs) : runs_(std::move(runs)), prices_(runs_.size()) {
    for (size_t i = runs_.size(); i-- != 0;) {
        const bool more = !runs_[i].last && i + 1 < runs_.size();
        prices_[i] = runs_[i].cost + (more ? prices_[i + 1] : 0);
    }
}

size_t RunTable::find(uint32_t cell) const {
    const auto after =
        std::upper_bound(runs_.begin(), runs_.end(), cell,
                         [](uint32_t wanted, const Run& run) { return wanted < run.cell; });
    return size_t(after - runs_.begin()) - 1;
}

// Runs that begin at the same cell follow each other without a branch, so their prices differ.
std::optional<size_t> RunTable::find(uint32_t cell, uint64_t price) const {
    for (size_t run = find(cell) + 1; run-- != 0;) {
        if (prices_[run] == price) {
            return run;
        }
        if (prices_[run] > price) {
            break;
        }
    }
    return std::nullopt;
}

void RunRecorder::begin(uint32_t cell, uint32_t offset) {
    runs_.push_back({cell, offset, 0, false});
    open_ = true;
    alone_ = false;
}

void RunRecorder::proceed(uint32_t cell, uint32_t offset) {
    if (runs_.back().cost == 0) {
        runs_.back().offset = offset;
    } else {
        begin(cell, offset);
    }
}

void RunRecorder::end() {
    runs_.back().last = true;
    open_ = false;
}

void RunRecorder::move_start(uint32_t cell) {
    for (size_t i = runs_.size(); i-- != 0 && runs_[i].cell > cell;) {
        runs_[i].cell = cell;
    }
}

void RunRecorder::bind(Label label) {
    if (label_runs_.size() <= label) {
        label_runs_.resize(label + 1);
    }
    label_runs_[label] = current();
}

uint32_t RunRecorder::resolve(CellWriter& writer) {
    const RunTable table(runs_);
    for (const Site& site : sites_) {
        writer.put(site.at, site.field, table.price(site.target));
    }
    for (const Site& site : label_sites_) {
        writer.put(site.at, site.field, table.price(label_runs_[site.target]));
    }
    return table.price(0);
}

namespace {

// The function's runs, in its plain cells or in the others.
Result<RunTable> runs_of(const FunctionInstance& function, bool plain) {
    const Instance& instance = *function.instance;
    std::vector<Run> runs;
    EPSILON_TRY(translate({.module = instance.module(),
                           .types = instance.code->types,
                           .function = function.index,
                           .variant = instance.code_variant,
                           .plain = plain,
                           .runs = &runs}));
    return RunTable(std::move(runs));
}

const FunctionInstance& function_of(const Slot* fp) {
    return *reinterpret_cast<const FunctionInstance*>(fp[frame_function]);
}

int32_t special_offset(Special special) {
    return handler_offset(handler_table().special[size_t(special)][0]);
}

// A copy of the cells of all runs from `first` on that the fuel covers, which is taken.
const uint8_t* take_steps(Meter& meter, const RunTable& table, size_t first,
                          const CodePlace& place) {
    size_t run = first;
    while (meter.take(table.runs()[run].cost)) {
        ++run;
    }
    const Run& uncovered = table.runs()[run];
    Meter::Steps steps;
    steps.origin = place.pc;
    steps.size = std::max(uncovered.cell, place.distance()) - place.distance();
    steps.offset = uncovered.offset;
    steps.uncovered = table.price(run);
    steps.cells.reset(new uint8_t[steps.size + cell_size]());
    std::memcpy(steps.cells.get(), place.pc, steps.size);
    write_field(steps.cells.get(), int(steps.size), special_offset(Special::fuel_end));
    const uint8_t* const cells = steps.cells.get();
    meter.steps.push_back(std::move(steps));
    return cells;
}

const Meter::Steps* find_steps(const Meter& meter, const uint8_t* pc) {
    for (const Meter::Steps& steps : meter.steps) {
        if (pc >= steps.cells.get() && pc <= steps.cells.get() + steps.size) {
            return &steps;
        }
    }
    return nullptr;
}

}  // namespace

const uint8_t* out_of_fuel(Context& ctx, uint64_t price, const uint8_t* pc, Slot* fp) noexcept {
    ctx.meter->give_back(price);
    if (ctx.meter->take(price)) {
        return pc;
    }
    const FunctionInstance& function = function_of(fp);
    const CodePlace place = place_of(function, pc);
    ctx.exit_pc = place ? place.pc : pc;
    ctx.exit_fp = fp;
    try {
        if (place) {
            auto table = runs_of(function, place.plain);
            // A reload cell still belongs to the call.
            const bool is_reload =
                read_field<int32_t>(place.pc, 0) == special_offset(Special::reload);
            const uint32_t cell = place.distance() + (is_reload ? cell_size : 0);
            const auto first = table ? table->find(cell, price) : std::nullopt;
            if (first) {
                return take_steps(*ctx.meter, *table, *first, place);
            }
        }
        ctx.outcome = Outcome::out_of_fuel;
    } catch (const std::bad_alloc&) {
        ctx.outcome = Outcome::no_memory;
    }
    return nullptr;
}

void MeteredEntry::begin(uint32_t price, Slot* fp) {
    steps_ = ctx_.meter->steps.size();
    if (!ctx_.meter->take(price)) {
        ctx_.fuel_left -= price;
        cell_ = out_of_fuel(ctx_, price, cell_, fp);
    }
}

void MeteredEntry::end() {
    ctx_.meter->steps.resize(steps_);
}

std::optional<uint32_t> settle_exit(Context& ctx) {
    const uint8_t* const pc = ctx.exit_pc;
    if (pc == foreign_return_cell()) {
        // Stopped between two frames, where nothing is paid for: exit_fp is no frame.
        return std::nullopt;
    }
    const Meter::Steps* const steps = find_steps(*ctx.meter, pc);
    if (steps) {
        const auto distance = size_t(pc - steps->cells.get());
        ctx.exit_pc = steps->origin + distance;
        if (distance == steps->size) {
            // Behind all that was paid for: also a program that is stopped there is owed nothing.
            return ctx.outcome == Outcome::out_of_fuel ? std::optional(steps->offset)
                                                       : std::nullopt;
        }
    }
    if (!ctx.exit_fp || !function_of(ctx.exit_fp).instance) {
        return std::nullopt;
    }
    const FunctionInstance& function = function_of(ctx.exit_fp);
    const CodePlace place = place_of(function, ctx.exit_pc);
    if (!place) {
        return std::nullopt;
    }
    auto table = runs_of(function, place.plain);
    if (table) {
        const size_t run = table->find(place.distance());
        ctx.meter->give_back(table->price(run) - table->runs()[run].cost -
                             (steps ? steps->uncovered : 0));
    }
    return std::nullopt;
}

}  // namespace epsilon::interp
