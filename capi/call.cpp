// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "handles.h"
#include "invoke.h"

using namespace epsilon;
using namespace epsilon::capi;

// Lives until it is deleted and no call runs, which may use its array: a host function, or another
// thread meanwhile, may delete it.
struct epsilon_call : Store::Leftover {
    explicit epsilon_call(const epsilon_func& func)
        : held(func.held),
          callee(func.callee),
          values(std::max<size_t>(
              {callee.shape.type->params.size(), callee.shape.type->results.size(), 1})) {
        const auto& [params, results] = *callee.shape.type;
        result_mask = callee.shape.results.masks[0];
        if (params.size() <= int_ranges.size() &&
            std::all_of(params.begin(), params.end(), is_int) &&
            (results.empty() || (results.size() == 1 && results[0] == ValueType::i32))) {
            int_count = params.size();
            std::transform(params.begin(), params.end(), int_ranges.begin(), [](ValueType type) {
                return type == ValueType::i32 ? i32_range : UINT64_MAX;
            });
        }
    }

    const Held held;
    const PlainCallee callee;
    std::vector<Value> values;
    // For epsilon_call_ints_N: how many integers it takes, and beyond what they are not of its
    // type, counted from INT32_MIN.
    size_t int_count = SIZE_MAX;
    std::array<uint64_t, CallShape::few> int_ranges{};
    uint64_t result_mask = 0;  // of the first result's bits; 0: there is none

private:
    static constexpr uint64_t i32_range = uint64_t(UINT32_MAX) - uint64_t(int64_t(INT32_MIN));

    static bool is_int(ValueType type) { return type == ValueType::i32 || type == ValueType::i64; }
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
                               : misuse(describe(call->callee.function), " does not take ", count,
                                        " integers and give an i32 or nothing");
    }));
}

template <size_t size>
EPSILON_APART int64_t call_ints_in_full(epsilon_call_t* call,
                                        const std::array<uint64_t, size>& bits, bool entered) {
    int32_t result = 0;
    epsilon_error_t* error = guarded([&]() -> ErrorPtr {
        Store& store = *call->held.store();
        const CallShape& shape = call->callee.shape;
        const Store::Entry entry(store, entered);
        if (!entry.ok()) {
            return Store::busy_error();
        }
        std::array<Value, size> values;
        for (size_t i = 0; i < size; ++i) {
            values[i].low = bits[i];
        }
        ErrorPtr failure = invoke_any(store, call->callee.function, shape, values.data(), 0,
                                      Meter::unlimited, values.data());
        result = int32_t(values[0].low & shape.results.masks[0]);
        return failure;
    });
    return error == nullptr ? result : error_code(error);
}

// After an ordinary call.
EPSILON_APART int64_t end_ints(epsilon_call_t* call) {
    int32_t result = 0;
    epsilon_error_t* error = end_plain(*call->held.store(), [&](const Slot* slots) {
        // No bits if there is no result.
        result = int32_t(*slots & call->callee.shape.results.masks[0]);
    });
    return EPSILON_LIKELY(error == nullptr) ? result : error_code(error);
}
EPSILON_APART epsilon_error_t* end_run(epsilon_call_t* call) {
    return end_plain(*call->held.store(), [&](const Slot* slots) {
        const CallShape& shape = call->callee.shape;
        interp::from_slots(shape.results.masks, shape.results.slots, slots, call->values.data());
    });
}

// After an ordinary call in machine code that didn't give its result. Integers are where they were
// left as values.
[[maybe_unused]] EPSILON_COLD int64_t end_ints_otherwise(epsilon_call_t* call) {
    Store& store = *call->held.store();
    if (store.context().outcome != Outcome::refused) {
        return end_ints(call);
    }
    const auto* const values = reinterpret_cast<const Value*>(store.stack_base() + call->callee.fp);
    std::array<uint64_t, CallShape::few> bits{};
    for (size_t i = 0; i < call->int_count; ++i) {
        bits[i] = values[i].low;
    }
    return call_ints_in_full(call, bits, true);
}

#if EPSILON_OUTER_ENTRY
EPSILON_APART int64_t end_ints_in_machine_code(epsilon_call_t* call, uint64_t result,
                                               uint64_t otherwise) {
    interp::end_machine_run();
    if (EPSILON_UNLIKELY(otherwise != 0)) {
        return end_ints_otherwise(call);
    }
    // Without one it is nothing that means anything.
    result &= call->result_mask;
    call->held.store()->leave_first();
    return int32_t(result);
}
#endif

template <class... Ints>
EPSILON_APART int64_t call_ints_of_cells(epsilon_call_t* call, Ints... ints) {
    constexpr size_t count = sizeof...(ints);
    const std::array<uint64_t, std::max<size_t>(count, 1)> bits{uint64_t(ints)...};
    const interp::PlainRun run =
        interp::run_plain(*call->held.store(), call->callee, [&](Slot* slots) {
            for (size_t i = 0; i < count; ++i) {
                slots[i] = bits[i] & call->callee.shape.params.masks[i];
            }
        });
    if (EPSILON_UNLIKELY(run != interp::PlainRun::ended)) {
        return call_ints_in_full(call, bits, run == interp::PlainRun::entered);
    }
    return end_ints(call);
}
template <class... Ints>
[[maybe_unused]] EPSILON_APART int64_t call_ints_entered(epsilon_call_t* call, Ints... ints) {
    const std::array<uint64_t, std::max<size_t>(sizeof...(ints), 1)> bits{uint64_t(ints)...};
    return call_ints_in_full(call, bits, true);
}

