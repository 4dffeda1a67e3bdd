// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

// A line for the template of an inline asm statement: records the instruction at a local label as
// one that may fault on WebAssembly memory. Use: asm("1: movl (%1), %0\n" EPSILON_FAULT_ENTRY(1b)
// ...). The entry is the distance from itself, so it needs no relocation at load time. The "?" puts
// the entry into the section group of the code around it; without it templates and inline functions
// instantiated in two translation units refer to discarded code and fail to link.
#define EPSILON_FAULT_ENTRY(label)                   \
    ".pushsection epsilon_faults,\"a?\",@progbits\n" \
    ".long " #label                                  \
    " - .\n"                                         \
    ".popsection\n"

namespace epsilon::platform {

// Collects the entries of this program or library, sorted. Idempotent; false without memory.
// Not for signal handlers. Called by fault_handler's install().
bool build_fault_table() noexcept;

// Whether the instruction at this address is recorded. Async-signal-safe; false before
// build_fault_table().
bool is_fault_instruction(uintptr_t pc) noexcept;

// Number of recorded instructions, for tests and diagnostics.
size_t fault_table_size() noexcept;

}  // namespace epsilon::platform
