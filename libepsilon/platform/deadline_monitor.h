// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace epsilon::platform {

// What the monitor thread has to do at some time; the base of what follows.
class MonitorEntry {
public:
    MonitorEntry(const MonitorEntry&) = delete;
    MonitorEntry& operator=(const MonitorEntry&) = delete;

protected:
    // Runs once at `when`.
    explicit MonitorEntry(std::chrono::steady_clock::time_point when) noexcept : when_(when) {}
    // Runs one period from its start, and again as long as run() says so.
    explicit MonitorEntry(std::chrono::nanoseconds period) noexcept : period_(period) {}
    ~MonitorEntry() = default;

    // On the monitor thread, without its lock. True: again, one period from now.
    virtual bool run() noexcept = 0;

private:
    friend class DeadlineMonitor;

    bool is_periodic() const { return period_ != period_.zero(); }

    std::chrono::steady_clock::time_point when_;
    std::chrono::nanoseconds period_{0};  // 0: once at when_
    size_t heap_index_ = SIZE_MAX;
    uint64_t generation_ = 0;
    uint64_t thread_ = 0;        // that started it
    bool wanted_again_ = false;  // started while it ran
};

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
class Deadline final : private MonitorEntry {
public:
    using Fire = void (*)(void* argument);

    Deadline(std::chrono::steady_clock::time_point when, Fire fire, void* argument) noexcept;
    ~Deadline();

    // False if the monitor thread or memory could not be had: fire will never be called.
    bool ok() const noexcept { return ok_; }

private:
    bool run() noexcept override;

    Fire fire_;
    void* argument_;
    bool ok_;
};

// Calls tick(argument) on the monitor thread every period, from start() until tick returns false or
// the destructor is called; when that returns, tick is not running and will not run. What is said
// of fire and of fork() above holds for ticks. Any thread.
class Ticker final : private MonitorEntry {
public:
    using Tick = bool (*)(void* argument) noexcept;

    Ticker(std::chrono::nanoseconds period, Tick tick, void* argument) noexcept;
    ~Ticker();

    // Does nothing when it is ticking. False if the monitor thread or memory could not be had.
    bool start() noexcept;

private:
    bool run() noexcept override;

    Tick tick_;
    void* argument_;
};

// Counts the process's generations from 1: changes in a child made by fork(), where what other
// threads have started isn't any more.
inline std::atomic<uint64_t> monitor_generation_count{1};
inline uint64_t monitor_generation() noexcept {
    return monitor_generation_count.load(std::memory_order_relaxed);
}

// Whether the monitor thread runs, for tests and diagnostics.
bool deadline_monitor_running() noexcept;

}  // namespace epsilon::platform
