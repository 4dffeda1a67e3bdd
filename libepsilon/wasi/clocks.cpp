// SPDX-License-Identifier: Apache-2.0
#include "wasi/clocks.h"

#include <cstddef>
#include <ctime>
#include <iterator>

namespace epsilon::wasi {

namespace {

// By ClockId.
constexpr clockid_t host_clocks[] = {CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_PROCESS_CPUTIME_ID,
                                     CLOCK_THREAD_CPUTIME_ID};

template <class Ask>
Errno ask(uint32_t clock, uint64_t& nanoseconds, Ask&& question) {
    if (clock >= std::size(host_clocks)) {
        return Errno::inval;
    }
    timespec time{};
    if (question(host_clocks[clock], &time) != 0) {
        return last_errno();
    }
    nanoseconds = uint64_t(time.tv_sec) * 1'000'000'000 + uint64_t(time.tv_nsec);
    return Errno::success;
}

}  // namespace

Errno clock_time(uint32_t clock, uint64_t& nanoseconds) {
    return ask(clock, nanoseconds, clock_gettime);
}

Errno clock_resolution(uint32_t clock, uint64_t& nanoseconds) {
    return ask(clock, nanoseconds, clock_getres);
}

}  // namespace epsilon::wasi
