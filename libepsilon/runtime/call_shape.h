// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "wasm/types.h"

namespace epsilon {

// What calls between the host and WebAssembly need to know of a function's type, found out once for
// all of them. It refers to the type, and lives as long as that: with the function.
struct CallShape {
    // So many values on one side are moved without a look at their types.
    static constexpr size_t few = 4;
    // The bits that count of values that take one slot each: 32, or all.
    using Masks = std::array<uint64_t, few>;

    explicit CallShape(const FunctionType& function_type);

    const FunctionType* type;
    uint32_t param_slots = 0;
    uint32_t result_slots = 0;
    bool takes_references = false;
    bool gives_references = false;
    Masks param_masks{};
    Masks result_masks{};
    // Whether there are few parameters or results, no vector among them: then the masks hold.
    bool few_params;
    bool few_results;
    // Both, and no references either; and results fit the room of parameters and frame header.
    bool plain = few_params && few_results;
};

}  // namespace epsilon
