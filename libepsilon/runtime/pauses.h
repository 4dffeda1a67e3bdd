// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <memory>

#include "base/result.h"
#include "platform/deadline_monitor.h"

namespace epsilon {

class Store;

// What an embedder wants called while a program runs. Destroyed exactly once.
class PauseCallable {
public:
    virtual ~PauseCallable() = default;
    // Null: the program goes on. Setting `again` to false says that the outermost call that runs
    // needs no more pauses. Must not throw.
    virtual ErrorPtr call(bool& again) = 0;
};

// Interrupts a store's long calls about every interval, for a moment, on the thread that runs them.
//
// Calls pay a load and a comparison: the monitor thread looks every interval whether the call that
// runs is the one it saw the last time, and only then asks for a stop, which turns into a pause.
// When no call was seen for a while it looks no more until the next call.
class Pauses {
public:
    // The interval is at least a millisecond.
    Pauses(Store& store, std::chrono::milliseconds interval,
           std::unique_ptr<PauseCallable> callable);
    Pauses(const Pauses&) = delete;
    Pauses& operator=(const Pauses&) = delete;

    // At the start of an outermost call, by the thread that has entered the store.
    void call_begins() noexcept {
        if (!is_watched()) {
            watch();
        }
    }
    // Whether the monitor looks. Sequentially consistent, like the entry before it: see tick().
    bool is_watched() const noexcept { return watching_.load() == platform::monitor_generation(); }
    // From now on the monitor looks. Without it (no thread, no memory) there are no pauses.
    void watch() noexcept;

    // Calls the callable.
    ErrorPtr pause();

private:
    static bool tick(void* self) noexcept;
    bool look() noexcept;

    Store& store_;
    std::unique_ptr<PauseCallable> callable_;
    std::atomic<uint64_t> watching_{0};  // the monitor's generation that does; 0: none
    std::atomic<uint64_t> declined_{0};  // Context::calls of the call that wants no more pauses
    // Of the monitor thread.
    uint64_t seen_ = 0;
    unsigned idle_looks_ = 0;
    platform::Ticker ticker_;  // last: it must be gone before what tick() uses
};

}  // namespace epsilon
