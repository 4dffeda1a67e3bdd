// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "interp/cell_writer.h"
#include "runtime/abi.h"

// Fuel and instruction counts (docs/fuel.md has the rule).
//
// Code is divided into runs, which end with each control instruction. A run is paid for at its
// start, and its price is known when it is translated. So is that of the runs that follow it
// without a branch: all of them are paid for at once, by the cell that leads to the first one. That
// cell is a branch, a call or a return, which carries the price for each of its ways, or reads it
// beside the point that it returns to. Cells of their own are needed nowhere but behind bulk
// instructions.
//
// Paying ahead would show in two cases, which are rare and put right after the fact, with a table
// of the function's runs that a second translation gives:
//  - A run traps: what was paid for the runs behind it is given back.
//  - What is left covers some of the runs and not all: the cells of those are copied, with one
//    behind them that stops, and executed there.
namespace epsilon::interp {

struct Run {
    uint32_t cell = 0;    // where it begins: distance from the first cell
    uint32_t offset = 0;  // of its first instruction in the module
    uint32_t cost = 0;
    bool last = false;  // the next run, if control gets there, is paid for separately
};

// A function's runs in order, and what it costs to go on from each of them to the next `last` one.
class RunTable {
public:
    RunTable() = default;
    explicit RunTable(std::vector<Run> runs);

    const std::vector<Run>& runs() const { return runs_; }
    // What is paid where control comes to this run.
    uint32_t price(size_t run) const { return prices_[run]; }
    // The run that a cell belongs to.
    size_t find(uint32_t cell) const;
    // The first of the runs that are paid for with `price` when control comes to the cell.
    std::optional<size_t> find(uint32_t cell, uint64_t price) const;

private:
    std::vector<Run> runs_;
    std::vector<uint32_t> prices_;
};

// Finds the runs while a function is translated, and writes prices into cells.
class RunRecorder {
public:
    // A run begins. `cell` and `offset` as in Run.
    void begin(uint32_t cell, uint32_t offset);
    // The current one goes on, or a new one begins if instructions were counted.
    void proceed(uint32_t cell, uint32_t offset);
    // Control leaves here.
    void end();
    bool is_open() const { return open_; }

    void count(uint32_t instructions) { runs_.back().cost += instructions; }
    // The run does something that must not find the runs behind it paid for.
    void set_alone() { alone_ = true; }
    bool is_alone() const { return alone_; }
    // A cell at `cell` and later now does work of this run.
    void move_start(uint32_t cell);

    // The 32-bit field becomes the price of what begins at the current run, or at the label.
    void price(uint32_t at, int field) { sites_.push_back({at, field, current()}); }
    void price(uint32_t at, int field, Label label) { label_sites_.push_back({at, field, label}); }
    void bind(Label label);
    // Writes all prices; gives that of the first run.
    uint32_t resolve(CellWriter& writer);
    std::vector<Run> take() { return std::move(runs_); }

private:
    struct Site {
        uint32_t at;
        int field;
        uint32_t target;
    };
    uint32_t current() const { return uint32_t(runs_.size() - 1); }

    std::vector<Run> runs_;
    std::vector<Site> sites_;
    std::vector<Site> label_sites_;
    std::vector<uint32_t> label_runs_;
    bool open_ = false;
    bool alone_ = false;
};

// For handlers: the countdown went below zero by `price`, which the runs from pc on cost. Gives the
// cell to go on with, or null when that fails (ctx.outcome says why).
const uint8_t* out_of_fuel(Context& ctx, uint64_t price, const uint8_t* pc, Slot* fp) noexcept;

// The first cell of a call from outside, paid for, and what must live as long as the call.
class MeteredEntry {
public:
    MeteredEntry(Context& ctx, uint32_t price, const uint8_t* code, Slot* fp)
        : ctx_(ctx), cell_(code) {
        if (ctx.meter) {
            begin(price, fp);
        }
    }
    ~MeteredEntry() {
        if (ctx_.meter) {
            end();
        }
    }
    MeteredEntry(const MeteredEntry&) = delete;
    MeteredEntry& operator=(const MeteredEntry&) = delete;
    // Null when the fuel does not cover any of it: ctx.outcome is set.
    const uint8_t* cell() const { return cell_; }

private:
    void begin(uint32_t price, Slot* fp);
    void end();

    Context& ctx_;
    size_t steps_ = 0;
    const uint8_t* cell_;
};

// Before the error of a program that was left at ctx.exit_pc is made: puts right what was paid
// ahead, and exit_pc if it is in a copy. Gives the offset in the module where fuel ran out, if that
// is known better than by the cell. Throws bad_alloc.
std::optional<uint32_t> settle_exit(Context& ctx);

}  // namespace epsilon::interp
