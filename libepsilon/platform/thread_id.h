// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace epsilon::platform {

// A number for the calling thread, never 0. Unlike the system's it is never given to a second
// thread: not after the first has ended, and not in a child made by fork(), where only the thread
// that forked goes on and keeps its number.
uint64_t current_thread_id() noexcept;

}  // namespace epsilon::platform
