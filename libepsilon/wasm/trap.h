// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

namespace epsilon {

// Why WebAssembly code stopped. Execution that goes on is Trap::none, which is zero so that the
// test for it is the cheapest one.
enum class Trap : uint8_t {
    none = 0,
#define EPSILON_TRAP(name, text) name,
#include "wasm/traps.def"
#undef EPSILON_TRAP
};

// The specification's wording, without a prefix; empty for Trap::none and for a number that is no
// trap. The text lives as long as the program and ends in a NUL. Any thread.
std::string_view trap_text(Trap trap) noexcept;

}  // namespace epsilon
