// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>

#include "runtime/call_shape.h"
#include "wasm/types.h"

namespace epsilon {

// A function type with its process-wide number: two types are equal exactly when their numbers
// are. Copying shares; the number is given back when the last handle goes. Any thread.
class TypeHandle {
public:
    TypeHandle() = default;
    // Interns `type`. The number is never 0.
    explicit TypeHandle(const FunctionType& type);

    uint32_t id() const;
    const FunctionType& type() const;
    const CallShape& shape() const;
    explicit operator bool() const { return entry_ != nullptr; }

private:
    struct Entry;
    std::shared_ptr<const Entry> entry_;
};

}  // namespace epsilon
