// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "baseline/operations.h"
#include "baseline/target.h"

namespace epsilon::baseline {

// Of an instruction on integers of this type.
constexpr Width width_of(Type type) {
    return type == Type::i32 ? Width::w32 : Width::w64;
}
constexpr unsigned bits_of(Width width) {
    return width == Width::w32 ? 32 : 64;
}

}  // namespace epsilon::baseline
