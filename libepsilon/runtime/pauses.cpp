// SPDX-License-Identifier: Apache-2.0
#include "runtime/pauses.h"

#include "runtime/store.h"

namespace epsilon {

namespace {

// So many looks without a call in between, and the monitor stops looking.
constexpr unsigned idle_looks = 10;

}  // namespace

Pauses::Pauses(Store& store, std::chrono::milliseconds interval,
               std::unique_ptr<PauseCallable> callable)
    : store_(store), callable_(std::move(callable)), ticker_(interval, tick, this) {}

void Pauses::watch() noexcept {
    if (ticker_.start()) {
        watching_.store(platform::monitor_generation());
    }
}

ErrorPtr Pauses::pause() {
    bool again = true;
    ErrorPtr error = callable_->call(again);
    if (!again) {
        declined_.store(store_.context().calls.load(std::memory_order_relaxed),
                        std::memory_order_relaxed);
    }
    return error;
}

bool Pauses::tick(void* self) noexcept {
    return static_cast<Pauses*>(self)->look();
}

bool Pauses::look() noexcept {
    const uint64_t calls = store_.context().calls.load(std::memory_order_relaxed);
    const bool same = calls == seen_;
    seen_ = calls;
    if ((calls & 1) != 0) {
        idle_looks_ = 0;
        if (same && declined_.load(std::memory_order_relaxed) != calls) {
            store_.request_stop(StopReason::pause);
        }
        return true;
    }
    idle_looks_ = same ? idle_looks_ + 1 : 0;
    if (idle_looks_ < idle_looks) {
        return true;
    }
    idle_looks_ = 0;
    // A thread enters the store, then looks whether it is watched; this is the other way round, so
    // that one of the two sees the other.
    watching_.store(0);
    if (!store_.is_in_use()) {
        return false;
    }
    watching_.store(platform::monitor_generation());
    return true;
}

}  // namespace epsilon
