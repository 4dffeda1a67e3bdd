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

struct MachineCodeEnd {
    uint64_t acc;
    // Not 0 unless the machine code has put -1 into the register of the memory's base, for which
    // no base can be taken.
    uint64_t otherwise;
};
extern "C" __attribute__((visibility("hidden"))) MachineCodeEnd epsilon_platform_enter_machine_code(
    const void* values, uint64_t* fp, const void* entry, FaultFrame* frame);

// As enter_first(), but starts with machine code at `entry`, which finds `values` in rdi, fp in rsi
// and the frame in r9. What is in rcx and r15 tells how it has ended when it, or the last of the
// handlers that it leaves to, returns. The floating-point modes are the machine code's business,
// and so are all registers that functions keep, but for r15.
inline MachineCodeEnd enter_machine_code(const void* values, uint64_t* fp, const void* entry,
                                         FaultFrame* frame) {
    return epsilon_platform_enter_machine_code(values, fp, entry, frame);
}

// Where machine code that was entered so goes if it needs those registers: with the address in rax
// where it goes on, and everything else as it is.
extern "C" __attribute__((visibility("hidden"))) void epsilon_platform_save_for_machine_code();
#endif

}  // namespace epsilon::platform
