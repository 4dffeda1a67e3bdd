// SPDX-License-Identifier: Apache-2.0
#include "door.h"
#include "engine/engine.h"
#include "handles.h"
#include "platform/fault_handler.h"
#include "references.h"

using namespace epsilon;
using namespace epsilon::capi;

epsilon_error_t* epsilon_runtime_new(const epsilon_config_t* config, epsilon_runtime_t** out) {
    return guarded_new(out, [&]() -> Result<std::unique_ptr<epsilon_runtime>> {
        auto handle = std::make_unique<epsilon_runtime>();
        const StoreOptions options = config == nullptr ? StoreOptions() : config->store;
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
