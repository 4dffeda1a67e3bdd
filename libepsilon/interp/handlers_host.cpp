// SPDX-License-Identifier: Apache-2.0
#include <exception>

#include "base/embedder.h"
#include "interp/charge.h"
#include "interp/execute.h"
#include "interp/frame.h"
#include "interp/handler_table.h"
#include "interp/operands.h"
#include "interp/plain_call.h"

// Calls of the host, from cells and from machine code. Compiled with exceptions, unlike the other
// handlers: threads that end in an embedder's function are held here.
namespace epsilon::interp {

namespace {

// The header is read before results may lie over it.
#define EPSILON_RETURN_FROM_HOST(result)                            \
    do {                                                            \
        acc = *(result);                                            \
        local0 = 0;                                                 \
        vacc = Vector{acc, 0};                                      \
        mem = memory_base(*ctx);                                    \
        fp = caller;                                                \
        if (EPSILON_UNLIKELY(ctx->meter != nullptr)) {              \
            EPSILON_GO_CHARGED(return_pc, return_price(return_pc)); \
        }                                                           \
        EPSILON_GO(return_pc);                                      \
    } while (false)

EPSILON_APART EPSILON_NEXT_CELL host_call_in_full(EPSILON_PARAMS) {
    const uint8_t* const return_pc = return_pc_of(fp);
    Slot* const caller = caller_of(fp);
    const Slot* const result = call_host(*ctx, fp);
    if (!result) {
        EPSILON_LEAVE;
    }
    EPSILON_RETURN_FROM_HOST(result);
}

// The results lie at the frame; to where the caller expects them, which may be over the header.
EPSILON_INLINE const Slot* place_results(Slot* fp) {
    const CallShape& shape = function_of(fp)->host->shape;
    Slot* const base = fp - frame_header_slots - shape.params.slots;
    to_slots(shape.results.masks, shape.results.slots, reinterpret_cast<const Value*>(fp), base);
    return base;
}

// The values lie at `slots`. Straight from the handler: each call and return beneath it takes as
// long as some ten instructions.
EPSILON_INLINE Error* call_in_place(const HostCallable& callable, Slot* slots) {
    const HostCallable::InPlace& function = callable.in_place;
    try {
        return reinterpret_cast<Error*>(call_embedder(function.function, function.env,
                                                      reinterpret_cast<epsilon_value*>(slots)));
    } catch (...) {
        // Nothing can be thrown through handlers and machine code.
        std::terminate();
    }
}

}  // namespace

// What call_host does, for few numbers whose results take the place of the arguments.
//
// The values lie above the frame, where nothing is: behind the limit there is room for them. An
// array of this function's own would have to stay for what it jumps to. All that is needed after
// the call is found there as well, so that few registers are saved for it.
EPSILON_NEXT_CELL host_call(EPSILON_PARAMS) {
    constexpr size_t room = CallShape::few * sizeof(Value) / sizeof(Slot) + 1;
    const HostFunction* host = function_of(fp)->host;
    HostCallable& callable = *host->callable;
    if (EPSILON_UNLIKELY(!callable.in_place.function || !host->shape.plain)) {
        EPSILON_JUMP(host_call_in_full);
    }
    {
        const CallShape& shape = host->shape;
        const Slot* const base = fp - frame_header_slots - shape.params.slots;
        Value* const values = reinterpret_cast<Value*>(fp);
        // Where there is no parameter the mask is 0, and so is a result before the call.
        values[0] = {base[0] & shape.params.masks[0], 0};
        values[1] = {base[1] & shape.params.masks[1], 0};
        if (EPSILON_UNLIKELY(std::max(shape.params.slots, shape.results.slots) > 2)) {
            values[2] = {base[2] & shape.params.masks[2], 0};
            values[3] = {base[3] & shape.params.masks[3], 0};
        }
    }
    // What the host calls back runs above them.
    fp[room - 1] = Slot(ctx->stack_top);
    ctx->stack_top = fp + room;
    platform::exchange_active_frame(nullptr);
    Error* const error = call_in_place(callable, fp);
    asm volatile("" : "+r"(ctx) : : "memory");
    fp = ctx->stack_top - room;
    platform::exchange_active_frame(&ctx->fault);
    ctx->stack_top = reinterpret_cast<Slot*>(fp[room - 1]);
    if (EPSILON_UNLIKELY(error || ctx->must_end())) {
        host_failed(*ctx, fp, error);
        EPSILON_LEAVE;
    }
    const uint8_t* const return_pc = return_pc_of(fp);
    Slot* const caller = caller_of(fp);
    EPSILON_RETURN_FROM_HOST(place_results(fp));
}

namespace {

#if EPSILON_TAIL_DISPATCH
// Calls of the host from machine code, which pays for its return and moves the values: they are at
// the frame, the first result takes the first one's place, and so on. Only plain ones.
//
// The end of it, where the slots are to have the results and machine code comes back by a cell.
EPSILON_APART EPSILON_NEXT_CELL host_call_ended(EPSILON_PARAMS) {
    if (ctx->host_error || ctx->must_end()) {
        host_failed(*ctx, fp, ctx->host_error);
        EPSILON_LEAVE;
    }
    const uint8_t* const return_pc = return_pc_of(fp);
    Slot* const caller = caller_of(fp);
    EPSILON_RETURN_FROM_HOST(place_results(fp));
}

// Stops machine code might not look for until much later.
#define EPSILON_RETURN_TO_MACHINE_CODE(failure)                                              \
    do {                                                                                     \
        if (EPSILON_UNLIKELY((failure) || ctx->stop.load(std::memory_order_relaxed) != 0)) { \
            ctx->host_error = (failure);                                                     \
            EPSILON_JUMP(host_call_ended);                                                   \
        }                                                                                    \
        mem = memory_base(*ctx);                                                             \
        const Handler go_to = reinterpret_cast<Handler>(fp[frame_machine_return]);           \
        fp = caller_of(fp);                                                                  \
        /* It uses nothing else; keeping that during the call would be dear. */              \
        EPSILON_TAIL_CALL go_to(nullptr, fp, mem, 0, 0, ctx, Vector{});                      \
    } while (false)

EPSILON_NEXT_CELL machine_host_call(EPSILON_PARAMS) {
    HostFunction& host = *function_of(fp)->host;
    Slot* const stack_top = ctx->stack_top;
    auto* const values = reinterpret_cast<Value*>(fp);
    Value* results = values;
    if (!host.callable->in_place.function) {
        results += CallShape::few;
        for (size_t i = 0; i < host.shape.results.slots; ++i) {
            results[i] = {};
        }
    }
    ctx->stack_top = fp + 2 * CallShape::few * sizeof(Value) / sizeof(Slot);
    platform::exchange_active_frame(nullptr);
    Error* const error = call_host_with_values(*ctx, host, values, results);
    asm volatile("" : "+r"(ctx) : : "memory");
    platform::exchange_active_frame(&ctx->fault);
    ctx->stack_top = stack_top;
    if (results != values) {
        for (size_t i = 0; i < host.shape.results.slots; ++i) {
            values[i] = results[i];
        }
    }
    EPSILON_RETURN_TO_MACHINE_CODE(error);
}

// All that is needed after the call is found in the context and above the values.
EPSILON_NEXT_CELL machine_host_call_in_place(EPSILON_PARAMS) {
    constexpr size_t room = CallShape::few * sizeof(Value) / sizeof(Slot) + 1;
    HostCallable& callable = *function_of(fp)->host->callable;
    fp[room - 1] = Slot(ctx->stack_top);
    ctx->stack_top = fp + room;
    platform::exchange_active_frame(nullptr);
    Error* const error = call_in_place(callable, fp);
    asm volatile("" : "+r"(ctx) : : "memory");
    fp = ctx->stack_top - room;
    platform::exchange_active_frame(&ctx->fault);
    ctx->stack_top = reinterpret_cast<Slot*>(fp[room - 1]);
    EPSILON_RETURN_TO_MACHINE_CODE(error);
}
#endif

constexpr Handler host_call_forms[] = {host_call};

}  // namespace

#if EPSILON_TAIL_DISPATCH
const void* host_machine_entry(bool in_place) {
    return reinterpret_cast<const void*>(in_place ? &machine_host_call_in_place
                                                  : &machine_host_call);
}
#else
const void* host_machine_entry(bool /*in_place*/) {
    return nullptr;
}
#endif

void add_host_call_handler(HandlerTable& table) {
    set_special(table, Special::host_call, host_call_forms);
}

}  // namespace epsilon::interp
