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

// The error of an ordinary call that failed (interp/plain_call.h); leaves the store.
EPSILON_COLD epsilon_error_t* end_failed(Store& store) noexcept;

// Leaves the store after an ordinary call's run_plain(). `read_results` gets the slots of the
// results before.
template <class ReadResults>
EPSILON_INLINE epsilon_error_t* end_plain(Store& store, ReadResults read_results) {
    Context& ctx = store.context();
    interp::end_plain_run(ctx);
    if (EPSILON_UNLIKELY(ctx.outcome != Outcome::returned)) {
        return end_failed(store);
    }
    read_results(store.stack_base());
    store.leave_first();
    return nullptr;
}

}  // namespace epsilon::capi
