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
    uint64_t otherwise;
};

// As enter_first(), but calls machine code at `entry`, which is a function with these arguments: it
// keeps the registers that functions keep, sees to the floating-point modes, and sets entry_sp.
// `otherwise` is 0 if it has come to its own end, and acc what it gives; not 0 if a handler that it
// has left to has returned.
inline MachineCodeEnd enter_machine_code(const void* values, uint64_t* fp, const void* entry,
                                         FaultFrame* frame) {
    using Entry = MachineCodeEnd (*)(const void*, uint64_t*, FaultFrame*);
    return reinterpret_cast<Entry>(const_cast<void*>(entry))(values, fp, frame);
}

// For what needs no frame: gives its result.
inline uint64_t call_simple_code(const void* values, uint64_t* fp, const void* entry) {
    using Entry = uint64_t (*)(const void*, uint64_t*);
    return reinterpret_cast<Entry>(const_cast<void*>(entry))(values, fp);
}

// Where it returns to that has kept r15 on the stack and put this address above it, when a handler
// returns.
extern "C" __attribute__((visibility("hidden"))) const char epsilon_platform_left_machine_code[];
// Where it goes, with its arguments and an address in rax, if it uses more of those registers: goes
// on there with the frame in r9. When that returns rcx is acc, and the register of the memory's
// base says how it has ended: -1, which no base is, by itself.
extern "C" __attribute__((visibility("hidden"))) void epsilon_platform_save_for_machine_code();
#endif

}  // namespace epsilon::platform
