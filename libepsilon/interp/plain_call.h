// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "interp/cell.h"
#include "interp/dispatch.h"
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

// Values between arrays and slots, few and each of one slot (CallShape).
EPSILON_INLINE void to_slots(const CallShape::Masks& masks, size_t count, const Value* values,
                             Slot* slots) {
    for (size_t i = 0; i < count; ++i) {
        slots[i] = values[i].low & masks[i];
    }
}
EPSILON_INLINE void from_slots(const CallShape::Masks& masks, size_t count, const Slot* slots,
                               Value* values) {
    for (size_t i = 0; i < count; ++i) {
        values[i] = {slots[i] & masks[i], 0};
    }
}

// Counts an outermost call's beginning or end.
EPSILON_INLINE void count_call(Context& ctx, bool outermost) {
    ctx.calls.store(ctx.calls.load(std::memory_order_relaxed) + uint64_t(outermost),
                    std::memory_order_relaxed);
}

// Runs a function if this is an ordinary call: an outermost one, of the instance that ran last, on
// a thread that has called before, with few numbers, in a store where nobody wants anything. The
// caller has entered the store. `write_arguments` gets the first slot. False: nothing has happened.
// True: ctx.outcome says how it ended; the results are in the slots from Store::stack_base() on.
template <class WriteArguments>
EPSILON_INLINE bool run_plain(Store& store, FunctionInstance& function, const CallShape& shape,
                              WriteArguments write_arguments) {
    Context& ctx = store.context();
    Slot* const base = store.stack_base();
    Slot* const fp = base + shape.param_slots + frame_header_slots;
    const uint8_t* const code = function.code.load(std::memory_order_relaxed);
    const CodeHeader& header = code_header(code);
    const StoreOptions& options = store.options();
    if (EPSILON_UNLIKELY(
            !shape.plain || store.keeps_references() || ctx.meter || options.timeout_ms != 0 ||
            ctx.stack_top || ctx.stop.load(std::memory_order_relaxed) != 0 || !function.instance ||
            function.instance != ctx.view.instance ||
            // Without a stack as well.
            fp + header.frame_slots + shape.result_slots > ctx.stack_limit ||
            !platform::is_prepared_with_stack(options.limits.min_native_stack_bytes))) {
        return false;
    }
    write_arguments(base);
    fp[frame_return_pc] = Slot(ctx.exit_cell);
    fp[frame_caller_fp] = 0;
    fp[frame_function] = Slot(&function);
    for (uint32_t i = 0; i < header.zero_slots; ++i) {
        fp[i] = 0;
    }
    ctx.depth = 1;
    count_call(ctx, true);
    if (Pauses* const pauses = store.pauses().get()) {
        pauses->call_begins();
    }
    platform::FaultFrame* const active = platform::exchange_active_frame(&ctx.fault);
    run_cells(ctx, code, fp);
    platform::exchange_active_frame(active);
    count_call(ctx, true);
    return true;
}

}  // namespace epsilon::interp
