// SPDX-License-Identifier: Apache-2.0
#include "runtime/meter.h"

#include <algorithm>

namespace epsilon {

namespace {

// The countdown's bound: it stays in range whatever one charge takes, and asks once in years.
constexpr uint64_t largest_slice = uint64_t{1} << 62;

uint64_t add_up_to_unlimited(uint64_t a, uint64_t b) {
    return b < Meter::unlimited - a ? a + b : Meter::unlimited;
}

}  // namespace

Meter::Meter(int64_t& fuel_left, uint64_t pool) : left_(fuel_left), pool_(pool) {
    arm();
}

// Accounts for what the countdown says.
void Meter::settle() {
    const uint64_t used = used_of_slice();
    slice_ = left_;
    fuel_used_ += used;
    if (pool_ != unlimited) {
        pool_ -= used;
    }
}

// Lets the countdown go as far as the bounds allow. Settled before.
void Meter::arm() {
    const uint64_t left_of_limit = end_ == unlimited ? unlimited : end_ - fuel_used_;
    slice_ = left_ = static_cast<int64_t>(std::min({pool_, left_of_limit, largest_slice}));
}

uint64_t Meter::pool() const {
    return pool_ == unlimited ? unlimited : pool_ - used_of_slice();
}

void Meter::set_pool(uint64_t fuel) {
    settle();
    pool_ = fuel;
    arm();
}

void Meter::add_to_pool(uint64_t fuel) {
    settle();
    pool_ = add_up_to_unlimited(pool_, fuel);
    arm();
}

bool Meter::covers(uint64_t fuel) {
    if (static_cast<int64_t>(fuel) > left_) {
        settle();
        arm();
    }
    return static_cast<int64_t>(fuel) <= left_;
}

bool Meter::take(uint64_t fuel) {
    if (!covers(fuel)) {
        return false;
    }
    left_ -= static_cast<int64_t>(fuel);
    return true;
}

bool Meter::take_for_size(uint64_t fuel) {
    if (!take(fuel)) {
        return false;
    }
    size_charges_ += fuel;
    return true;
}

Meter::Call::Call(Meter& meter, uint64_t limit)
    : meter_(meter),
      outer_end_(meter.end_),
      fuel_before_(meter.fuel_used()),
      instructions_before_(meter.instructions()) {
    if (limit != unlimited) {
        meter.settle();
        meter.end_ = std::min(meter.end_, add_up_to_unlimited(meter.fuel_used_, limit));
        meter.arm();
    }
}

Meter::Call::~Call() {
    meter_.last_call_fuel_ = meter_.fuel_used() - fuel_before_;
    meter_.last_call_instructions_ = meter_.instructions() - instructions_before_;
    if (meter_.end_ != outer_end_) {
        meter_.settle();
        meter_.end_ = outer_end_;
        meter_.arm();
    }
}

}  // namespace epsilon
