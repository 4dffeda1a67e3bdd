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

inline uintptr_t stack_pointer() noexcept {
    uintptr_t pointer = 0;
#if defined(__x86_64__)
    asm("mov %%rsp, %0" : "=r"(pointer));
#elif defined(__aarch64__)
    asm("mov %0, sp" : "=r"(pointer));
#else
    pointer = reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
#endif
    return pointer;
}

}  // namespace detail

// Bytes left on the calling thread's native stack, above its guard. SIZE_MAX when that cannot be
// known: on a stack that isn't the thread's own (a signal's, a coroutine's). The bounds are asked
// from the system once per thread (on the main thread from the stack limit of that moment).
inline size_t native_stack_remaining() noexcept {
    const detail::StackBounds& stack = detail::own_stack;
    if (!stack.asked) detail::ask_for_stack();
    const uintptr_t here = detail::stack_pointer();
    if (here < stack.low || here >= stack.high) return SIZE_MAX;
    return here - stack.low;
}

}  // namespace epsilon::platform
