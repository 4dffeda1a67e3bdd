// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <vector>

#include "base/embedder.h"
#include "door.h"
#include "handles.h"
#include "invoke.h"
#include "references.h"

using namespace epsilon;
using namespace epsilon::capi;

namespace {

// As in modules, unless these are allowed more.
constexpr size_t most_values = 1000;

Result<std::vector<ValueType>> value_types(const epsilon_valtype_t* types, size_t count,
                                           std::string_view what) {
    std::vector<ValueType> result;
    result.reserve(count);
    for (size_t i = 0; i < count; ++i) {
        const std::optional<ValueType> type = value_type(types[i]);
        if (!type) {
            return misuse("unknown type ", types[i], " of ", what, " ", i);
        }
        result.push_back(*type);
    }
    return result;
}

// An embedder's function. Destroying it runs the finalizer.
class CallbackFunction : public HostCallable {
public:
    CallbackFunction(epsilon_func_callback_t callback, HostData env)
        : callback_(callback), env_(std::move(env)) {}

    ErrorPtr call(Caller& caller, const Value* args, size_t nargs, Value* results,
                  size_t nresults) override {
        return ErrorPtr(capi::from_c(call_embedder(callback_, env_.data(),
                                                   reinterpret_cast<epsilon_caller_t*>(&caller),
                                                   to_c(args), nargs, to_c(results), nresults)));
    }

private:
    const epsilon_func_callback_t callback_;
    const HostData env_;
};

// The same for a callback whose results take the place of the arguments.
class InPlaceFunction : public HostCallable {
public:
    InPlaceFunction(epsilon_func_callback_in_place_t callback, HostData env)
        : HostCallable({callback, env.data()}), env_(std::move(env)) {}

    ErrorPtr call(Caller& /*caller*/, const Value* /*args*/, size_t /*nargs*/, Value* values,
                  size_t /*nresults*/) override {
        return ErrorPtr(capi::from_c(call_embedder(in_place.function, in_place.env, to_c(values))));
    }

private:
    const HostData env_;
};

template <class Function, class Callback>
epsilon_error_t* new_function(epsilon_runtime_t* runtime, const epsilon_valtype_t* params,
                              size_t nparams, const epsilon_valtype_t* results, size_t nresults,
                              Callback callback, HostData host_data, epsilon_func_t** out) {
    return guarded_new(out, [&]() -> Result<std::unique_ptr<epsilon_func>> {
        EPSILON_REQUIRE(runtime, "runtime");
        EPSILON_REQUIRE(callback, "callback");
        if (!readable(params, nparams) || !readable(results, nresults)) {
            return misuse("an array of types is NULL");
        }
        if (nparams > most_values || nresults > most_values) {
            return make_error(ErrorKind::limit,
                              concat("a function with ", nparams, " parameters and ", nresults,
                                     " results: the limit is ", most_values));
        }
        FunctionType type;
        EPSILON_TRY_ASSIGN(type.params, value_types(params, nparams, "parameter"));
        EPSILON_TRY_ASSIGN(type.results, value_types(results, nresults, "result"));
        EPSILON_ENTER(entered, runtime->store);
        EPSILON_TRY_ASSIGN(HostFunction * object,
                           entered.store().new_host_function(
                               type, std::make_unique<Function>(callback, std::move(host_data))));
        return std::make_unique<epsilon_func>(Held::adopt(*object), object->function);
    });
}

Caller& from_c(epsilon_caller_t* caller) {
    return *reinterpret_cast<Caller*>(caller);
}

// As epsilon_func_call_metered; the store may have been entered.
EPSILON_APART epsilon_error_t* call_in_full(epsilon_func_t* func, const epsilon_value_t* args,
                                            size_t nargs, uint64_t timeout_ms, uint64_t fuel,
                                            epsilon_value_t* results, size_t nresults,
                                            bool entered) {
    epsilon_error_t* error = guarded([&]() -> ErrorPtr {
        EPSILON_REQUIRE(func, "func");
        FunctionInstance& function = func->callee.function;
        const CallShape& shape = func->callee.shape;
        const FunctionType& type = *shape.type;
        if (nargs != type.params.size()) {
            return misuse(describe(function), " takes ", type.params.size(), " arguments, not ",
                          nargs);
        }
        if (nresults != type.results.size()) {
            return misuse(describe(function), " gives ", type.results.size(), " results, not ",
                          nresults);
        }
        if (!readable(args, nargs) || !readable(results, nresults)) {
            return misuse("an array of values is NULL");
        }
        // The handle may be deleted while the call runs, by a host function or on another thread.
        // The function and its store live until the store is left (Store::give_up), and nothing of
        // the handle is used any more.
        Store& store = *func->held.store();
        const Store::Entry entry(store, entered);
        if (!entry.ok()) {
            return Store::busy_error();
        }
        return invoke_any(store, function, shape, capi::from_c(args), timeout_ms, fuel,
                          capi::from_c(results));
    });
    if (error != nullptr && results != nullptr) {
        std::fill_n(capi::from_c(results), nresults, Value());
    }
    return error;
}

// After an ordinary call.
EPSILON_APART epsilon_error_t* end_call(Store& store, const CallShape& shape, Value* results) {
    // The shape may be gone when the store is left.
    const size_t count = shape.results.slots;
    epsilon_error_t* error = end_plain(store, [&](const Slot* slots) {
        interp::from_slots(shape.results.masks, count, slots, results);
    });
    if (EPSILON_UNLIKELY(error != nullptr && results != nullptr)) {
        std::fill_n(results, count, Value());
    }
    return error;
}

}  // namespace

