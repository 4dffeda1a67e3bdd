// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <algorithm>

#include "door.h"
#include "engine/engine.h"
#include "handles.h"
#include "platform/code_symbols.h"
#include "platform/fault_handler.h"
#include "references.h"

using namespace epsilon;
using namespace epsilon::capi;

namespace {

// Does something with the meter of a runtime that has one.
template <class Body>
epsilon_error_t* with_meter(epsilon_runtime_t* runtime, Body&& body) {
    return guarded([&]() -> ErrorPtr {
        EPSILON_REQUIRE(runtime, "runtime");
        EPSILON_ENTER(entered, runtime->store);
        if (entered.store().meter() == nullptr) {
            return not_metered_error();
        }
        return body(*entered.store().meter());
    });
}

// With ceilings, a pool may hold what the configuration gave it.
Result<void> check_pool(const Store& store, uint64_t fuel) {
    const StoreOptions& options = store.options();
    if (options.limits.caps_are_ceilings && fuel > options.fuel) {
        return make_error(ErrorKind::limit,
                          concat("the pool of fuel may hold ", options.fuel, " at most"));
    }
    return {};
}

}  // namespace

epsilon_error_t* epsilon_runtime_new(const epsilon_config_t* config, epsilon_runtime_t** out) {
    return guarded_new(out, [&]() -> Result<std::unique_ptr<epsilon_runtime>> {
        auto handle = std::make_unique<epsilon_runtime>();
        const StoreOptions options = config == nullptr ? StoreOptions() : config->store;
        if (config != nullptr && config->perf_map && !platform::set_perf_map(true)) {
            return make_error(ErrorKind::unsupported,
                              concat("/tmp/perf-", ::getpid(), ".map can't be written"));
        }
        EPSILON_TRY_ASSIGN(handle->store, new_store(options));
        return handle;
    });
}

void epsilon_runtime_delete(epsilon_runtime_t* runtime) {
    delete runtime;
}

epsilon_error_t* epsilon_runtime_check_signal_handlers(epsilon_runtime_t* runtime) {
    return guarded([&]() -> ErrorPtr {
        EPSILON_REQUIRE(runtime, "runtime");
        if (runtime->store->options().signals && platform::fault_handler_supported &&
            !platform::check_installed()) {
            return make_error(ErrorKind::unsupported, "the system refuses signal handlers");
        }
        return nullptr;
    });
}

epsilon_tiers_t epsilon_runtime_tiers(const epsilon_runtime_t* runtime) {
    if (runtime == nullptr || !has_baseline_compiler()) {
        return EPSILON_TIERS_INTERPRETER;
    }
    return epsilon_tiers_t(runtime->store->options().tiers);
}

epsilon_error_t* epsilon_runtime_fuel(epsilon_runtime_t* runtime, uint64_t* fuel) {
    set(fuel, 0u);
    return guarded([&]() -> ErrorPtr {
        EPSILON_REQUIRE(runtime, "runtime");
        EPSILON_REQUIRE(fuel, "fuel");
        EPSILON_ENTER(entered, runtime->store);
        const Meter* meter = entered.store().meter();
        *fuel = meter != nullptr ? meter->pool() : Meter::unlimited;
        return nullptr;
    });
}

epsilon_error_t* epsilon_runtime_set_fuel(epsilon_runtime_t* runtime, uint64_t fuel) {
    return with_meter(runtime, [&](Meter& meter) -> ErrorPtr {
        EPSILON_TRY(check_pool(*runtime->store, fuel));
        meter.set_pool(fuel);
        return nullptr;
    });
}

epsilon_error_t* epsilon_runtime_add_fuel(epsilon_runtime_t* runtime, uint64_t fuel) {
    return with_meter(runtime, [&](Meter& meter) -> ErrorPtr {
        const uint64_t room = Meter::unlimited - meter.pool();
        EPSILON_TRY(check_pool(*runtime->store, meter.pool() + std::min(fuel, room)));
        meter.add_to_pool(fuel);
        return nullptr;
    });
}

epsilon_error_t* epsilon_runtime_usage(epsilon_runtime_t* runtime, uint64_t* fuel,
                                       uint64_t* instructions) {
    set(fuel, 0u);
    set(instructions, 0u);
    return with_meter(runtime, [&](const Meter& meter) -> ErrorPtr {
        set(fuel, meter.fuel_used());
        set(instructions, meter.instructions());
        return nullptr;
    });
}

epsilon_error_t* epsilon_runtime_last_call_usage(epsilon_runtime_t* runtime, uint64_t* fuel,
                                                 uint64_t* instructions) {
    set(fuel, 0u);
    set(instructions, 0u);
    return with_meter(runtime, [&](const Meter& meter) -> ErrorPtr {
        set(fuel, meter.last_call_fuel());
        set(instructions, meter.last_call_instructions());
        return nullptr;
    });
}

epsilon_error_t* epsilon_runtime_func_from_ref(epsilon_runtime_t* runtime, uint64_t ref,
                                               epsilon_func_t** out) {
    return guarded_new(out, [&]() -> Result<std::unique_ptr<epsilon_func>> {
        EPSILON_REQUIRE(runtime, "runtime");
        EPSILON_ENTER(entered, runtime->store);
        if (ref == 0 || !entered.store().is_valid_reference(ValueType::funcref(), ref)) {
            return misuse("the reference is not a function of this runtime");
        }
        FunctionInstance& function = *reinterpret_cast<FunctionInstance*>(ref);
        return std::make_unique<epsilon_func>(Held::acquire(*Store::owner_of(&function)), function);
    });
}

epsilon_error_t* epsilon_runtime_externref_from_ref(epsilon_runtime_t* runtime, uint64_t ref,
                                                    epsilon_externref_t** out) {
    return guarded_new(out, [&]() -> Result<std::unique_ptr<epsilon_externref>> {
        EPSILON_REQUIRE(runtime, "runtime");
        EPSILON_ENTER(entered, runtime->store);
        if (ref == 0 || !entered.store().is_valid_reference(ValueType::externref(), ref)) {
            return misuse("the reference is not an external reference of this runtime");
        }
        ExternRef& object = *reinterpret_cast<ExternRef*>(ref);
        return handle_of<epsilon_externref>(Held::acquire(object));
    });
}
