// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <atomic>

#include "handles.h"
#include "invoke.h"

using namespace epsilon;
using namespace epsilon::capi;

// Lives until it is deleted and no call runs that uses its array: a host function, or another thread
// meanwhile, may delete it.
struct epsilon_call : Store::Leftover {
    explicit epsilon_call(const epsilon_func& func)
        : held(func.held),
          function(func.function),
          shape(func.shape),
          values(std::max<size_t>({shape.type->params.size(), shape.type->results.size(), 1})) {}

    // Whether epsilon_call_ints_N takes it.
    bool takes_ints() const {
        const auto& [params, results] = *shape.type;
        return std::all_of(params.begin(), params.end(), is_int) &&
               (results.empty() || (results.size() == 1 && results[0] == ValueType::i32));
    }

    // While a call uses the array. Made by the thread that is inside the store, one within the other;
    // others look at it when they delete the handle.
    class Use {
    public:
        explicit Use(epsilon_call& call)
            : call_(call), before_(call.uses_.load(std::memory_order_relaxed)) {
            call_.uses_.store(before_ + 1, std::memory_order_relaxed);
        }
        ~Use() { call_.uses_.store(before_, std::memory_order_release); }
        Use(const Use&) = delete;
        Use& operator=(const Use&) = delete;

    private:
        epsilon_call& call_;
        const uint32_t before_;
    };
    bool is_used() const { return uses_.load(std::memory_order_acquire) != 0; }

    const Held held;
    FunctionInstance& function;
    const CallShape& shape;
    const bool of_ints = takes_ints();
    std::vector<Value> values;

private:
    static bool is_int(ValueType type) { return type == ValueType::i32 || type == ValueType::i64; }

    std::atomic<uint32_t> uses_ = 0;
};

namespace {

// What epsilon_call_ints_N returns beside results. Addresses can be as low as an i32, but are never
// so high that they reach the next power of two.
constexpr int64_t out_of_range = INT64_MAX;
constexpr int64_t error_base = int64_t(1) << 62;

int64_t error_code(epsilon_error_t* error) {
    return error_base + int64_t(reinterpret_cast<uintptr_t>(error));
}

template <class... Ints>
int64_t call_ints(epsilon_call_t* call, Ints... ints) {
    constexpr size_t count = sizeof...(ints);
    if (call == nullptr) {
        return error_code(guarded([] { return misuse("call is NULL"); }));
    }
    const FunctionType& type = *call->shape.type;
    if (!call->of_ints || type.params.size() != count) {
        return error_code(guarded([&] {
            return misuse(describe(call->function), " does not take ", count,
                          " integers and give an i32 or nothing");
        }));
    }
    std::array<Value, std::max<size_t>(count, 1)> values{Value{uint64_t(ints), 0}...};
    for (size_t i = 0; i < count; ++i) {
        const auto value = int64_t(values[i].low);
        if (type.params[i] == ValueType::i32 && (value < INT32_MIN || value > UINT32_MAX)) {
            return out_of_range;
        }
    }
    // Nothing of the handle is used after this has begun: it may be deleted meanwhile.
    epsilon_error_t* error =
        guarded([&] { return invoke(*call, values.data(), 0, Meter::unlimited, values.data()); });
    if (error != nullptr) {
        return error_code(error);
    }
    return int32_t(values[0].low);
}

}  // namespace

epsilon_error_t* epsilon_call_new(epsilon_func_t* func, epsilon_call_t** out) {
    return guarded_new(out, [&]() -> Result<std::unique_ptr<epsilon_call>> {
        EPSILON_REQUIRE(func, "func");
        return std::make_unique<epsilon_call>(*func);
    });
}

void epsilon_call_delete(epsilon_call_t* call) {
    std::unique_ptr<epsilon_call> given_up(call);
    if (call != nullptr && call->is_used()) {
        Store::destroy_when_left(std::move(given_up), call->held.store());
    }
}

epsilon_value_t* epsilon_call_values(epsilon_call_t* call) {
    return call == nullptr ? nullptr : capi::to_c(call->values.data());
}

epsilon_error_t* epsilon_call_run(epsilon_call_t* call) {
    return epsilon_call_run_metered(call, 0, Meter::unlimited);
}

epsilon_error_t* epsilon_call_run_metered(epsilon_call_t* call, uint64_t timeout_ms,
                                          uint64_t fuel) {
    if (call == nullptr) {
        return guarded([] { return misuse("call is NULL"); });
    }
    return guarded([&] {
        Store& store = *call->held.store();
        const Store::Entry entry(store);
        if (!entry.ok()) {
            return Store::busy_error();
        }
        const epsilon_call::Use use(*call);
        Value* const values = call->values.data();
        return invoke_inside(store, call->function, call->shape, values, timeout_ms, fuel, values);
    });
}

int64_t epsilon_call_ints_0(epsilon_call_t* call) {
    return call_ints(call);
}

int64_t epsilon_call_ints_1(epsilon_call_t* call, int64_t a) {
    return call_ints(call, a);
}

int64_t epsilon_call_ints_2(epsilon_call_t* call, int64_t a, int64_t b) {
    return call_ints(call, a, b);
}

int64_t epsilon_call_ints_3(epsilon_call_t* call, int64_t a, int64_t b, int64_t c) {
    return call_ints(call, a, b, c);
}

int64_t epsilon_call_ints_4(epsilon_call_t* call, int64_t a, int64_t b, int64_t c, int64_t d) {
    return call_ints(call, a, b, c, d);
}
