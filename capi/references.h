// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "door.h"
#include "handles.h"

// References at the door. Their ids are addresses of objects in the store.
namespace epsilon::capi {

inline uint64_t ref_of(const FunctionInstance& function) {
    return reinterpret_cast<uintptr_t>(&function);
}
inline uint64_t ref_of(const ExternRef& externref) {
    return reinterpret_cast<uintptr_t>(&externref);
}

// A value that came in, ready for use; an error if it is a reference that the store does not know.
// `what` names the value in the message.
template <class... What>
Result<Value> checked_value(const Store& store, ValueType type, const Value& value,
                            const What&... what) {
    const Value result = normalised(type, value);
    if (type.is_reference() && !store.is_valid_reference(type, result.low)) {
        return misuse(what..., " is not a reference of type ", to_string(type), " of this runtime");
    }
    return result;
}

}  // namespace epsilon::capi
