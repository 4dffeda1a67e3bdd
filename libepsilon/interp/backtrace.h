// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "base/error.h"
#include "runtime/abi.h"

namespace epsilon::interp {

// The activations from the given cell and frame outwards, to the call that came from the host;
// only the innermost max_backtrace_frames, with long names cut. A null fp gives none.
//
// Functions are translated again to find the instructions, so nothing is kept for it while programs
// run. Since a program chooses how much work that is, it is done for as many of them as
// max_backtrace_work allows; the offsets in others are not known. For the place of a trap it is
// done in any case, unless the program is being stopped.
constexpr size_t max_backtrace_frames = 64;
constexpr size_t max_backtrace_name_bytes = 1000;
constexpr uint64_t max_backtrace_work = 200'000;  // as TranslateRequest::most_work
std::vector<Frame> backtrace(const Context& ctx, const uint8_t* pc, const Slot* fp);

// Where a frame was called: the cell behind the call, and the caller's frame, null when that is
// the host. For a frame that a tail call from another instance made, the point that it returns to
// in the end (handlers_call.cpp).
struct ReturnPoint {
    const uint8_t* pc;
    Slot* fp;
};
ReturnPoint return_point(const Slot* fp) noexcept;

}  // namespace epsilon::interp
