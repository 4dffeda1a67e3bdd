// SPDX-License-Identifier: Apache-2.0
#include "runtime/call_shape.h"

#include <algorithm>
#include <vector>

namespace epsilon {

namespace {

bool fill_masks(const std::vector<ValueType>& types, CallShape::Masks& masks) {
    if (types.size() > masks.size()) {
        return false;
    }
    std::transform(types.begin(), types.end(), masks.begin(), [](ValueType type) {
        const bool narrow = type.kind() == ValueType::i32 || type.kind() == ValueType::f32;
        return narrow ? UINT32_MAX : UINT64_MAX;
    });
    return std::none_of(types.begin(), types.end(),
                        [](ValueType type) { return type.is_vector(); });
}

}  // namespace

CallShape::CallShape(const FunctionType& function_type)
    : type(&function_type),
      few_params(fill_masks(function_type.params, param_masks)),
      few_results(fill_masks(function_type.results, result_masks)) {
    for (const ValueType param : function_type.params) {
        param_slots += param.slots();
        takes_references = takes_references || param.is_reference();
    }
    for (const ValueType result : function_type.results) {
        result_slots += result.slots();
        gives_references = gives_references || result.is_reference();
    }
    constexpr uint32_t header_slots = 3;
    plain = plain && !takes_references && !gives_references &&
            result_slots <= param_slots + header_slots;
}

}  // namespace epsilon
