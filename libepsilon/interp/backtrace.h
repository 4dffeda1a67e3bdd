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

// Where a frame was called: the cell behind the call, and the caller's frame, null when that is
// the host. For a frame that a tail call from another instance made, the point that it returns to
// in the end (handlers_call.cpp).
struct ReturnPoint {
    const uint8_t* pc;
    Slot* fp;
};
ReturnPoint return_point(const Slot* fp) noexcept;

}  // namespace epsilon::interp
