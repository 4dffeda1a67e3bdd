// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "door.h"
#include "engine/engine.h"
#include "handles.h"
#include "interp/execute.h"
#include "interp/plain_call.h"

// Calls at the door.
namespace epsilon::capi {

// Calls a function of a store that has been entered, with as many values as it takes and gives. The
// results are written only if it succeeds, and may take the place of the arguments.
ErrorPtr invoke_any(Store& store, FunctionInstance& function, const CallShape& shape,
                    const Value* args, uint64_t timeout_ms, uint64_t fuel, Value* results);

[[gnu::always_inline]] inline ErrorPtr invoke_inside(Store& store, FunctionInstance& function,
                                                     const CallShape& shape, const Value* args,
                                                     uint64_t timeout_ms, uint64_t fuel,
                                                     Value* results) {
    const bool limited = timeout_ms != 0 || fuel != Meter::unlimited;
    if (limited || !interp::run_plain(store, function, shape, [&](Slot* slots) {
            interp::to_slots(shape.param_masks, shape.param_slots, args, slots);
        })) {
        return invoke_any(store, function, shape, args, timeout_ms, fuel, results);
    }
    if (store.context().outcome != Outcome::returned) {
        return interp::error_of_call(store);
    }
    interp::from_slots(shape.result_masks, shape.result_slots, store.stack_base(), results);
    return nullptr;
}

}  // namespace epsilon::capi
