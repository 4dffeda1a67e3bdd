// SPDX-License-Identifier: Apache-2.0
// The alternate signal stacks of fault_handler.h.
#include "platform/fault_handler.h"

#if EPSILON_FAULT_HANDLER

#include <pthread.h>
#include <signal.h>
#include <sys/auxv.h>

#include <algorithm>
#include <optional>

#include "platform/virtual_memory.h"

namespace epsilon::platform {

namespace {

// Room for the system's signal frame, which grows with the processor's registers, our handler and
// a crash reporter behind it.
size_t stack_bytes() noexcept {
#if defined(AT_MINSIGSTKSZ)
    const auto frame_bytes = static_cast<size_t>(getauxval(AT_MINSIGSTKSZ));
#else
    const size_t frame_bytes = 0;
#endif
    const size_t mask = page_size() - 1;
    return (std::max(size_t{64} << 10, 4 * frame_bytes) + mask) & ~mask;
}

class AlternateStack {
public:
    AlternateStack() = default;
    AlternateStack(const AlternateStack&) = delete;
    AlternateStack& operator=(const AlternateStack&) = delete;

    ~AlternateStack() {
        if (!memory_) return;
        stack_t current = {};
        if (sigaltstack(nullptr, &current) == 0 && current.ss_sp == stack_base()) {
            current.ss_flags = SS_DISABLE;
            sigaltstack(&current, nullptr);
        }
    }

    bool provide() noexcept {
        stack_t current = {};
        if (sigaltstack(nullptr, &current) != 0) return false;
        if ((current.ss_flags & SS_DISABLE) == 0) return true;  // somebody else's does as well
        const size_t bytes = stack_bytes();
        memory_ = Reservation::reserve(page_size() + bytes);  // a guard page at the low end
        if (!memory_) return false;
        stack_t stack = {};
        stack.ss_sp = stack_base();
        stack.ss_size = bytes;
        if (memory_->commit(page_size(), bytes) && sigaltstack(&stack, nullptr) == 0) return true;
        memory_.reset();
        return false;
    }

private:
    void* stack_base() const noexcept { return memory_->base() + page_size(); }

    std::optional<Reservation> memory_;
};

}  // namespace

bool detail::provide_alternate_stack() noexcept {
    sigset_t faults;
    sigemptyset(&faults);
    sigaddset(&faults, SIGSEGV);
    sigaddset(&faults, SIGBUS);
    pthread_sigmask(SIG_UNBLOCK, &faults, nullptr);
    thread_local AlternateStack stack;
    return this_thread.has_alternate_stack = stack.provide();
}

}  // namespace epsilon::platform

#endif
