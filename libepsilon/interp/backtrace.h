// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "base/error.h"
#include "runtime/abi.h"

namespace epsilon::interp {

// The activations from the given cell and frame outwards, to the call that came from the host;
// only the innermost max_backtrace_frames. A null fp gives none. Functions are translated again to
// find the instructions, so nothing is kept for it while programs run.
constexpr size_t max_backtrace_frames = 64;
std::vector<Frame> backtrace(const uint8_t* pc, const Slot* fp);

}  // namespace epsilon::interp
