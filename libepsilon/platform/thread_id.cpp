// SPDX-License-Identifier: Apache-2.0
#include "platform/thread_id.h"

#include <atomic>

namespace epsilon::platform {

namespace {

std::atomic<uint64_t> last_id{0};

#if defined(__linux__)
__attribute__((tls_model("initial-exec")))
#endif
thread_local uint64_t own_id = 0;

}  // namespace

uint64_t current_thread_id() noexcept {
    uint64_t id = own_id;
    if (id == 0) own_id = id = last_id.fetch_add(1, std::memory_order_relaxed) + 1;
    return id;
}

}  // namespace epsilon::platform
