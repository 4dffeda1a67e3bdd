// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "interp/tiers.h"

// The compiler of hot functions.
namespace epsilon::baseline {

// Null where there is none for the processor, or the system refuses memory for code. Any thread.
interp::Compiler* compiler();

}  // namespace epsilon::baseline
