// SPDX-License-Identifier: Apache-2.0
#include "platform/stack_bounds.h"

#include <pthread.h>

#include <cstdint>

namespace epsilon::platform {

namespace detail {

namespace {

StackBounds query_bounds() noexcept {
    StackBounds bounds;
#if defined(__linux__)
    pthread_attr_t attributes;
    if (pthread_getattr_np(pthread_self(), &attributes) != 0) return bounds;
    void* low = nullptr;
    size_t size = 0;
    size_t guard = 0;
    if (pthread_attr_getstack(&attributes, &low, &size) == 0 &&
        pthread_attr_getguardsize(&attributes, &guard) == 0 && guard < size) {
        // C libraries disagree whether the guard lies inside of the reported stack.
        bounds.low = reinterpret_cast<uintptr_t>(low) + guard;
        bounds.high = reinterpret_cast<uintptr_t>(low) + size;
    }
    pthread_attr_destroy(&attributes);
#elif defined(__APPLE__)
    bounds.high = reinterpret_cast<uintptr_t>(pthread_get_stackaddr_np(pthread_self()));
    bounds.low = bounds.high - pthread_get_stacksize_np(pthread_self());
#endif
    return bounds;
}

}  // namespace

constinit thread_local EPSILON_INITIAL_EXEC StackBounds own_stack;

void ask_for_stack() noexcept {
    own_stack = query_bounds();
    own_stack.asked = true;
}

}  // namespace detail

}  // namespace epsilon::platform
