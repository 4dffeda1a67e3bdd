// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "wasm/opcode.h"

// The families of cells that opcodes.def names in its column `lowering`.
namespace epsilon::interp {

enum class Family : uint8_t {
    special,
    unary,
    unary_trap,
    binary,
    binary_trap,
    compare,
    test,
    load,
    store,
    vector_unary,
    vector_binary,
    vector_ternary,
    vector_shift,
    vector_test,
    vector_splat,
    vector_extract,
    vector_replace,
    vector_shuffle,
    vector_load,
    vector_store,
    vector_load_lane,
    vector_store_lane,
};

inline constexpr Family families[] = {
#define EPSILON_OP(name, prefix, code, text, immediates, signature, width, feature, lowering) \
    Family::lowering,
#include "wasm/opcodes.def"
#undef EPSILON_OP
};
constexpr Family family_of(Opcode opcode) {
    return families[size_t(opcode)];
}

}  // namespace epsilon::interp
