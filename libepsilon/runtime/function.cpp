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
      shape(type.type()) {
    function.code.store(entry, std::memory_order_relaxed);
    function.type_id = type.id();
    function.host = this;
}

CallShape::CallShape(const FunctionType& function_type) : type(&function_type) {
    for (const ValueType param : function_type.params) {
        param_slots += param.slots();
        takes_references = takes_references || param.is_reference();
    }
    for (const ValueType result : function_type.results) {
        result_slots += result.slots();
        gives_references = gives_references || result.is_reference();
    }
}

const FunctionType& function_type(const FunctionInstance& function) {
    return function.host != nullptr ? function.host->type.type()
                                    : function.instance->module().function_type(function.index);
}

std::string describe(const FunctionInstance& function) {
    if (function.instance == nullptr) {
        return "host function";
    }
    const std::string_view name = function.instance->module().function_name(function.index);
    return name.empty() ? concat("function ", function.index) : concat("function ", quoted(name));
}

}  // namespace epsilon
