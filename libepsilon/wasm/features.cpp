// SPDX-License-Identifier: Apache-2.0
#include "wasm/features.h"

namespace epsilon {

std::string_view feature_name(Feature feature) {
    switch (feature) {
        case Feature::core:
            return "core";
        case Feature::mutable_globals:
            return "mutable-globals";
        case Feature::sign_extension:
            return "sign-extension";
        case Feature::saturating_conversions:
            return "saturating-conversions";
        case Feature::multi_value:
            return "multi-value";
        case Feature::bulk_memory:
            return "bulk-memory";
        case Feature::reference_types:
            return "reference-types";
        case Feature::simd:
            return "simd";
        case Feature::multi_memory:
            return "multi-memory";
        case Feature::extended_const:
            return "extended-const";
        case Feature::tail_call:
            return "tail-call";
        case Feature::count:
            break;
    }
    return "";
}

}  // namespace epsilon
