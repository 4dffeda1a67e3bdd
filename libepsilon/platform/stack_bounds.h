// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "platform/thread_local.h"

namespace epsilon::platform {

namespace detail {

// The usable part of a thread's stack; empty when the system can't tell.
struct StackBounds {
    uintptr_t low = 0;
    uintptr_t high = 0;
    bool asked = false;
};

extern constinit thread_local EPSILON_INITIAL_EXEC StackBounds own_stack;
void ask_for_stack() noexcept;

}  // namespace detail

// Bytes left on the calling thread's native stack, above its guard. SIZE_MAX when that cannot be
// known: on a stack that isn't the thread's own (a signal's, a coroutine's). The bounds are asked
// from the system once per thread (on the main thread from the stack limit of that moment).
inline size_t native_stack_remaining() noexcept {
    const detail::StackBounds& stack = detail::own_stack;
    if (!stack.asked) detail::ask_for_stack();
    const auto here = reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
    if (here < stack.low || here >= stack.high) return SIZE_MAX;
    return here - stack.low;
}

}  // namespace epsilon::platform
