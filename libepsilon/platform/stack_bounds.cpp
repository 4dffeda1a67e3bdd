// SPDX-License-Identifier: Apache-2.0
#include "platform/stack_bounds.h"

#include <pthread.h>

#include <cstdint>

namespace epsilon::platform {

namespace {

// The usable part of a thread's stack; empty when the system can't tell.
struct StackBounds {
    uintptr_t low = 0;
    uintptr_t high = 0;
    bool asked = false;
};

// Constant-initialised and initial-exec: asked at every call into WebAssembly.
#if defined(__linux__)
__attribute__((tls_model("initial-exec")))
#endif
thread_local StackBounds own_bounds;

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

size_t native_stack_remaining() noexcept {
    StackBounds& bounds = own_bounds;
    if (!bounds.asked) {
        bounds = query_bounds();
        bounds.asked = true;
    }
    const auto here = reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
    if (here < bounds.low || here >= bounds.high) return SIZE_MAX;
    return here - bounds.low;
}

}  // namespace epsilon::platform
