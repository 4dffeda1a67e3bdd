// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <csignal>

namespace epsilon::platform {

using SignalHandler = void (*)(int signal, siginfo_t* info, void* context);

// The part of the fault handler that lives with other people's handlers: it puts ours in front,
// remembers what was there, and passes on what isn't ours. Knows SIGSEGV and SIGBUS.

// Makes `ours` the handler of the signal unless it is already. What it replaces becomes the first
// to be passed to, before what ours replaced earlier. Calls are serialised by the caller; signals
// may come meanwhile. False if the system refuses.
bool put_in_front(int signal, SignalHandler ours) noexcept;

// Called by our handler for a signal that isn't ours: runs the handler that ours replaced, with the
// signals blocked that it asked for, or takes the default action. Returns if that handler does, or,
// for a default action on a fault, to let the access fault again and end the process properly.
void pass_on(int signal, siginfo_t* info, void* context) noexcept;

// Whether the function with this frame address runs inside a handler that pass_on() is running on
// the calling thread.
bool is_inside_pass_on(const void* frame_address) noexcept;

}  // namespace epsilon::platform
