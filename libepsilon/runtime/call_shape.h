// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

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

    // The parameters, or the results.
    struct Side {
        explicit Side(const std::vector<ValueType>& value_types);

        const std::vector<ValueType>* types;
        uint32_t slots = 0;
        bool has_references = false;
        // Whether they are few, and no vector among them: then the masks hold.
        bool is_few;
        Masks masks{};
    };

    const FunctionType* type;
    Side params;
    Side results;
    // Few on both sides, and no references; and results fit the room of parameters and frame
    // header.
    bool plain;
};

}  // namespace epsilon
