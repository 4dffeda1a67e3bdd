// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "platform/this_thread.h"

namespace epsilon::platform {

namespace detail {
uint64_t new_thread_id() noexcept;
}  // namespace detail

// A number for the calling thread, never 0. Unlike the system's it is never given to a second
// thread: not after the first has ended, and not in a child made by fork(), where only the thread
// that forked goes on and keeps its number.
inline uint64_t current_thread_id() noexcept {
    const uint64_t id = detail::this_thread.id;
    return id != 0 ? id : detail::new_thread_id();
}

}  // namespace epsilon::platform
