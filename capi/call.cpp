// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <atomic>

#include "handles.h"
#include "invoke.h"

using namespace epsilon;
using namespace epsilon::capi;

// Lives until it is deleted and no call runs that uses its array: a host function, or another
// thread meanwhile, may delete it.
struct epsilon_call : Store::Leftover {
    explicit epsilon_call(const epsilon_func& func)
        : held(func.held),
          function(func.function),
          shape(func.shape),
          values(std::max<size_t>({shape.type->params.size(), shape.type->results.size(), 1})) {
        const auto& [params, results] = *shape.type;
        if (params.size() <= int_ranges.size() &&
            std::all_of(params.begin(), params.end(), is_int) &&
            (results.empty() || (results.size() == 1 && results[0] == ValueType::i32))) {
            int_count = params.size();
            std::transform(params.begin(), params.end(), int_ranges.begin(), [](ValueType type) {
                return type == ValueType::i32 ? i32_range : UINT64_MAX;
            });
        }
    }

    // While a call uses the array. Made by the thread that is inside the store, one within the
    // other; others look at it when they delete the handle.
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
    std::vector<Value> values;
    // For epsilon_call_ints_N: how many integers it takes, and beyond what they are not of its
    // type, counted from INT32_MIN.
    size_t int_count = SIZE_MAX;
    std::array<uint64_t, CallShape::few> int_ranges{};

private:
    static constexpr uint64_t i32_range = uint64_t(UINT32_MAX) - uint64_t(int64_t(INT32_MIN));

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

EPSILON_COLD int64_t not_of_ints(const epsilon_call_t* call, size_t count) {
    return error_code(guarded([&] {
        return call == nullptr ? misuse("call is NULL")
                               : misuse(describe(call->function), " does not take ", count,
                                        " integers and give an i32 or nothing");
    }));
}

template <class... Ints>
int64_t call_ints(epsilon_call_t* call, Ints... ints) {
    constexpr size_t count = sizeof...(ints);
    if (call == nullptr || call->int_count != count) {
        return not_of_ints(call, count);
    }
    const std::array<uint64_t, std::max<size_t>(count, 1)> bits{uint64_t(ints)...};
    for (size_t i = 0; i < count; ++i) {
        if (bits[i] - uint64_t(int64_t(INT32_MIN)) > call->int_ranges[i]) {
            return out_of_range;
        }
    }
    int32_t result = 0;
    epsilon_error_t* error = guarded([&]() -> ErrorPtr {
        // The handle may be deleted while the call runs: see epsilon_func_call.
        Store& store = *call->held.store();
        const CallShape& shape = call->shape;
        const Store::Entry entry(store);
        if (!entry.ok()) {
            return Store::busy_error();
        }
        if (!interp::run_plain(store, call->function, shape, [&](Slot* slots) {
                for (size_t i = 0; i < count; ++i) {
                    slots[i] = bits[i] & shape.param_masks[i];
                }
            })) {
            std::array<Value, bits.size()> values;
            for (size_t i = 0; i < count; ++i) {
                values[i].low = bits[i];
            }
            ErrorPtr failure = invoke_any(store, call->function, shape, values.data(), 0,
                                          Meter::unlimited, values.data());
            result = int32_t(values[0].low & shape.result_masks[0]);
            return failure;
        }
        if (store.context().outcome != Outcome::returned) {
            return interp::error_of_call(store);
        }
        // No bits if there is no result.
        result = int32_t(*store.stack_base() & shape.result_masks[0]);
        return nullptr;
    });
    return error == nullptr ? result : error_code(error);
}

[[gnu::always_inline]] inline epsilon_error_t* run(epsilon_call_t* call, uint64_t timeout_ms,
                                                   uint64_t fuel) {
    return guarded([&]() __attribute__((always_inline)) -> ErrorPtr {
        EPSILON_REQUIRE(call, "call");
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
        // A copy: the call may be gone as soon as the store has it.
        const std::shared_ptr<Store> store = call->held.store();
        Store::destroy_when_left(std::move(given_up), store);
    }
}

epsilon_value_t* epsilon_call_values(epsilon_call_t* call) {
    return call == nullptr ? nullptr : capi::to_c(call->values.data());
}

epsilon_error_t* epsilon_call_run(epsilon_call_t* call) {
    return run(call, 0, Meter::unlimited);
}

epsilon_error_t* epsilon_call_run_metered(epsilon_call_t* call, uint64_t timeout_ms,
                                          uint64_t fuel) {
    return run(call, timeout_ms, fuel);
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
