// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstring>

#include "interp/cell.h"
#include "interp/dispatch.h"
#include "interp/machine_border.h"
#include "platform/enter_handlers.h"
#include "platform/stack_bounds.h"
#include "runtime/call_shape.h"
#include "runtime/pauses.h"
#include "runtime/store.h"

// The way of ordinary calls from the host, as part of the function of the C API that calls: a call
// costs little more than its instructions. What is not ordinary goes through call() in execute.h.
namespace epsilon::interp {

// Kept out of the way of what is called often.
#define EPSILON_COLD __attribute__((noinline, cold))

EPSILON_INLINE uint8_t* memory_base(const Context& ctx) {
    return ctx.view.memory0 ? ctx.view.memory0->base : nullptr;
}

// Runs cells until one leaves; ctx.outcome says why.
#if EPSILON_TAIL_DISPATCH
EPSILON_INLINE void run_cells(Context& ctx, const uint8_t* pc, Slot* fp) {
    const Handler first = handler_at(pc, &ctx);
#if EPSILON_FAULT_HANDLER
    platform::enter_handlers(pc, fp, memory_base(ctx), 0, 0, &ctx.fault,
                             reinterpret_cast<platform::Landing>(first));
#else
    first(pc, fp, memory_base(ctx), 0, 0, &ctx, Vector{});
#endif
}
#else
void run_cells(Context& ctx, const uint8_t* pc, Slot* fp);
#endif

// The same for a call from outside.
EPSILON_INLINE void run_first_cells(Context& ctx, const uint8_t* pc, Slot* fp) {
#if EPSILON_TAIL_DISPATCH && EPSILON_FAULT_HANDLER
    platform::enter_first(pc, fp, memory_base(ctx), &ctx.fault);
#else
    run_cells(ctx, pc, fp);
#endif
}

// Values between arrays and slots, few and each of one slot (CallShape). Most are one or two.
template <class Move>
EPSILON_INLINE void move_few(size_t count, Move move) {
    if (count == 0) {
        return;
    }
    move(0);
    if (count == 1) {
        return;
    }
    move(1);
    for (size_t i = 2; i < count; ++i) {
        move(i);
    }
}
// The embedder has written four bytes of a narrow value a moment ago. The processor would have to
// wait for that before it could read eight.
EPSILON_INLINE Slot slot_of(const Value& value, uint64_t mask) {
    if (mask > UINT32_MAX) {
        return value.low;
    }
    uint32_t narrow;
    std::memcpy(&narrow, &value.low, sizeof narrow);
    asm("" : "+r"(narrow));  // or both reads become one
    return narrow;
}
EPSILON_INLINE void to_slots(const CallShape::Masks& masks, size_t count, const Value* values,
                             Slot* slots) {
    move_few(count, [&](size_t i) { slots[i] = slot_of(values[i], masks[i]); });
}
EPSILON_INLINE void from_slots(const CallShape::Masks& masks, size_t count, const Slot* slots,
                               Value* values) {
    move_few(count, [&](size_t i) { values[i] = {slots[i] & masks[i], 0}; });
}

// Counts an outermost call's beginning, in a store with pauses.
EPSILON_INLINE void count_call(Context& ctx) {
    ctx.calls.store(ctx.calls.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
}
// And its end, if the beginning was counted.
EPSILON_INLINE void end_count(Context& ctx) {
    if (EPSILON_UNLIKELY((ctx.calls.load(std::memory_order_relaxed) & 1) != 0)) {
        count_call(ctx);
    }
}

enum class PlainRun : uint8_t {
    refused,  // nothing has happened
    entered,  // nothing but that the store has been entered
    ended,    // the call has ended, the store is to be left
};

// Enters the store and runs a function if this is an ordinary call: one from outside, of the
// instance that ran last, on a thread that has called before, with few numbers, in a store where
// nobody wants anything. `write_arguments` gets the first slot. At the end ctx.outcome says how it
// ended; the results are in the slots from Store::stack_base() on.
template <class WriteArguments>
EPSILON_INLINE PlainRun run_plain(Store& store, const PlainCallee& callee,
                                  WriteArguments write_arguments) {
    if (EPSILON_UNLIKELY(!platform::is_prepared_with_stack(store.plain_call_stack_bytes()) ||
                         !store.enter_first(platform::prepared_thread_id()))) {
        return PlainRun::refused;
    }
    if (EPSILON_OUTER_ENTRY && EPSILON_UNLIKELY(!store.remembers(platform::prepared_thread_id()))) {
        store.remember_thread();
    }
    Context& ctx = store.context();
    FunctionInstance& function = callee.function;
    Slot* const base = store.stack_base();
    Slot* const fp = base + callee.fp;
    const uint8_t* const code = function.code.load(std::memory_order_relaxed);
    const CodeHeader& header = code_header(code);
    if (EPSILON_UNLIKELY(callee.instance != ctx.view.instance ||
                         fp + header.frame_slots > ctx.stack_limit ||
                         ctx.stop.load(std::memory_order_relaxed) != 0)) {
        return PlainRun::entered;
    }
    if (const Pauses* const pauses = store.pauses().get(); EPSILON_UNLIKELY(pauses != nullptr)) {
        if (!pauses->is_watched()) {
            return PlainRun::entered;
        }
        count_call(ctx);
    }
    write_arguments(base);
    fp[frame_return_pc] = Slot(ctx.exit_cell);
    fp[frame_caller_fp] = 0;
    fp[frame_function] = Slot(&function);
    for (uint32_t i = 0; i < header.zero_slots; ++i) {
        // Keeps the compiler from calling memset, for which registers would have to be saved.
        asm volatile("");
        fp[i] = 0;
    }
    ctx.depth = 1;
    platform::exchange_active_frame(&ctx.fault);
    run_first_cells(ctx, code, fp);
    return PlainRun::ended;
}

#if EPSILON_OUTER_ENTRY
// The same straight into machine code, if the function has any, the thread is the one of the last
// call, and there are no pauses. `arguments` gets where the frame will be and gives where the
// values are. `end` is called in the end, with the result and with 0, or with anything and another
// number: then ctx.outcome says what has happened. It begins by end_machine_run(). `end_quietly` is
// called with the result where the store has not been entered.
//
// What such a call costs is how often it writes to memory: a processor does that once in a cycle.
template <class Arguments, class End, class EndQuietly, class Otherwise>
EPSILON_INLINE auto run_in_machine_code(Store& store, const PlainCallee& callee,
                                        Arguments arguments, End end, EndQuietly end_quietly,
                                        Otherwise otherwise) {
    const void* const entry = callee.function.outer_entry.load(std::memory_order_relaxed);
    const void* const simple = static_cast<const char*>(entry) - 1;
    const bool is_simple = (reinterpret_cast<uintptr_t>(entry) & 1) != 0;
    if (is_simple && store.is_quiet()) {
        Slot* const fp = store.stack_base() + callee.fp;
        return end_quietly(platform::call_simple_code(arguments(fp), fp, simple));
    }
    const uint64_t thread = platform::detail::this_thread.id;
    if (EPSILON_UNLIKELY(!entry || !store.remembers(thread) || !store.enter_first(thread))) {
        return otherwise(PlainRun::refused);
    }
    Context& ctx = store.context();
    if (EPSILON_UNLIKELY(!store.has_plain_stack() || callee.instance != ctx.view.instance ||
                         ctx.stop.load(std::memory_order_relaxed) != 0)) {
        return otherwise(PlainRun::entered);
    }
    Slot* const fp = store.stack_base() + callee.fp;
    if (is_simple) {
        return end(platform::call_simple_code(arguments(fp), fp, simple), 0);
    }
    // The other half of the header is the machine code's to write.
    std::memcpy(fp + frame_caller_fp, callee.header.data(), sizeof callee.header);
    platform::exchange_active_frame(&ctx.fault);
    const platform::MachineCodeEnd ended =
        platform::enter_machine_code(arguments(fp), fp, entry, &ctx.fault);
    return end(ended.acc, ended.otherwise);
}
EPSILON_INLINE void end_machine_run() {
    platform::exchange_active_frame(nullptr);
}

// A result, written at once.
EPSILON_INLINE void write_result(Value& value, uint64_t result) {
    const simd::V128 both{result, 0};
    std::memcpy(static_cast<void*>(&value), &both, sizeof value);
}
#endif

// What follows, before the outcome is looked at. It is in a function of its own that run_plain's
// caller ends in: what that knows and could keep for this would cost more registers to save than it
// takes to find out again.
EPSILON_INLINE void end_plain_run(Context& ctx) {
    platform::exchange_active_frame(nullptr);
    end_count(ctx);
}

}  // namespace epsilon::interp
