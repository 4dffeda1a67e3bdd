// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "baseline/x64/processor.h"

// What machine code calls for ranges of memory that are not long: written in assembly, so that next
// to no registers need to be free for it.
namespace epsilon::baseline {

extern "C" {
__attribute__((visibility("hidden"))) void epsilon_baseline_copy_bytes();
__attribute__((visibility("hidden"))) void epsilon_baseline_fill_bytes();
}

// Of rcx bytes, from rdx to rax, which may overlap. Changes these, and xmm12 to xmm15.
inline const void* copy_routine() {
    return reinterpret_cast<const void*>(&epsilon_baseline_copy_bytes);
}
// Of rcx bytes at rax, with the value in dl. Changes the same.
inline const void* fill_routine() {
    return reinterpret_cast<const void*>(&epsilon_baseline_fill_bytes);
}
// They are for lengths up to this.
inline uint32_t most_routine_bytes() {
    return processor().avx ? 2048 : 64;
}

}  // namespace epsilon::baseline