epsilon_func::epsilon_func(Held handle, FunctionInstance& instance)
    : held(std::move(handle)), callee(instance, call_shape(instance)), type(*callee.shape.type) {}

epsilon_error_t* epsilon_func_new(epsilon_runtime_t* runtime, const epsilon_valtype_t* params,
                                  size_t nparams, const epsilon_valtype_t* results, size_t nresults,
                                  epsilon_func_callback_t callback, void* env,
                                  epsilon_finalizer_t finalizer, epsilon_func_t** out) {
    return new_function<CallbackFunction>(runtime, params, nparams, results, nresults, callback,
                                          HostData(env, finalizer), out);
}

epsilon_error_t* epsilon_func_new_in_place(epsilon_runtime_t* runtime,
                                           const epsilon_valtype_t* params, size_t nparams,
                                           const epsilon_valtype_t* results, size_t nresults,
                                           epsilon_func_callback_in_place_t callback, void* env,
                                           epsilon_finalizer_t finalizer, epsilon_func_t** out) {
    return new_function<InPlaceFunction>(runtime, params, nparams, results, nresults, callback,
                                         HostData(env, finalizer), out);
}

ErrorPtr epsilon::capi::invoke_any(Store& store, FunctionInstance& function, const CallShape& shape,
                                   const Value* args, uint64_t timeout_ms, uint64_t fuel,
                                   Value* results) {
    ErrorPtr error = call(store, function, shape, args, results, timeout_ms, fuel);
    if (shape.results.has_references && error == nullptr) {
        store.keep_references(shape.type->results, results);
    } else if (store.keeps_references()) {
        store.keep_references({}, nullptr);
    }
    return error;
}

epsilon_error_t* epsilon::capi::end_failed(Store& store) noexcept {
    return guarded([&]() -> ErrorPtr {
        const Store::Entry entry(store, true);
        return interp::error_of_call(store);
    });
}

void epsilon_func_delete(epsilon_func_t* func) {
    delete func;
}

const epsilon_type_t* epsilon_func_type(const epsilon_func_t* func) {
    return func == nullptr ? nullptr : &func->type;
}

const char* epsilon_func_name(const epsilon_func_t* func, size_t* size) {
    set(size, 0u);
    if (func == nullptr || func->callee.function.instance == nullptr) {
        return nullptr;
    }
    const std::string* name = func->name.get([&] {
        return std::string(
            func->callee.function.instance->module().function_name(func->callee.function.index));
    });
    if (name == nullptr || name->empty()) {
        return nullptr;
    }
    set(size, name->size());
    return name->c_str();
}

bool epsilon_func_index(const epsilon_func_t* func, uint32_t* index) {
    const bool found = func != nullptr && func->callee.function.instance != nullptr;
    set(index, found ? func->callee.function.index : 0);
    return found;
}

uint64_t epsilon_func_ref(const epsilon_func_t* func) {
    return func == nullptr ? 0 : ref_of(func->callee.function);
}

