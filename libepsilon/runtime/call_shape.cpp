// SPDX-License-Identifier: Apache-2.0
#include "runtime/call_shape.h"

namespace epsilon {

CallShape::Side::Side(const std::vector<ValueType>& value_types)
    : types(&value_types), is_few(value_types.size() <= few) {
    size_t i = 0;
    for (const ValueType type : value_types) {
        slots += type.slots();
        has_references = has_references || type.is_reference();
        is_few = is_few && !type.is_vector();
        if (i < few) {
            const bool narrow = type.kind() == ValueType::i32 || type.kind() == ValueType::f32;
            masks[i++] = narrow ? UINT32_MAX : UINT64_MAX;
        }
    }
}

CallShape::CallShape(const FunctionType& function_type)
    : type(&function_type), params(function_type.params), results(function_type.results) {
    constexpr uint32_t header_slots = 3;
    plain = params.is_few && results.is_few && !params.has_references && !results.has_references &&
            results.slots <= params.slots + header_slots;
}

}  // namespace epsilon
