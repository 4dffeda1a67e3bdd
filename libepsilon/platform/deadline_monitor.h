// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace epsilon::platform {

// Calls fire(argument) on the monitor thread once `when` has passed, unless destroyed before. When
// the destructor returns, fire is not running and will not run. Any thread; one object is created
// and destroyed by one thread at a time and never moves.
//
// fire runs with all signals blocked on a small stack: it must be short, not throw, and neither
// create nor destroy Deadlines nor wait for a thread that destroys one.
//
// There is one monitor thread per process, started by the first Deadline and ended after two
// seconds without any. A child made by fork() goes on with the Deadlines that the forking thread
// has made (at once, if no monitor thread can be had there); those of other threads don't fire in
// the child, and destroying them is harmless.
class Deadline {
public:
    using Fire = void (*)(void* argument);

    Deadline(std::chrono::steady_clock::time_point when, Fire fire, void* argument) noexcept;
    ~Deadline();
    Deadline(const Deadline&) = delete;
    Deadline& operator=(const Deadline&) = delete;

    // False if the monitor thread or memory could not be had: fire will never be called.
    bool ok() const noexcept { return ok_; }

private:
    friend class DeadlineMonitor;

    std::chrono::steady_clock::time_point when_;
    Fire fire_;
    void* argument_;
    size_t heap_index_;
    uint64_t generation_;
    uint64_t thread_;  // that made it
    bool ok_ = false;
};

// Whether the monitor thread runs, for tests and diagnostics.
bool deadline_monitor_running() noexcept;

}  // namespace epsilon::platform
