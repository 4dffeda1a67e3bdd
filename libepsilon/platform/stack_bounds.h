// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "platform/this_thread.h"

namespace epsilon::platform {

namespace detail {

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
    const detail::ThisThread& thread = detail::this_thread;
    if (!thread.stack_asked) detail::ask_for_stack();
    const size_t left = detail::stack_pointer() - thread.stack_low;
    return left < thread.stack_size ? left : SIZE_MAX;
}

// Whether the calling thread's stack is known and has at least `wanted` bytes left, and nothing is
// left to do that calls need done once per thread (prepare_thread in fault_handler.h). False says
// nothing.
inline bool is_prepared_with_stack(size_t wanted) noexcept {
    const detail::ThisThread& thread = detail::this_thread;
    const size_t left = detail::stack_pointer() - thread.stack_low;
    return left < thread.prepared_stack_size && left >= wanted;
}

// The calling thread's number (thread_id.h), where is_prepared_with_stack() is known to hold.
inline uint64_t prepared_thread_id() noexcept {
    return detail::this_thread.id;
}

}  // namespace epsilon::platform
