// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "interp/dispatch.h"

// Stops: what happens when somebody has asked the running program to stop (Store::request_stop).
//
// With tail dispatch the next dispatch ends up in the handler stop(), by a fault or by a poll; the
// trampoline looks before each cell; long operations look between their pieces. All of them then
// ask goes_on(), on the thread that runs the program, before the cell at pc.
namespace epsilon::interp {

// True: the program goes on with that cell, after a pause perhaps, in which the host may have used
// the store; views of memories and tables are to be read again. False: it ends here, and the
// context says why. acc is the accumulator, if it may hold a reference.
bool goes_on(Context& ctx, const uint8_t* pc, Slot* fp, uint64_t acc) noexcept;

// The handler: goes on with the cell or leaves.
EPSILON_NEXT_CELL stop(EPSILON_PARAMS);

}  // namespace epsilon::interp
