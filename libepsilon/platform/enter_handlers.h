// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "platform/fault_handler.h"

namespace epsilon::platform {

#if EPSILON_FAULT_HANDLER
extern "C" __attribute__((visibility("hidden"))) void epsilon_platform_enter_first(
    const uint8_t* pc, uint64_t* fp, uint8_t* mem, FaultFrame* frame);

// As enter_handlers(), where no handlers of this frame run yet: starts with the handler of the cell
// at pc, and leaves entry_sp as it is then. acc and local0 are not set.
inline void enter_first(const uint8_t* pc, uint64_t* fp, uint8_t* mem, FaultFrame* frame) {
    epsilon_platform_enter_first(pc, fp, mem, frame);
}

extern "C" __attribute__((visibility("hidden"))) uint64_t epsilon_platform_enter_machine_code(
    const void* values, uint64_t* fp, const void* entry, FaultFrame* frame);

// As enter_first(), but starts with machine code at `entry`, which finds `values` in rdi, fp in rsi
// and the frame in r9. Gives what is in rcx when that, or the last of its handlers, returns.
// Looking at the floating-point modes is the machine code's business: eight bytes above the return
// address are for that.
inline uint64_t enter_machine_code(const void* values, uint64_t* fp, const void* entry,
                                   FaultFrame* frame) {
    return epsilon_platform_enter_machine_code(values, fp, entry, frame);
}
#endif

}  // namespace epsilon::platform
