// SPDX-License-Identifier: Apache-2.0
#include "engine/engine.h"

#include <algorithm>
#include <chrono>
#include <new>

#include "baseline/baseline.h"
#include "interp/execute.h"
#include "interp/memory_access.h"
#include "interp/module_cells.h"
#include "interp/tiers.h"
#include "platform/cpu.h"
#include "platform/deadline_monitor.h"

namespace epsilon {

namespace {

// A timeout that is running. Calls nest when host functions call back, and each may have one: a
// stop that belongs to an outer call goes on stopping after the inner one has ended.
class TimeLimit {
public:
    TimeLimit(Store& store, uint64_t timeout_ms)
        : store_(store),
          outer_(static_cast<TimeLimit*>(store.context().time_limit)),
          deadline_(std::in_place, when(timeout_ms), fire, this) {
        store_.context().time_limit = this;
    }
    ~TimeLimit() {
        store_.context().time_limit = outer_;
        if (fired_.load(std::memory_order_relaxed)) {
            store_.clear_stop(StopReason::timeout);
            for (const TimeLimit* limit = outer_; limit; limit = limit->outer_) {
                if (limit->fired_.load(std::memory_order_relaxed)) {
                    store_.request_stop(StopReason::timeout);
                }
            }
        }
    }
    TimeLimit(const TimeLimit&) = delete;
    TimeLimit& operator=(const TimeLimit&) = delete;

    bool ok() const { return deadline_->ok(); }
    // Waits until the deadline can't fire any more.
    void end() { deadline_.reset(); }

private:
    static std::chrono::steady_clock::time_point when(uint64_t timeout_ms) {
        const auto now = std::chrono::steady_clock::now();
        const auto most = std::chrono::duration_cast<std::chrono::milliseconds>(
            std::chrono::steady_clock::time_point::max() - now);
        return timeout_ms < uint64_t(most.count()) ? now + std::chrono::milliseconds(timeout_ms)
                                                   : std::chrono::steady_clock::time_point::max();
    }
    static void fire(void* argument) {
        auto* const self = static_cast<TimeLimit*>(argument);
        self->fired_.store(true, std::memory_order_relaxed);
        self->store_.request_stop(StopReason::timeout);
    }

