// SPDX-License-Identifier: Apache-2.0
#include "platform/thread_id.h"

#include <atomic>

namespace epsilon::platform {

namespace {

std::atomic<uint64_t> last_id{0};

}  // namespace

namespace detail {

constinit thread_local EPSILON_INITIAL_EXEC ThisThread this_thread;

uint64_t new_thread_id() noexcept {
    return this_thread.id = last_id.fetch_add(1, std::memory_order_relaxed) + 1;
}

}  // namespace detail

}  // namespace epsilon::platform
