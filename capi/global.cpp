// SPDX-License-Identifier: Apache-2.0
#include "door.h"
#include "handles.h"
#include "references.h"

using namespace epsilon;
using namespace epsilon::capi;

epsilon_error_t* epsilon_global_new(epsilon_runtime_t* runtime, epsilon_valtype_t type,
                                    bool is_mutable, const epsilon_value_t* value,
                                    epsilon_global_t** out) {
    return guarded_new(out, [&]() -> Result<std::unique_ptr<epsilon_global>> {
        EPSILON_REQUIRE(runtime, "runtime");
        EPSILON_REQUIRE(value, "value");
        const std::optional<ValueType> content = value_type(type);
        if (!content) {
            return misuse("unknown value type ", type);
        }
        EPSILON_ENTER(entered, runtime->store);
        EPSILON_TRY_ASSIGN(Global * global,
                           entered.store().new_global({*content, is_mutable},
                                                      normalised(*content, *from_c(value))));
        return handle_of<epsilon_global>(Held::adopt(*global));
    });
}

void epsilon_global_delete(epsilon_global_t* global) {
    delete global;
}

uint64_t epsilon_global_id(const epsilon_global_t* global) {
    return global == nullptr ? 0 : reinterpret_cast<uintptr_t>(&global->global());
}

epsilon_valtype_t epsilon_global_content(const epsilon_global_t* global) {
    return global == nullptr ? 0 : to_c(global->global().type().value);
}

bool epsilon_global_mutable(const epsilon_global_t* global) {
    return global != nullptr && global->global().type().is_mutable;
}

epsilon_error_t* epsilon_global_get(const epsilon_global_t* global, epsilon_value_t* value) {
    if (value != nullptr) {
        *from_c(value) = Value();
    }
    return guarded([&]() -> ErrorPtr {
        EPSILON_REQUIRE(global, "global");
        EPSILON_REQUIRE(value, "value");
        EPSILON_ENTER(entered, global->held.store());
        const Global& object = global->global();
        *from_c(value) = normalised(object.type().value, *object.storage());
        return nullptr;
    });
}

epsilon_error_t* epsilon_global_set(epsilon_global_t* global, const epsilon_value_t* value) {
    return guarded([&]() -> Result<void> {
        EPSILON_REQUIRE(global, "global");
        EPSILON_REQUIRE(value, "value");
        EPSILON_ENTER(entered, global->held.store());
        Global& object = global->global();
        if (!object.type().is_mutable) {
            return misuse("the global is immutable");
        }
        EPSILON_TRY_ASSIGN(*object.storage(), checked_value(entered.store(), object.type().value,
                                                            *from_c(value), "the value"));
        return {};
    });
}
