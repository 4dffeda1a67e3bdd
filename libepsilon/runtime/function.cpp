// SPDX-License-Identifier: Apache-2.0
#include "runtime/function.h"

#include "base/text.h"
#include "runtime/instance.h"

namespace epsilon {

HostFunction::HostFunction(Store& store, TypeHandle handle, std::unique_ptr<HostCallable> target,
                           const uint8_t* entry)
    : Object(store, ObjectKind::host_function),
      type(std::move(handle)),
      callable(std::move(target)),
      shape(type.shape()) {
    function.code.store(entry, std::memory_order_relaxed);
    function.type_id = type.id();
    function.host = this;
}

const FunctionType& function_type(const FunctionInstance& function) {
    return *call_shape(function).type;
}

const CallShape& call_shape(const FunctionInstance& function) {
    if (function.host != nullptr) {
        return function.host->shape;
    }
    const Instance& instance = *function.instance;
    return instance.code->types[instance.module().functions[function.index]].shape();
}

std::string describe(const FunctionInstance& function) {
    if (function.instance == nullptr) {
        return "host function";
    }
    const std::string_view name = function.instance->module().function_name(function.index);
    return name.empty() ? concat("function ", function.index) : concat("function ", quoted(name));
}

}  // namespace epsilon
