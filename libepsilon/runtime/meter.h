// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

namespace epsilon {

// What a store's programs have used, and how much more they may (design rule: docs/fuel.md).
//
// Executing code only counts Context::fuel_left down, and looks no further while that is not
// negative. The bounds behind it are the pool of the store and the limit of the innermost call that
// has one; the smaller holds.
class Meter {
public:
    // A pool or limit of this much is none, and never gets less.
    static constexpr uint64_t unlimited = UINT64_MAX;

    Meter(int64_t& fuel_left, uint64_t pool);

    uint64_t pool() const;
    void set_pool(uint64_t fuel);
    // Never more than `unlimited`.
    void add_to_pool(uint64_t fuel);

    // Since the store was made. They cannot overflow: counting so far takes centuries.
    uint64_t fuel_used() const { return fuel_used_ + used_of_slice(); }
    uint64_t instructions() const { return fuel_used() - size_charges_; }

    // Takes `fuel` if what is left covers it; false, and nothing is changed, otherwise.
    bool take(uint64_t fuel);
    // The same for a charge for size, which counts no instructions.
    bool take_for_size(uint64_t fuel);
    // What was taken for something that is not executed.
    void give_back(uint64_t fuel) { left_ += static_cast<int64_t>(fuel); }
    bool covers(uint64_t fuel);

    // The innermost call's bounds while it runs. A call without a limit of its own has one too,
    // for what it used.
    class Call {
    public:
        Call(Meter& meter, uint64_t limit);
        ~Call();
        Call(const Call&) = delete;
        Call& operator=(const Call&) = delete;

    private:
        Meter& meter_;
        uint64_t outer_end_;
        uint64_t fuel_before_;
        uint64_t instructions_before_;
    };
    // Of the call from outside that ended last.
    uint64_t last_call_fuel() const { return last_call_fuel_; }
    uint64_t last_call_instructions() const { return last_call_instructions_; }

    // Cells of a running function, copied up to where fuel runs out; see interp/metering.h.
    struct Steps {
        std::unique_ptr<uint8_t[]> cells;
        size_t size = 0;
        const uint8_t* origin = nullptr;  // what they are a copy of
        uint32_t offset = 0;              // in the module, of the instruction behind them
        uint32_t uncovered = 0;           // price of what is behind them
    };
    std::vector<Steps> steps;

private:
    uint64_t used_of_slice() const { return static_cast<uint64_t>(slice_ - left_); }
    void settle();
    void arm();

    int64_t& left_;
    int64_t slice_ = 0;  // what left_ was when settled
    uint64_t pool_;
    uint64_t fuel_used_ = 0;
    uint64_t size_charges_ = 0;
    uint64_t end_ = unlimited;  // where, counted as fuel_used_, the innermost limit ends
    uint64_t last_call_fuel_ = 0;
    uint64_t last_call_instructions_ = 0;
};

}  // namespace epsilon
