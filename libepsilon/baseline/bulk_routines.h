// SPDX-License-Identifier: Apache-2.0
#pragma once

// What machine code calls for ranges of memory that are not long, of up to most_routine_bytes():
// written in assembly, so that next to no registers need to be free for it. target.h says in which
// the operands are; these are changed, and some registers of vectors.
namespace epsilon::baseline {

extern "C" {
__attribute__((visibility("hidden"))) void epsilon_baseline_copy_bytes();
__attribute__((visibility("hidden"))) void epsilon_baseline_fill_bytes();
}

// From routine_operand to routine_place, which may overlap.
inline const void* copy_routine() {
    return reinterpret_cast<const void*>(&epsilon_baseline_copy_bytes);
}
// With the value in the lowest byte of routine_operand.
inline const void* fill_routine() {
    return reinterpret_cast<const void*>(&epsilon_baseline_fill_bytes);
}

}  // namespace epsilon::baseline
