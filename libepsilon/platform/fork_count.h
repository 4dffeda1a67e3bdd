// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace epsilon::platform {

// For who holds a ForkMutex: neither changes meanwhile.

// How often this process and those that it comes from have forked. What was there when this was
// less may be there in another process too.
uint64_t fork_count() noexcept;

// The same, counting only the forks that this process comes from: what a process made when this was
// less isn't its own.
uint64_t process_generation() noexcept;

}  // namespace epsilon::platform
