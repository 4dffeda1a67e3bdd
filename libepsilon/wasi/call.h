// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <poll.h>

#include <optional>
#include <span>

#include "base/error.h"
#include "runtime/store.h"
#include "wasi/guest_memory.h"
#include "wasi/types.h"

namespace epsilon::wasi {

class System;

// A call of one of the functions, while it runs.
struct Call {
    System& system;
    Store& store;
    const GuestMemory memory;
    const Edition edition;
    // Set: the program ends with this error, whatever errno is returned.
    ErrorPtr error = nullptr;

    Errno end_with(ErrorPtr reason) {
        error = std::move(reason);
        return Errno::canceled;
    }
    // Whether the program is to end: long work asks now and then.
    bool must_end() const { return store.context().must_end(); }

    // Waits until one of the host's descriptors is ready (their revents tell), or until the
    // monotonic clock passes `deadline`, in nanoseconds. intr: the program has to end. Pauses are
    // held meanwhile.
    Errno wait(std::span<pollfd> descriptors, std::optional<uint64_t> deadline);
    // For one descriptor and events of poll().
    Errno wait_for(int descriptor, short events);

private:
    Errno pause();
};

}  // namespace epsilon::wasi
