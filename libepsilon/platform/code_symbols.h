// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "platform/code_memory.h"

// Machine code as others see it: profilers, debuggers, and the unwinder of this process. Nobody is
// told anything unless asked for, and only of what is named later.
//
// All of it on any thread.
namespace epsilon::platform {

// Writes the names of code to /tmp/perf-<pid>.map, where perf and others look for them; a child
// made by fork() writes its own. False if there is something at that name that isn't a file of this
// user's alone.
bool set_perf_map(bool wanted) noexcept;

// Gives names and unwinding rules of code to gdb (and who else knows its interface for such code),
// and the rules to the unwinder of this process. gdb finds it in libraries that have their symbol
// table: not in stripped ones.
//
// Not for programs that fork while other threads throw exceptions: the unwinder has a lock, not
// taken otherwise, that may then be held in the child for ever.
void set_code_debugging(bool wanted) noexcept;

// Whether either is wanted: names cost nothing else.
bool code_names_wanted() noexcept;

// Made of bytes that the module chose: control characters are replaced, and all beyond 500 bytes is
// left out.
constexpr size_t longest_code_name = 500;

namespace detail {

struct DebugEntry;
void write_perf_map(const void* code, size_t size, std::string_view name) noexcept;
// Null if debugging isn't wanted, or without memory.
DebugEntry* add_debug_entry(const void* code, size_t size, std::string_view name) noexcept;
void remove_debug_entry(DebugEntry* entry) noexcept;

}  // namespace detail

}  // namespace epsilon::platform
