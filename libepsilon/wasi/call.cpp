// SPDX-License-Identifier: Apache-2.0
#include "wasi/call.h"

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <vector>

#include "platform/clocks.h"

namespace epsilon::wasi {

namespace {

constexpr uint64_t second = 1'000'000'000;
// Without a descriptor to be woken by, stops are looked for.
constexpr uint64_t look_interval = second / 1000 * 2;
// Longer than anybody waits.
constexpr uint64_t longest_wait = second * 3600;

constexpr uint32_t pause_bit = uint32_t(StopReason::pause);

}  // namespace

Errno Call::pause() {
    store.clear_stop(StopReason::pause);
    const std::shared_ptr<Pauses> pauses = store.pauses();
    if (pauses) {
        if (ErrorPtr reason = pauses->pause()) {
            return end_with(std::move(reason));
        }
    }
    return Errno::success;
}

Errno Call::wait(std::span<pollfd> descriptors, std::optional<uint64_t> deadline) {
    std::vector<pollfd> all(descriptors.begin(), descriptors.end());
    platform::Waker::Watch watch(store.waker());
    all.push_back({watch.descriptor(), POLLIN, 0});
    for (;;) {
        watch.clear();
        if (store.context().must_end()) {
            return Errno::intr;
        }
        if ((store.context().stop.load() & pause_bit) != 0) {
            EPSILON_WASI_TRY(pause());
            continue;
        }
        uint64_t left = longest_wait;
        if (deadline) {
            const uint64_t now = platform::monotonic_nanoseconds();
            left = *deadline > now ? std::min(*deadline - now, longest_wait) : 0;
        }
        if (watch.descriptor() < 0) {
            left = std::min(left, look_interval);
        }
        timespec time{};
        time.tv_sec = static_cast<time_t>(left / second);
        time.tv_nsec = static_cast<long>(left % second);
        const int ready = ppoll(all.data(), all.size(), &time, nullptr);
        if (ready < 0 && errno != EINTR) {
            return last_errno();
        }
        if (ready < 0) {
            continue;
        }
        const int woken = all.back().revents != 0 ? 1 : 0;
        if (ready > woken) {
            for (size_t i = 0; i < descriptors.size(); ++i) {
                descriptors[i].revents = all[i].revents;
            }
            return Errno::success;
        }
        if (deadline && platform::monotonic_nanoseconds() >= *deadline) {
            return Errno::success;
        }
    }
}

Errno Call::wait_for(int descriptor, short events) {
    pollfd one{descriptor, events, 0};
    return wait({&one, 1}, std::nullopt);
}

}  // namespace epsilon::wasi
