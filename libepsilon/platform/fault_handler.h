// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "platform/stack_bounds.h"
#include "platform/this_thread.h"
#include "platform/thread_id.h"

// Turns memory faults of interpreter handlers into traps, and jumps into the stop region into
// stops, by rewriting the context of SIGSEGV and SIGBUS.
//
// The contract with the interpreter (x86-64, System V): every handler is tail-called and has the
// signature
//     void h(const uint8_t* pc, uint64_t* fp, uint8_t* mem, uint64_t acc, uint64_t local0,
//            Context* ctx, V128 vacc)
// Context begins with a FaultFrame. At each instruction recorded by EPSILON_FAULT_ENTRY, and at
// each dispatch, the arguments are in their registers (rdi, rsi, rdx, rcx, r8, r9, xmm0). Handlers
// are entered from C++ through enter_handlers() only, or enter_first() in enter_handlers.h, because
// a landing doesn't restore the callee-saved registers of the handler it replaces.

#if defined(__x86_64__) && defined(__LP64__) && defined(__linux__) && \
    !defined(EPSILON_EXPLICIT_CHECKS_ONLY)
#define EPSILON_FAULT_HANDLER 1
#else
#define EPSILON_FAULT_HANDLER 0
#endif

namespace epsilon::platform {

// Without support every function here exists and fails or does nothing; explicit checks and
// polled stops are then the caller's business.
inline constexpr bool fault_handler_supported = EPSILON_FAULT_HANDLER != 0;

using Landing = void (*)();

struct FaultFrame {
    // What dispatch adds a cell's handler offset to; another thread (or a signal handler) stores
    // stop_region_base() here to stop the program at its next dispatch. Each dispatch reads it
    // once.
    std::atomic<const char*> handler_base{nullptr};
    // What handler_base is when no stop is wanted; the fault handler restores it at a stop.
    const char* real_handler_base = nullptr;
    // The stack pointer that handlers have on entry; kept by enter_handlers().
    void* entry_sp = nullptr;
    // Functions of the handler signature. memory_fault_landing is entered with the arguments of the
    // faulting handler, stop_landing with those of the dispatch that was stopped: pc is the cell
    // that was about to run, and resuming is dispatching it again.
    Landing memory_fault_landing = nullptr;
    Landing stop_landing = nullptr;
    // The address that could not be accessed and the instruction, of the last memory fault.
    uintptr_t fault_address = 0;
    uintptr_t fault_instruction = 0;
};

// Used by assembly and by the dispatch sequence.
static_assert(sizeof(std::atomic<const char*>) == sizeof(void*));
static_assert(offsetof(FaultFrame, handler_base) == 0);
static_assert(offsetof(FaultFrame, real_handler_base) == sizeof(void*));
static_assert(offsetof(FaultFrame, entry_sp) == 2 * sizeof(void*));

// Installs the handler for SIGSEGV and SIGBUS; idempotent, any thread. False when unsupported or
// refused.
bool install() noexcept;

// Puts our handler in front again if somebody replaced it, keeping theirs as the next in the
// chain; installs it if it never was. To be called when a runtime or instance is made, and by hosts
// that install handlers later: two system calls when all is well. False as for install().
bool check_installed() noexcept;

// Gives the calling thread an alternate signal stack if it has none (freed when the thread ends)
// and unblocks SIGSEGV and SIGBUS, which must not be blocked when they are wanted. A thread-local
// test after the first call. False without memory; faults then run on the ordinary stack, which
// works unless that is exhausted.
inline bool ensure_alternate_stack() noexcept;

// Addresses whose faults, by recorded instructions, are traps: the whole reservation of a memory.
// Any thread. register_range() is false without memory or support.
bool register_range(const void* base, size_t size) noexcept;
void unregister_range(const void* base) noexcept;
bool is_registered_address(uintptr_t address) noexcept;  // async-signal-safe

// Handler offsets may reach this many bytes to either side of the handler base.
inline constexpr size_t stop_region_reach = size_t{32} << 20;

// The middle of a region nobody can execute. Null before install() or if the system refused the
// region; stops must then be polled. Async-signal-safe.
const char* stop_region_base() noexcept;

// Runs handlers: `handler` with the given arguments and vacc zero, until the chain of tail calls
// returns, be it from a landing. Keeps entry_sp, which nests. Callee-saved registers are restored.
// Only when fault_handler_supported.
#if EPSILON_FAULT_HANDLER
extern "C" __attribute__((visibility("hidden"))) void epsilon_platform_enter_handlers(
    const uint8_t* pc, uint64_t* fp, uint8_t* mem, uint64_t acc, uint64_t local0, FaultFrame* frame,
    Landing handler);

inline void enter_handlers(const uint8_t* pc, uint64_t* fp, uint8_t* mem, uint64_t acc,
                           uint64_t local0, FaultFrame* frame, Landing handler) {
    epsilon_platform_enter_handlers(pc, fp, mem, acc, local0, frame, handler);
}
#endif

// Marks the calling thread as executing WebAssembly in this frame (null: not, as in host code) and
// returns the former mark. While marked, SIGSEGV or SIGBUS raised by the thread itself is ignored:
// crash reporters installed after us (Python's faulthandler) answer our faults by restoring our
// handler and raising the signal again, and the access then faults again into our handler.
inline FaultFrame* exchange_active_frame(FaultFrame* frame) noexcept;

#if EPSILON_FAULT_HANDLER

namespace detail {
bool provide_alternate_stack() noexcept;
}  // namespace detail

inline bool ensure_alternate_stack() noexcept {
    return detail::this_thread.has_alternate_stack || detail::provide_alternate_stack();
}

inline FaultFrame* exchange_active_frame(FaultFrame* frame) noexcept {
    return std::exchange(detail::this_thread.active_frame, frame);
}

#else

inline bool ensure_alternate_stack() noexcept {
    return false;
}

inline FaultFrame* exchange_active_frame(FaultFrame*) noexcept {
    return nullptr;
}

#endif

// Does what calls need done once per thread. Without memory it is tried again the next time.
inline void prepare_thread() noexcept {
    const bool done = ensure_alternate_stack() || !fault_handler_supported;
    static_cast<void>(native_stack_remaining());  // asks for its bounds
    static_cast<void>(current_thread_id());       // makes one
    detail::ThisThread& thread = detail::this_thread;
    thread.prepared_stack_size = done ? thread.stack_size : 0;
}

}  // namespace epsilon::platform
