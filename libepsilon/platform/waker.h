// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>

namespace epsilon::platform {

// Ends a thread's wait for descriptors from anywhere: other threads and signal handlers. One thread
// at a time waits; in a wait it may wait for something else.
class Waker {
public:
    Waker() noexcept = default;
    ~Waker();
    Waker(const Waker&) = delete;
    Waker& operator=(const Waker&) = delete;

    // Ends the wait that is going on, or does nothing. Async-signal-safe.
    void wake() noexcept;

    // While it lives, wake() makes descriptor() readable. Whoever waits makes it first, then looks
    // whether there is a reason to wait, and then waits.
    class Watch {
    public:
        explicit Watch(Waker& waker) noexcept;
        ~Watch();
        Watch(const Watch&) = delete;
        Watch& operator=(const Watch&) = delete;

        // -1 where the system has no descriptor left: such waits should be short.
        int descriptor() const noexcept { return descriptor_; }
        // Makes it unreadable again.
        void clear() noexcept;

    private:
        Waker& waker_;
        const int descriptor_;
        const int outer_;
    };

private:
    int open() noexcept;

    std::atomic<int> watched_{-1};  // what wake() writes to
    // An eventfd, which lives as long as this: wake() may be about to write to it at any time. A
    // child made by fork() needs one of its own.
    int descriptor_ = -1;
    int64_t process_ = 0;  // that opened it
};

}  // namespace epsilon::platform