epsilon_error_t* epsilon_func_call(epsilon_func_t* func, const epsilon_value_t* args, size_t nargs,
                                   uint64_t timeout_ms, epsilon_value_t* results, size_t nresults) {
    bool entered = false;
    // Values that match an ordinary function's type take one slot each.
    if (EPSILON_LIKELY(func != nullptr && timeout_ms == 0 &&
                       nargs == func->callee.shape.params.slots &&
                       nresults == func->callee.shape.results.slots && readable(args, nargs) &&
                       readable(results, nresults))) {
        // Of the handle nothing is used after this: see call_in_full.
        Store& store = *func->held.store();
        const CallShape& shape = func->callee.shape;
#if EPSILON_OUTER_ENTRY
        enum class Direct : uint8_t { done, ended, entered, refused };
        const Direct direct = interp::run_in_machine_code(
            store, func->callee, [&](Slot*) { return args; },
            [&](uint64_t result, uint64_t otherwise) {
                interp::end_machine_run();
                if (EPSILON_UNLIKELY(otherwise != 0)) {
                    return store.context().outcome == Outcome::refused ? Direct::entered
                                                                       : Direct::ended;
                }
                if (nresults != 0) {
                    interp::write_result(*capi::from_c(results), result);
                }
                store.leave_first();
                return Direct::done;
            },
            [&](uint64_t result) {
                if (nresults != 0) {
                    interp::write_result(*capi::from_c(results), result);
                }
                return Direct::done;
            },
            [](interp::PlainRun run) {
                return run == interp::PlainRun::entered ? Direct::entered : Direct::refused;
            });
        if (EPSILON_LIKELY(direct == Direct::done)) {
            return nullptr;
        }
        if (direct == Direct::entered) {
            return call_in_full(func, args, nargs, 0, Meter::unlimited, results, nresults, true);
        }
        if (direct == Direct::ended) {
            return end_call(store, shape, capi::from_c(results));
        }
#endif
        const interp::PlainRun run = interp::run_plain(store, func->callee, [&](Slot* slots) {
            interp::to_slots(shape.params.masks, nargs, capi::from_c(args), slots);
        });
        if (EPSILON_LIKELY(run == interp::PlainRun::ended)) {
            return end_call(store, shape, capi::from_c(results));
        }
        entered = run == interp::PlainRun::entered;
    }
    return call_in_full(func, args, nargs, timeout_ms, Meter::unlimited, results, nresults,
                        entered);
}

epsilon_error_t* epsilon_func_call_metered(epsilon_func_t* func, const epsilon_value_t* args,
                                           size_t nargs, uint64_t timeout_ms, uint64_t fuel,
                                           epsilon_value_t* results, size_t nresults) {
    return call_in_full(func, args, nargs, timeout_ms, fuel, results, nresults, false);
}

epsilon_error_t* epsilon_caller_runtime(epsilon_caller_t* caller, epsilon_runtime_t** out) {
    return guarded_new(out, [&]() -> Result<std::unique_ptr<epsilon_runtime>> {
        EPSILON_REQUIRE(caller, "caller");
        return std::unique_ptr<epsilon_runtime>(
            new epsilon_runtime{from_c(caller).store.shared_from_this()});
    });
}

epsilon_error_t* epsilon_caller_module(epsilon_caller_t* caller, epsilon_module_t** out) {
    return guarded_new(out, [&]() -> Result<std::unique_ptr<epsilon_module>> {
        EPSILON_REQUIRE(caller, "caller");
        Instance* instance = from_c(caller).instance;
        if (instance == nullptr) {
            return std::unique_ptr<epsilon_module>();
        }
        return handle_of<epsilon_module>(Held::acquire(*instance));
    });
}

epsilon_error_t* epsilon_caller_memory(epsilon_caller_t* caller, uint32_t index, uint8_t** data,
                                       uint64_t* size) {
    set(data, nullptr);
    set(size, 0u);
    return guarded([&]() -> ErrorPtr {
        EPSILON_REQUIRE(caller, "caller");
        EPSILON_REQUIRE(data, "data");
        EPSILON_REQUIRE(size, "size");
        const Instance* instance = from_c(caller).instance;
        if (instance != nullptr && index < instance->memory_views.size()) {
            *data = instance->memory_views[index]->base;
            *size = instance->memory_views[index]->bytes;
        }
        return nullptr;
    });
}
