// SPDX-License-Identifier: Apache-2.0
#include "interp/execute.h"

#include <array>
#include <cstring>
#include <new>

#include "interp/backtrace.h"
#include "interp/cell.h"
#include "interp/handler_table.h"
#include "interp/memory_access.h"
#include "interp/metering.h"
#include "interp/module_cells.h"
#include "interp/plain_call.h"
#include "interp/stops.h"
#include "interp/translator_impl.h"
#include "platform/stack_bounds.h"
#include "runtime/meter.h"

namespace epsilon::interp {

// Defined with the handlers.
EPSILON_NEXT_CELL leave_memory_fault(EPSILON_PARAMS);

namespace {

// Cells that belong to no function, each with a header as calls expect it.
struct Stub {
    CodeHeader header;
    alignas(8) uint8_t cell[cell_size] = {};
    explicit Stub(Special special) {
        write_field(cell, 0, handler_offset(handler_table().special[size_t(special)][0]));
    }
};
static_assert(offsetof(Stub, cell) == sizeof(CodeHeader));

struct Stubs {
    Stub translate{Special::translate};
    Stub host{Special::host_call};
    Stub exit{Special::exit};
    Stub foreign_return{Special::foreign_return};
};

const Stubs& stubs() {
    static const Stubs instance;
    return instance;
}

#if !EPSILON_TAIL_DISPATCH
// WebAssembly's modes while it runs: round to nearest, no traps, subnormals kept. A host may have
// others. Tail dispatch has this in platform::enter_handlers().
class FloatingPointModes {
public:
#if defined(__SSE__)
    FloatingPointModes() : host_(__builtin_ia32_stmxcsr()) { __builtin_ia32_ldmxcsr(0x1f80); }
    ~FloatingPointModes() { __builtin_ia32_ldmxcsr(host_); }

private:
    unsigned host_;
#else
    FloatingPointModes() {}
    ~FloatingPointModes() {}
#endif
};
#endif

// The bits of a value's type, of those that take one slot.
uint64_t significant(ValueType type, uint64_t bits) {
    const bool narrow = type.kind() == ValueType::i32 || type.kind() == ValueType::f32;
    return narrow ? uint32_t(bits) : bits;
}

// A v128 among them, or many.
__attribute__((noinline)) void many_to_slots(std::span<const ValueType> types, const Value* values,
                                             Slot* slots) {
    for (size_t i = 0; i < types.size(); ++i) {
        *slots++ = significant(types[i], values[i].low);
        if (types[i].is_vector()) {
            *slots++ = values[i].high;
        }
    }
}

__attribute__((noinline)) void many_from_slots(std::span<const ValueType> types, const Slot* slots,
                                               Value* values) {
    for (size_t i = 0; i < types.size(); ++i) {
        values[i] = {significant(types[i], *slots++), 0};
        if (types[i].is_vector()) {
            values[i].high = *slots++;
        }
    }
}

EPSILON_INLINE void side_to_slots(const CallShape::Side& side, const Value* values, Slot* slots) {
    if (EPSILON_LIKELY(side.is_few)) {
        to_slots(side.masks, side.slots, values, slots);
    } else {
        many_to_slots(*side.types, values, slots);
    }
}
EPSILON_INLINE void side_from_slots(const CallShape::Side& side, const Slot* slots, Value* values) {
    if (EPSILON_LIKELY(side.is_few)) {
        from_slots(side.masks, side.slots, slots, values);
    } else {
        many_from_slots(*side.types, slots, values);
    }
}

// The point in the caller where the frame's function was called.
void leave_at_caller(Context& ctx, const Slot* fp, Outcome outcome) {
    const ReturnPoint point = return_point(fp);
    ctx.outcome = outcome;
    ctx.exit_pc = point.pc - cell_size;
    ctx.exit_fp = point.fp;
}

// Whether there is native stack left for handlers and for a host function that they call.
bool has_native_stack(const Store& store) {
    const StoreLimits& limits = store.options().limits;
    const size_t left = platform::native_stack_remaining();
    return left != SIZE_MAX ? left >= limits.min_native_stack_bytes
                            : store.entry_depth() <= limits.max_nested_calls_on_unknown_stack;
}

EPSILON_COLD ErrorPtr exhausted() {
    auto error = make_error(ErrorKind::trap, std::string(trap_text(Trap::call_stack_exhausted)));
    error->trap = uint8_t(Trap::call_stack_exhausted);
    return error;
}

EPSILON_COLD ErrorPtr stopped(const Context& ctx) {
    return (ctx.stop.load() & uint32_t(StopReason::interrupted)) != 0
               ? make_error(ErrorKind::interrupted, "execution interrupted")
               : make_error(ErrorKind::timeout, "execution timed out");
}

EPSILON_COLD ErrorPtr error_of(Context& ctx) {
    const std::optional<uint32_t> fuel_ended = ctx.meter ? settle_exit(ctx) : std::nullopt;
    ErrorPtr error;
    switch (ctx.outcome) {
        case Outcome::returned:
        case Outcome::refused:
            return nullptr;
        case Outcome::trapped: {
            std::string message(trap_text(ctx.trap));
            if (ctx.trap == Trap::undefined_element || ctx.trap == Trap::uninitialized_element) {
                message += " " + std::to_string(ctx.trap_detail);
            }
            error = make_error(ErrorKind::trap, std::move(message));
            error->trap = uint8_t(ctx.trap);
            break;
        }
        case Outcome::stopped:
            error = stopped(ctx);
            break;
        case Outcome::host_error:
            error.reset(ctx.host_error);
            ctx.host_error = nullptr;
            if (!error->frames.empty() || error->is_shared()) {
                return error;
            }
            break;
        case Outcome::no_memory:
            return make_error(ErrorKind::no_memory, "out of memory");
        case Outcome::out_of_fuel:
            error = make_error(ErrorKind::fuel, "fuel exhausted");
            break;
    }
    error->frames = backtrace(ctx, ctx.exit_pc, ctx.exit_fp);
    if (fuel_ended && !error->frames.empty()) {
        error->frames.front().offset = *fuel_ended;
    }
    if (error->offset == Error::no_offset && !error->frames.empty() &&
        error->kind == ErrorKind::trap) {
        error->offset = error->frames.front().offset;
    }
    return error;
}

EPSILON_COLD ErrorPtr no_value_stack() {
    return make_error(ErrorKind::no_memory, "no memory for the value stack");
}

// Whether stops that were asked for keep a call from beginning: the time is over, or a host
// function has passed over a stop of an outer call.
EPSILON_COLD bool must_not_begin(Context& ctx, bool outermost) {
    if (outermost) {
        // They came while nothing ran.
        ctx.store->clear_stop(StopReason::interrupted);
        ctx.store->clear_stop(StopReason::pause);
    }
    return ctx.must_end();
}

// The view of an instance whose code is about to run, or of none: see Caller.
void view_instance(Context& ctx, Instance* instance) {
    if (instance) {
        switch_instance(ctx, *instance);
    } else {
        ctx.view = {};
    }
}

// Vectors or references among its values, or many.
EPSILON_COLD Slot* call_host_with_many(Context& ctx, Slot* fp) noexcept {
    HostFunction& host = *reinterpret_cast<FunctionInstance*>(fp[frame_function])->host;
    const FunctionType& type = *host.shape.type;
    Slot* const base = fp - frame_header_slots - host.shape.params.slots;
    Slot* const stack_top = ctx.stack_top;
    try {
        constexpr size_t few = 8;
        std::array<Value, few> few_values;
        std::vector<Value> many_values;
        const size_t count = type.params.size() + type.results.size();
        Value* args = few_values.data();
        if (count > few) {
            many_values.resize(count);
            args = many_values.data();
        }
        Value* const results = host.callable->in_place.function ? args : args + type.params.size();
        side_from_slots(host.shape.params, base, args);

        // What the host calls back runs above this frame and the results that go under it.
        ctx.stack_top = std::max(fp, base + host.shape.results.slots);
        platform::FaultFrame* const active = platform::exchange_active_frame(nullptr);
        Caller caller{*ctx.store, ctx.view.instance};
        ErrorPtr error =
            host.callable->call(caller, args, type.params.size(), results, type.results.size());
        platform::exchange_active_frame(active);
        ctx.stack_top = stack_top;
        const size_t checked = host.shape.results.has_references ? type.results.size() : 0;
        for (size_t i = 0; !error && i < checked; ++i) {
            if (type.results[i].is_reference() &&
                !ctx.store->is_valid_reference(type.results[i], results[i].low)) {
                error = make_error(ErrorKind::misuse, "host function returned as result " +
                                                          std::to_string(i) +
                                                          " a reference that is not of type " +
                                                          to_string(type.results[i]));
            }
        }
        if (error) {
            leave_at_caller(ctx, fp, Outcome::host_error);
            ctx.host_error = error.release();
            return nullptr;
        }
        if (ctx.must_end()) {
            leave_at_caller(ctx, fp, Outcome::stopped);
            return nullptr;
        }
        side_to_slots(host.shape.results, results, base);
        return base;
    } catch (const std::bad_alloc&) {
        ctx.stack_top = stack_top;
        leave_at_caller(ctx, fp, Outcome::no_memory);
        return nullptr;
    }
}

}  // namespace

const uint8_t* translate_entry() {
    return stubs().translate.cell;
}
const uint8_t* host_entry() {
    return stubs().host.cell;
}
const uint8_t* exit_cell() {
    return stubs().exit.cell;
}
const uint8_t* foreign_return_cell() {
    return stubs().foreign_return.cell;
}

void attach(Store& store) {
    Context& ctx = store.context();
    ctx.fault.handler_base.store(handler_base(), std::memory_order_relaxed);
    ctx.fault.real_handler_base = handler_base();
    ctx.exit_cell = exit_cell();
    ctx.fault.memory_fault_landing = reinterpret_cast<platform::Landing>(&leave_memory_fault);
    ctx.fault.stop_landing = reinterpret_cast<platform::Landing>(&stop);
    const uint32_t depth = store.options().limits.max_call_depth;
    ctx.max_depth = depth != 0 ? depth : UINT32_MAX;
}

uint32_t code_variant(const Instance& instance) {
    return code_variant(instance.store().options(),
                        instance.memories.empty() || instance.memories[0]->guarded(),
                        static_cast<const ModuleCells&>(*instance.code).compiler() != nullptr);
}

uint32_t code_variant(const StoreOptions& options, bool guarded, bool has_compiler) {
    uint32_t variant = 0;
    if (!guarded_access_supported || !guarded) {
        variant |= variant_checked;
    }
    if (options.limits.max_call_depth != 0) {
        variant |= variant_counted;
    }
    if (options.metering) {
        variant |= variant_metered;
    }
    if (options.tiers == Tiers::tiered && has_compiler) {
        variant |= variant_tiered;
    }
#if EPSILON_TAIL_DISPATCH
    if (!options.signals || !platform::fault_handler_supported || !platform::stop_region_base()) {
        variant |= variant_polled;
    }
#endif
    return variant;
}

#if !EPSILON_TAIL_DISPATCH
void run_cells(Context& ctx, const uint8_t* pc, Slot* fp) {
    const FloatingPointModes modes;
    uint8_t* mem = memory_base(ctx);
    uint64_t acc = 0;
    uint64_t local0 = 0;
    Vector vacc{};
    while (pc) {
        if (EPSILON_UNLIKELY(ctx.stop.load(std::memory_order_relaxed) != 0)) {
            if (!goes_on(ctx, pc, fp, acc)) {
                return;
            }
            mem = memory_base(ctx);
        }
        const auto handler = reinterpret_cast<Handler>(
            const_cast<char*>(handler_base() + read_field<int32_t>(pc, 0)));
        pc = handler(pc, fp, mem, acc, local0, &ctx, vacc);
    }
}
#endif

ErrorPtr error_of_call(Store& store) {
    Context& ctx = store.context();
    ErrorPtr error = error_of(ctx);
    if (error->trap == uint8_t(Trap::call_stack_exhausted) && !ctx.stack_top) {
        store.trim_stack();
    }
    return error;
}

ErrorPtr call(Store& store, FunctionInstance& function, const CallShape& shape, const Value* args,
              Value* results) {
    Context& ctx = store.context();
    Slot* const stack_top = ctx.stack_top;
    const bool outermost = stack_top == nullptr;
    if (EPSILON_UNLIKELY(ctx.stop.load(std::memory_order_relaxed) != 0) &&
        must_not_begin(ctx, outermost)) {
        return stopped(ctx);
    }
    if (EPSILON_UNLIKELY(store.stack_base() == nullptr) && !store.ensure_stack()) {
        return no_value_stack();
    }
    if (EPSILON_UNLIKELY(!has_native_stack(store))) {
        return exhausted();
    }
    platform::prepare_thread();

    Slot* const base = outermost ? store.stack_base() : stack_top;
    Slot* const fp = base + shape.params.slots + frame_header_slots;
    const uint8_t* const code = function.code.load(std::memory_order_relaxed);
    const CodeHeader& header = code_header(code);
    const uint32_t depth = outermost ? 0 : ctx.depth;
    // Results take the place of the arguments and may need more room than those.
    if (EPSILON_UNLIKELY(fp + header.frame_slots + shape.results.slots > ctx.stack_limit ||
                         (function.instance && depth >= ctx.max_depth))) {
        return exhausted();
    }
    Instance* const outer = ctx.view.instance;
    if (EPSILON_UNLIKELY(function.instance != outer)) {
        view_instance(ctx, function.instance);
    }
    if (function.instance) {
        ctx.depth = depth + 1;
    }
    side_to_slots(shape.params, args, base);
    fp[frame_return_pc] = Slot(ctx.exit_cell);
    fp[frame_caller_fp] = 0;
    fp[frame_function] = Slot(&function);
    for (uint32_t i = 0; i < header.zero_slots; ++i) {
        fp[i] = 0;
    }

    Pauses* const pauses = outermost ? store.pauses().get() : nullptr;
    if (pauses != nullptr) {
        count_call(ctx);
        pauses->call_begins();
    }
    const MeteredEntry entry(ctx, header.price, code, fp);
    if (EPSILON_LIKELY(entry.cell() != nullptr)) {
        platform::FaultFrame* const active = platform::exchange_active_frame(&ctx.fault);
        run_cells(ctx, entry.cell(), fp);
        platform::exchange_active_frame(active);
    }
    if (outermost) {
        end_count(ctx);
    }

    if (!outermost && ctx.view.instance != outer) {
        view_instance(ctx, outer);
    }
    ctx.depth = depth;
    ctx.stack_top = stack_top;
    if (EPSILON_UNLIKELY(ctx.outcome != Outcome::returned)) {
        return error_of_call(store);
    }
    side_from_slots(shape.results, base, results);
    return nullptr;
}

const uint8_t* translate_for_call(Context& ctx, const Slot* fp) noexcept {
    FunctionInstance& function = *reinterpret_cast<FunctionInstance*>(fp[frame_function]);
    Instance& instance = *function.instance;
    if (const MachineFunction* const machine = machine_code_for_call(ctx, function)) {
        return machine->entry();
    }
    try {
        auto& cells = static_cast<ModuleCells&>(*instance.code);
        Result<const uint8_t*> code = cells.cells(function.index, instance.code_variant, &ctx);
        if (code) {
            function.code.store(*code, std::memory_order_relaxed);
            return *code;
        }
        if (code.error().kind == ErrorKind::interrupted) {
            leave_at_caller(ctx, fp, Outcome::stopped);
            return nullptr;
        }
        leave_at_caller(ctx, fp, Outcome::host_error);
        ctx.host_error = code.take_error().release();
    } catch (const std::bad_alloc&) {
        leave_at_caller(ctx, fp, Outcome::no_memory);
    }
    return nullptr;
}

Slot* host_failed(Context& ctx, const Slot* fp, Error* error) noexcept {
    leave_at_caller(ctx, fp, error ? Outcome::host_error : Outcome::stopped);
    ctx.host_error = error;
    return nullptr;
}

Slot* call_host(Context& ctx, Slot* fp) noexcept {
    HostFunction& host = *reinterpret_cast<FunctionInstance*>(fp[frame_function])->host;
    const CallShape& shape = host.shape;
    if (EPSILON_UNLIKELY(!shape.plain)) {
        return call_host_with_many(ctx, fp);
    }
    Slot* const base = fp - frame_header_slots - shape.params.slots;
    // Not initialised: only as many are used as there are.
    alignas(Value) std::byte room[2 * CallShape::few * sizeof(Value)];
    Value* const args = reinterpret_cast<Value*>(room);
    Value* results = args;
    from_slots(shape.params.masks, shape.params.slots, base, args);
    if (!host.callable->in_place.function) {
        results += shape.params.slots;
    }
    for (Value* result = std::max(results, args + shape.params.slots);
         result < results + shape.results.slots; ++result) {
        *result = {};
    }
    // What the host calls back runs above this frame.
    Slot* const stack_top = std::exchange(ctx.stack_top, fp);
    platform::exchange_active_frame(nullptr);
    Error* const error = call_host_with_values(ctx, host, args, results);
    platform::exchange_active_frame(&ctx.fault);
    ctx.stack_top = stack_top;
    if (EPSILON_UNLIKELY(error || ctx.must_end())) {
        return host_failed(ctx, fp, error);
    }
    to_slots(shape.results.masks, shape.results.slots, results, base);
    return base;
}

Error* call_host_with_values(Context& ctx, HostFunction& host, Value* args,
                             Value* results) noexcept {
    const CallShape& shape = host.shape;
    Caller caller{*ctx.store, ctx.view.instance};
    try {
        return host.callable->call(caller, args, shape.params.slots, results, shape.results.slots)
            .release();
    } catch (const std::bad_alloc&) {
        return Error::out_of_memory().release();
    }
}

void switch_instance(Context& ctx, Instance& instance) noexcept {
    ctx.view = instance.view;
}

}  // namespace epsilon::interp