    Store& store_;
    TimeLimit* outer_;
    std::atomic<bool> fired_{false};
    std::optional<platform::Deadline> deadline_;
};

// The library is compiled for SSE4.1 on x86-64; without it, code would die of an illegal
// instruction sooner or later.
ErrorPtr check_processor() {
#if defined(__x86_64__)
    // Asked once: in virtual machines each question takes microseconds.
    static const bool has_sse41 = platform::cpu_features().sse41;
    if (!has_sse41) {
        return make_error(ErrorKind::unsupported,
                          "this processor lacks SSE4.1, which this build "
                          "of Epsilon needs");
    }
#endif
    return nullptr;
}

// What a call gets that asks for so many milliseconds; 0 asks for none.
uint64_t timeout_for(const StoreOptions& options, uint64_t asked) {
    static_assert(no_timeout == UINT64_MAX);
    if (asked == 0) {
        return options.timeout_ms;
    }
    return options.limits.caps_are_ceilings && options.timeout_ms != 0
               ? std::min(asked, options.timeout_ms)
               : asked;
}

ErrorPtr check_references(const Store& store, const FunctionInstance& function,
                          const FunctionType& type, const Value* args) {
    for (size_t i = 0; i < type.params.size(); ++i) {
        if (type.params[i].is_reference() &&
            !store.is_valid_reference(type.params[i], args[i].low)) {
            return make_error(ErrorKind::misuse,
                              "argument " + std::to_string(i) + " of " + describe(function) +
                                  " is not a reference of this runtime of type " +
                                  to_string(type.params[i]));
        }
    }
    return nullptr;
}

}  // namespace

Result<std::shared_ptr<const CompiledModule>> compile(std::vector<uint8_t> bytes,
                                                      const DecodeOptions& options) {
    if (ErrorPtr error = check_processor()) {
        return error;
    }
    auto shared = std::make_shared<const std::vector<uint8_t>>(std::move(bytes));
    EPSILON_TRY_ASSIGN(std::shared_ptr<const Module> module,
                       decode_module(std::move(shared), options));
    return std::shared_ptr<const CompiledModule>(
        std::make_shared<CompiledModule>(std::make_shared<interp::ModuleCells>(
            std::move(module), options.limits.code_bytes, baseline::compiler())));
}

Result<std::shared_ptr<Store>> new_store(const StoreOptions& options) {
    if (ErrorPtr error = check_processor()) {
        return error;
    }
    Store::set_host_entry(interp::host_entry(), interp::host_machine_entry(true),
                          interp::host_machine_entry(false));
    EPSILON_TRY_ASSIGN(std::shared_ptr<Store> store, Store::create(options));
    interp::attach(*store);
    return store;
}

Result<Instance*> instantiate(Store& store, const CompiledModule& module, const ImportSet& imports,
                              const InstantiationOptions& options) {
    InstantiateOptions linking;
    linking.max_memory_pages = options.max_memory_pages;
    linking.function_entry = interp::translate_entry();
    if (store.options().tiers != Tiers::interpreter) {
        if (const interp::Compiler* const compiler = baseline::compiler()) {
            linking.machine_entry = compiler->uncompiled_entry();
        }
    }
    if (options.fuel != Meter::unlimited && !store.meter()) {
        return not_metered_error();
    }
    EPSILON_TRY_ASSIGN(Instance* const instance,
                       instantiate(store, module.code(), imports, linking));
    instance->code_variant = interp::code_variant(*instance);
    if (const std::optional<uint32_t> start = instance->module().start) {
        ErrorPtr error;
        try {
            error = call(store, *instance->functions[*start], nullptr, nullptr, options.timeout_ms,
                         options.fuel);
        } catch (const std::bad_alloc&) {
            error = Error::out_of_memory();
        }
        if (error) {
            store.release_handle(*instance);
            return error;
        }
    }
    return instance;
}

ErrorPtr not_metered_error() {
    return make_error(ErrorKind::misuse,
                      "the runtime does not meter: it was made without fuel or metering");
}

ErrorPtr call(Store& store, FunctionInstance& function, const CallShape& shape, const Value* args,
              Value* results, uint64_t timeout_ms, uint64_t fuel) {
    if (shape.params.has_references) {
        if (ErrorPtr error = check_references(store, function, *shape.type, args)) {
            return error;
        }
    }
    std::optional<Meter::Call> metered;
    if (store.meter()) {
        metered.emplace(*store.meter(), fuel);
    } else if (fuel != Meter::unlimited) {
        return not_metered_error();
    }
    timeout_ms = timeout_for(store.options(), timeout_ms);
    if (timeout_ms == 0 || timeout_ms == no_timeout) {
        return interp::call(store, function, shape, args, results);
    }
    TimeLimit limit(store, timeout_ms);
    if (!limit.ok()) {
        return make_error(ErrorKind::no_memory,
                          "the thread that keeps deadlines could not be started");
    }
    ErrorPtr error = interp::call(store, function, shape, args, results);
    limit.end();
    return error;
}

bool has_tail_dispatch() {
    return EPSILON_TAIL_DISPATCH != 0;
}
bool has_guarded_memories() {
    return interp::guarded_access_supported;
}
bool has_baseline_compiler() {
    return baseline::compiler() != nullptr;
}

CompiledCode compiled_code(const CompiledModule& module) {
    const auto& cells = static_cast<const interp::ModuleCells&>(*module.code());
    const interp::ModuleCells::Compiled compiled = cells.compiled();
    return {cells.bytes(), compiled.functions, compiled.machine_bytes, compiled.nanoseconds};
}

}  // namespace epsilon
