// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

namespace epsilon::platform {

// Bytes left on the calling thread's native stack, above its guard. SIZE_MAX when that cannot be
// known: on a stack that isn't the thread's own (a signal's, a coroutine's). The bounds are asked
// from the system once per thread (on the main thread from the stack limit of that moment).
size_t native_stack_remaining() noexcept;

}  // namespace epsilon::platform
