// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "door.h"
#include "engine/engine.h"
#include "handles.h"

// Calls at the door.
namespace epsilon::capi {

// Calls a function of a store that has been entered, with as many values as it takes and gives. The
// results are written only if it succeeds, and may take the place of the arguments.
inline ErrorPtr invoke_inside(Store& store, FunctionInstance& function, const CallShape& shape,
                              const Value* args, uint64_t timeout_ms, uint64_t fuel,
                              Value* results) {
    ErrorPtr error = call(store, function, shape, args, results, timeout_ms, fuel);
    if (shape.gives_references && error == nullptr) {
        store.keep_references(shape.type->results, results);
    } else if (store.keeps_references()) {
        store.keep_references({}, nullptr);
    }
    return error;
}

// The same for the function of a handle, epsilon_func or epsilon_call. The handle may be deleted
// while the call runs, by a host function or on another thread. The function and its store live
// until the store is left (Store::give_up), and nothing of the handle is used any more.
template <class Handle>
ErrorPtr invoke(Handle& handle, const Value* args, uint64_t timeout_ms, uint64_t fuel,
                Value* results) {
    Store& store = *handle.held.store();
    const Store::Entry entry(store);
    if (!entry.ok()) {
        return Store::busy_error();
    }
    return invoke_inside(store, handle.function, handle.shape, args, timeout_ms, fuel, results);
}

}  // namespace epsilon::capi
