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
#endif

}  // namespace epsilon::platform
