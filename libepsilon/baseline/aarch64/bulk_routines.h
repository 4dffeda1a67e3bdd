// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

// What machine code calls for ranges of memory that are not long: written in assembly, so that next
// to no registers need to be free for it.
namespace epsilon::baseline {

extern "C" {
__attribute__((visibility("hidden"))) void epsilon_baseline_copy_bytes();
__attribute__((visibility("hidden"))) void epsilon_baseline_fill_bytes();
}

// Of x3 bytes, from x16 to x0, which may overlap. Changes these, and v24 to v31; machine code has
// its own link in x17 meanwhile.
inline const void* copy_routine() {
    return reinterpret_cast<const void*>(&epsilon_baseline_copy_bytes);
}
// Of x3 bytes at x0, with the value in the lowest byte of x16. Changes the same.
inline const void* fill_routine() {
    return reinterpret_cast<const void*>(&epsilon_baseline_fill_bytes);
}
// They are for lengths up to this.
inline uint32_t most_routine_bytes() {
    return 2048;
}

}  // namespace epsilon::baseline
