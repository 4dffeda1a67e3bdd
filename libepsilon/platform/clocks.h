// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>

namespace epsilon::platform {

// Nanoseconds of the monotonic clock; the origin is arbitrary. Never fails, any thread.
inline uint64_t monotonic_nanoseconds() noexcept {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(now).count());
}

// The moment this many nanoseconds from now, or the last moment there is if that overflows.
inline std::chrono::steady_clock::time_point deadline_after(uint64_t nanoseconds) noexcept {
    using Clock = std::chrono::steady_clock;
    const Clock::time_point now = Clock::now();
    const auto left =
        std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::time_point::max() - now);
    if (nanoseconds >= static_cast<uint64_t>(left.count())) return Clock::time_point::max();
    return now + std::chrono::nanoseconds(nanoseconds);
}

}  // namespace epsilon::platform
