// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace epsilon::platform::detail {

// Whether a MemoryFailureGuard (virtual_memory.h) wants the memory call that is about to be made to
// fail. Counts the call.
bool memory_failure_is_due() noexcept;

}  // namespace epsilon::platform::detail