template <class... Ints>
EPSILON_INLINE int64_t call_ints(epsilon_call_t* call, Ints... ints) {
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
#if EPSILON_OUTER_ENTRY
    Store& store = *call->held.store();
    return interp::run_in_machine_code(
        store, call->callee,
        [&](Slot* fp) {
            // Above the frame nothing is yet.
            auto* const values = reinterpret_cast<Value*>(fp);
            for (size_t i = 0; i < count; ++i) {
                values[i].low = bits[i];
            }
            return values;
        },
        [call](uint64_t result, uint64_t otherwise) {
            return end_ints_in_machine_code(call, result, otherwise);
        },
        [call](uint64_t result) { return int64_t(int32_t(result & call->result_mask)); },
        [&](interp::PlainRun run) {
            return run == interp::PlainRun::entered ? call_ints_entered(call, ints...)
                                                    : call_ints_of_cells(call, ints...);
        });
#else
    return call_ints_of_cells(call, ints...);
#endif
}

// As epsilon_call_run_metered; the store may have been entered.
EPSILON_APART epsilon_error_t* run_in_full(epsilon_call_t* call, uint64_t timeout_ms, uint64_t fuel,
                                           bool entered) {
    return guarded([&]() -> ErrorPtr {
        EPSILON_REQUIRE(call, "call");
        // The handle may be deleted while the call runs: see epsilon_call_delete.
        Store& store = *call->held.store();
        const Store::Entry entry(store, entered);
        if (!entry.ok()) {
            return Store::busy_error();
        }
        Value* const values = call->values.data();
        return invoke_any(store, call->callee.function, call->callee.shape, values, timeout_ms,
                          fuel, values);
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
    // Who deletes it during a call of it knows that the call has begun: then a thread is inside.
    if (call != nullptr && call->held.store()->is_in_use()) {
        // A copy: the call may be gone as soon as the store has it.
        const std::shared_ptr<Store> store = call->held.store();
        Store::destroy_when_left(std::move(given_up), store);
    }
}

epsilon_value_t* epsilon_call_values(epsilon_call_t* call) {
    return call == nullptr ? nullptr : capi::to_c(call->values.data());
}

namespace {

EPSILON_APART epsilon_error_t* run_cells(epsilon_call_t* call, bool entered) {
    if (!entered && EPSILON_LIKELY(call != nullptr)) {
        const interp::PlainRun run =
            interp::run_plain(*call->held.store(), call->callee, [&](Slot* slots) {
                const CallShape& shape = call->callee.shape;
                interp::to_slots(shape.params.masks, shape.params.slots, call->values.data(),
                                 slots);
            });
        if (EPSILON_LIKELY(run == interp::PlainRun::ended)) {
            return end_run(call);
        }
        entered = run == interp::PlainRun::entered;
    }
    return run_in_full(call, 0, Meter::unlimited, entered);
}

[[maybe_unused]] EPSILON_COLD epsilon_error_t* end_run_otherwise(epsilon_call_t* call) {
    return call->held.store()->context().outcome == Outcome::refused
               ? run_in_full(call, 0, Meter::unlimited, true)
               : end_run(call);
}

#if EPSILON_OUTER_ENTRY
EPSILON_APART epsilon_error_t* end_run_in_machine_code(epsilon_call_t* call, uint64_t result,
                                                       uint64_t otherwise) {
    interp::end_machine_run();
    if (EPSILON_UNLIKELY(otherwise != 0)) {
        return end_run_otherwise(call);
    }
    if (call->result_mask != 0) {
        interp::write_result(call->values[0], result);
    }
    call->held.store()->leave_first();
    return nullptr;
}
#endif

}  // namespace

epsilon_error_t* epsilon_call_run(epsilon_call_t* call) {
#if EPSILON_OUTER_ENTRY
    if (EPSILON_LIKELY(call != nullptr)) {
        Store& store = *call->held.store();
        return interp::run_in_machine_code(
            store, call->callee, [&](Slot*) { return call->values.data(); },
            [call](uint64_t result, uint64_t otherwise) {
                return end_run_in_machine_code(call, result, otherwise);
            },
            [call](uint64_t result) -> epsilon_error_t* {
                if (call->result_mask != 0) {
                    interp::write_result(call->values[0], result);
                }
                return nullptr;
            },
            [call](interp::PlainRun run) {
                return run_cells(call, run == interp::PlainRun::entered);
            });
    }
#endif
    return run_cells(call, false);
}

epsilon_error_t* epsilon_call_run_metered(epsilon_call_t* call, uint64_t timeout_ms,
                                          uint64_t fuel) {
    return run_in_full(call, timeout_ms, fuel, false);
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
