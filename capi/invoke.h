// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "door.h"
#include "engine/engine.h"
#include "handles.h"

// Calls at the door.
namespace epsilon::capi {

// Calls the function of a handle, with as many values as it takes and gives. The results are
// written only if it succeeds, and may take the place of the arguments. `Handle` is epsilon_func or
// epsilon_call.
template <class Handle>
ErrorPtr invoke(Handle& handle, const Value* args, uint64_t timeout_ms, uint64_t fuel,
                Value* results) {
    // The handle may be deleted while the call runs, by a host function or a finalizer; the
    // function lives until the store is left.
    FunctionInstance& function = handle.function;
    const CallShape shape = handle.shape;
    EPSILON_ENTER(entered, handle.held.store());
    ErrorPtr error = call(entered.store(), function, shape, args, results, timeout_ms, fuel);
    if (error == nullptr && shape.gives_references) {
        entered.store().keep_references(shape.type->results, results);
    } else if (entered.store().keeps_references()) {
        entered.store().keep_references({}, nullptr);
    }
    return error;
}

}  // namespace epsilon::capi
