// SPDX-License-Identifier: Apache-2.0
#include "platform/stack_bounds.h"

#include <pthread.h>

#include <cstdint>

namespace epsilon::platform {

namespace detail {

namespace {

void ask(ThisThread& thread) noexcept {
#if defined(__linux__)
    pthread_attr_t attributes;
    if (pthread_getattr_np(pthread_self(), &attributes) != 0) return;
    void* low = nullptr;
    size_t size = 0;
    size_t guard = 0;
    if (pthread_attr_getstack(&attributes, &low, &size) == 0 &&
        pthread_attr_getguardsize(&attributes, &guard) == 0 && guard < size) {
        // C libraries disagree whether the guard lies inside of the reported stack.
        thread.stack_low = reinterpret_cast<uintptr_t>(low) + guard;
        thread.stack_size = size - guard;
    }
    pthread_attr_destroy(&attributes);
#elif defined(__APPLE__)
    thread.stack_size = pthread_get_stacksize_np(pthread_self());
    thread.stack_low =
        reinterpret_cast<uintptr_t>(pthread_get_stackaddr_np(pthread_self())) - thread.stack_size;
#endif
}

}  // namespace

void ask_for_stack() noexcept {
    ask(this_thread);
    this_thread.stack_asked = true;
}

}  // namespace detail

}  // namespace epsilon::platform
