// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "interp/tiers.h"

// The compiler of hot functions.
namespace epsilon::baseline {

// Functions with more bytes of cells are not compiled: that takes place while the program waits.
constexpr uint32_t most_cell_bytes = 4u << 20;

// Null where there is none for the processor, or the system refuses memory for code. Any thread.
interp::Compiler* compiler();

}  // namespace epsilon::baseline
