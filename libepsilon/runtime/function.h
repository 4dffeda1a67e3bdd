// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <memory>
#include <string>

#include "base/error.h"
#include "runtime/abi.h"
#include "runtime/object.h"
#include "runtime/type_registry.h"

// The C API's names for a Value and an Error.
union epsilon_value;
struct epsilon_error;

namespace epsilon {

// What a host function is told about its caller; valid during the call only.
struct Caller {
    Store& store;
    Instance* instance;  // the calling instance; null when the host calls a host function itself
};

// The callable that an embedder registers. Destroyed exactly once, with the function, also when
// registration fails.
class HostCallable {
public:
    // An embedder's function whose results take the place of the arguments. Gives null, or an error
    // that it gives away.
    struct InPlace {
        epsilon_error* (*function)(void* env, epsilon_value* values);
        void* env;
    };

    HostCallable() = default;
    explicit HostCallable(InPlace function) : in_place(function) {}
    virtual ~HostCallable() = default;
    // With a function: call() gets one array for both, and this may be called instead of it, by
    // call_embedder().
    const InPlace in_place{};
    // Null for success. Must not throw. The results are zero before, unless they are the arguments.
    virtual ErrorPtr call(Caller& caller, const Value* args, size_t nargs, Value* results,
                          size_t nresults) = 0;
};

// A host function: an object of the store with a FunctionInstance inside.
struct HostFunction : public Object {
    HostFunction(Store& store, TypeHandle type, std::unique_ptr<HostCallable> callable,
                 const uint8_t* entry);

    FunctionInstance function;
    TypeHandle type;
    std::unique_ptr<HostCallable> callable;
    const CallShape& shape;
};

// A reference that carries an embedder's data. Destroyed exactly once.
class ExternRef : public Object {
public:
    ExternRef(Store& store, std::shared_ptr<void> payload)
        : Object(store, ObjectKind::externref), data(std::move(payload)) {}
    std::shared_ptr<void> data;
};

const FunctionType& function_type(const FunctionInstance& function);
const CallShape& call_shape(const FunctionInstance& function);

// What handles keep of a function for ordinary calls (interp/plain_call.h).
struct PlainCallee {
    explicit PlainCallee(FunctionInstance& callee, const CallShape& callee_shape)
        : function(callee),
          shape(callee_shape),
          instance(shape.plain && function.instance ? function.instance
                                                    : reinterpret_cast<const Instance*>(&function)),
          fp(shape.params.slots + frame_header_slots),
          header{0, Slot(&function)} {}

    FunctionInstance& function;
    const CallShape& shape;
    // The function's. No instance has the address that is here if no call of it is ordinary.
    const Instance* const instance;
    const size_t fp;  // of a frame at the beginning of the stack, counted from there
    // Of such a frame: caller fp and function.
    const std::array<Slot, 2> header;
};

// For messages: "function \"add\"", or "function 5" when it has no name, or "host function".
std::string describe(const FunctionInstance& function);

}  // namespace epsilon
