// SPDX-License-Identifier: Apache-2.0
// Waiting for clocks and descriptors.
#include <algorithm>
#include <map>

#include "platform/clocks.h"
#include "wasi/clocks.h"
#include "wasi/functions.h"

namespace epsilon::wasi {

namespace {

constexpr uint32_t event_size = 32;
constexpr uint16_t absolute_time = 1;
constexpr uint16_t event_hangup = 1;
// How long a wait for the time of day goes on without a look whether it was changed.
constexpr uint64_t longest_wall_wait = 1'000'000'000;

struct Subscription {
    uint64_t userdata = 0;
    EventType type = EventType::clock;
    Errno error = Errno::success;
    // Of clocks: the time of this clock.
    uint32_t clock = 0;
    uint64_t deadline = 0;
    // Of descriptors.
    std::shared_ptr<Descriptor> descriptor;
    size_t polled = SIZE_MAX;  // the index of what the host is asked; none: ready
};

struct Layout {
    uint32_t size;
    uint32_t clock_id;
    uint32_t timeout;
    uint32_t flags;
};
constexpr Layout preview1_layout{48, 16, 24, 40};
constexpr Layout unstable_layout{56, 24, 32, 48};

uint64_t add_saturated(uint64_t a, uint64_t b) {
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

void load_clock(const Call& call, uint64_t at, const Layout& layout, Subscription& subscription) {
    uint16_t flags = 0;
    call.memory.load(at + layout.clock_id, subscription.clock);
    call.memory.load(at + layout.timeout, subscription.deadline);
    call.memory.load(at + layout.flags, flags);
    const auto clock = ClockId(subscription.clock);
    if (clock != ClockId::realtime && clock != ClockId::monotonic) {
        // Nothing wakes anybody when processor time has passed.
        subscription.error =
            subscription.clock > uint32_t(ClockId::thread_cputime) ? Errno::inval : Errno::notsup;
        return;
    }
    if ((flags & ~absolute_time) != 0) {
        subscription.error = Errno::inval;
    } else if ((flags & absolute_time) == 0) {
        // A span of time is the same for both clocks.
        subscription.clock = uint32_t(ClockId::monotonic);
        subscription.deadline =
            add_saturated(platform::monotonic_nanoseconds(), subscription.deadline);
    }
}

void load_descriptor(Call& call, uint64_t at, Subscription& subscription) {
    uint32_t fd = 0;
    call.memory.load(at + 16, fd);
    OpenFile file;
    const Rights moves =
        subscription.type == EventType::fd_read ? rights::fd_read : rights::fd_write;
    subscription.error = get_file(call, fd, 0, file);
    if (subscription.error != Errno::success) {
        return;
    }
    if ((file.base & rights::poll_fd_readwrite) == 0 || (file.base & moves) == 0) {
        subscription.error = Errno::notcapable;
        return;
    }
    subscription.descriptor = std::move(file.descriptor);
}

Errno load_subscription(Call& call, uint64_t at, const Layout& layout, Subscription& subscription) {
    uint8_t tag = 0;
    call.memory.load(at, subscription.userdata);
    call.memory.load(at + 8, tag);
    if (tag > uint8_t(EventType::fd_write)) {
        return Errno::inval;
    }
    subscription.type = EventType(tag);
    if (subscription.type == EventType::clock) {
        load_clock(call, at, layout, subscription);
    } else {
        load_descriptor(call, at, subscription);
    }
    return Errno::success;
}

// The host's descriptors that are waited for, each once.
class Polled {
public:
    size_t add(int descriptor, short events) {
        const auto [found, is_new] = indices_.emplace(descriptor, all.size());
        if (is_new) {
            all.push_back({descriptor, 0, 0});
        }
        all[found->second].events = static_cast<short>(all[found->second].events | events);
        return found->second;
    }
    std::vector<pollfd> all;

private:
    std::map<int, size_t> indices_;
};

void store_event(const Call& call, uint64_t at, const Subscription& subscription, uint64_t bytes,
                 uint16_t flags) {
    call.memory.store(at, subscription.userdata);
    call.memory.store<uint64_t>(at + 8, uint64_t(subscription.error) | uint64_t(subscription.type)
                                                                           << 16);
    call.memory.store(at + 16, bytes);
    call.memory.store<uint64_t>(at + 24, flags);
}

// Stores the event if there is one.
bool store_if_happened(const Call& call, uint64_t at, Subscription& subscription,
                       const Polled& polled) {
    uint64_t bytes = 0;
    uint16_t flags = 0;
    if (subscription.error == Errno::success && subscription.type == EventType::clock) {
        uint64_t now = 0;
        subscription.error = clock_time(subscription.clock, now);
        if (now < subscription.deadline) {
            return false;
        }
    } else if (subscription.error == Errno::success) {
        const bool reads = subscription.type == EventType::fd_read;
        short happened = reads ? POLLIN : POLLOUT;
        if (subscription.polled != SIZE_MAX) {
            happened = polled.all[subscription.polled].revents;
        }
        const int wanted = (reads ? POLLIN : POLLOUT) | POLLHUP | POLLERR | POLLNVAL;
        if ((happened & wanted) == 0) {
            return false;
        }
        bool at_end = (happened & (POLLHUP | POLLERR)) != 0;
        if (reads) {
            bool ended = false;
            bytes = subscription.descriptor->readable_bytes(ended);
            at_end = at_end || ended;
        }
        flags = at_end ? event_hangup : uint16_t(0);
    }
    store_event(call, at, subscription, bytes, flags);
    return true;
}

// Until when to wait: the nearest clock, on the monotonic one. none: for ever.
std::optional<uint64_t> nearest(const std::vector<Subscription>& subscriptions) {
    std::optional<uint64_t> result;
    for (const Subscription& subscription : subscriptions) {
        if (subscription.type != EventType::clock) {
            continue;
        }
        uint64_t deadline = subscription.deadline;
        if (ClockId(subscription.clock) == ClockId::realtime) {
            uint64_t now = 0;
            clock_time(subscription.clock, now);
            const uint64_t left = deadline > now ? deadline - now : 0;
            deadline =
                add_saturated(platform::monotonic_nanoseconds(), std::min(left, longest_wall_wait));
        }
        result = std::min(result.value_or(UINT64_MAX), deadline);
    }
    return result;
}

Errno poll_oneoff(Call& call, Address in, Address out, uint32_t count, Address stored) {
    const bool old = call.edition == Edition::unstable;
    const Layout& layout = old ? unstable_layout : preview1_layout;
    if (count == 0 || count > call.system.limits().subscriptions) {
        return Errno::inval;
    }
    const GuestMemory& memory = call.memory;
    if (!memory.contains(in.value, uint64_t(count) * layout.size) ||
        !memory.contains(out.value, uint64_t(count) * event_size) ||
        !memory.contains(stored.value, sizeof(uint32_t))) {
        return Errno::fault;
    }
    std::vector<Subscription> subscriptions(count);
    Polled polled;
    bool waits = true;
    for (uint32_t i = 0; i < count; ++i) {
        Subscription& subscription = subscriptions[i];
        EPSILON_WASI_TRY(
            load_subscription(call, in + uint64_t(i) * layout.size, layout, subscription));
        waits = waits && subscription.error == Errno::success;
        if (subscription.descriptor) {
            const int descriptor = subscription.descriptor->host_descriptor();
            if (descriptor >= 0) {
                subscription.polled = polled.add(
                    descriptor, subscription.type == EventType::fd_read ? POLLIN : POLLOUT);
            } else {
                waits = false;
            }
        }
    }
    uint32_t events = 0;
    while (events == 0) {
        EPSILON_WASI_TRY(call.wait(polled.all, waits ? nearest(subscriptions) : 0));
        for (Subscription& subscription : subscriptions) {
            if (store_if_happened(call, out + uint64_t(events) * event_size, subscription,
                                  polled)) {
                ++events;
            }
        }
    }
    memory.store(stored.value, events);
    return Errno::success;
}

constexpr Function functions[] = {make_function<poll_oneoff>("poll_oneoff")};

}  // namespace

std::span<const Function> poll_functions() {
    return functions;
}

}  // namespace epsilon::wasi
