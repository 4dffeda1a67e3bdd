// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <csignal>
#include <cstddef>

namespace epsilon::platform {

using SignalHandler = void (*)(int signal, siginfo_t* info, void* context);

// The part of the fault handler that lives with other people's handlers: it puts ours in front,
// remembers what was there, and passes on what isn't ours. Knows SIGSEGV and SIGBUS.

// Our handler has many entry points, all doing the same. Entry n is installed when n handlers have
// been replaced, and passes on to those only. Somebody who replaced entry n and later puts it back
// (a crash reporter switched off) so undoes what came after.
constexpr size_t max_replaced_handlers = 16;
using HandlerEntries = std::array<SignalHandler, max_replaced_handlers + 1>;

// Makes one of our entries the handler of the signal unless one is already. What it replaces
// becomes the first to be passed to, before what ours replaced earlier. Calls are serialised by the
// caller; signals may come meanwhile. False if the system refuses.
bool put_in_front(int signal, const HandlerEntries& entries) noexcept;

// Called by entry n for a signal that isn't ours: runs the handler that it replaced, with the
// signals blocked that it asked for, or takes the default action. Returns if that handler does, or,
// for a default action on a fault, to let the access fault again and end the process properly.
void pass_on(size_t n, int signal, siginfo_t* info, void* context) noexcept;

// Whether the function with this frame address runs inside a handler that pass_on() is running on
// the calling thread.
bool is_inside_pass_on(const void* frame_address) noexcept;

}  // namespace epsilon::platform
