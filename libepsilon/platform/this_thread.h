// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "platform/thread_local.h"

namespace epsilon::platform {

struct FaultFrame;

namespace detail {

// What is known of the calling thread, in one variable: each call into WebAssembly looks at most of
// it.
struct ThisThread {
    uint64_t id = 0;  // thread_id.h; 0: none yet
    // The usable part of its stack (stack_bounds.h), empty when the system can't tell.
    uintptr_t stack_low = 0;
    size_t stack_size = 0;
    // The same, once everything is prepared that calls need of a thread; 0 before.
    size_t prepared_stack_size = 0;
    FaultFrame* active_frame = nullptr;  // fault_handler.h
    bool stack_asked = false;
    bool has_alternate_stack = false;
};

extern constinit thread_local EPSILON_INITIAL_EXEC ThisThread this_thread;

}  // namespace detail

}  // namespace epsilon::platform
