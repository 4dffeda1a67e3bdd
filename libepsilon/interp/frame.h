// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "interp/plain_call.h"
#include "runtime/abi.h"

// What handlers read in the header of a frame (runtime/abi.h).
namespace epsilon::interp {

EPSILON_INLINE const uint8_t* return_pc_of(const Slot* fp) {
    return reinterpret_cast<const uint8_t*>(fp[frame_return_pc]);
}
EPSILON_INLINE Slot* caller_of(const Slot* fp) {
    return reinterpret_cast<Slot*>(fp[frame_caller_fp]);
}
EPSILON_INLINE FunctionInstance* function_of(const Slot* fp) {
    return reinterpret_cast<FunctionInstance*>(fp[frame_function]);
}

}  // namespace epsilon::interp
