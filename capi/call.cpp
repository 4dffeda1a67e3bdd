// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <atomic>

#include "handles.h"
#include "invoke.h"

using namespace epsilon;
using namespace epsilon::capi;

// Lives until it is deleted and no call of it runs: a host function may delete it.
struct epsilon_call {
    explicit epsilon_call(const epsilon_func& func)
        : held(func.held),
          function(func.function),
          signature(func.signature),
          gives_references(func.gives_references),
          values(std::max<size_t>({signature.params.size(), signature.results.size(), 1})) {}

    void acquire() { users.fetch_add(1, std::memory_order_relaxed); }
    void release() {
        if (users.fetch_sub(1, std::memory_order_acq_rel) == 1) {
            delete this;
        }
    }

    const Held held;
    FunctionInstance& function;
    const FunctionType& signature;
    const bool gives_references;
    std::vector<Value> values;

private:
    std::atomic<uint32_t> users = 1;
};

epsilon_error_t* epsilon_call_new(epsilon_func_t* func, epsilon_call_t** out) {
    return guarded_new(out, [&]() -> Result<std::unique_ptr<epsilon_call>> {
        EPSILON_REQUIRE(func, "func");
        return std::make_unique<epsilon_call>(*func);
    });
}

void epsilon_call_delete(epsilon_call_t* call) {
    if (call != nullptr) {
        call->release();
    }
}

epsilon_value_t* epsilon_call_values(epsilon_call_t* call) {
    return call == nullptr ? nullptr : capi::to_c(call->values.data());
}

epsilon_error_t* epsilon_call_run(epsilon_call_t* call) {
    if (call == nullptr) {
        return guarded([] { return misuse("call is NULL"); });
    }
    call->acquire();
    epsilon_error_t* error = guarded([&] {
        Value* const values = call->values.data();
        return invoke(*call, values, 0, Meter::unlimited, values);
    });
    call->release();
    return error;
}
