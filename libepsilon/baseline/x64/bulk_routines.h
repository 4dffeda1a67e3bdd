// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

// What machine code calls for ranges of memory that are not long, but of any length: written in
// assembly, so that next to no registers need to be free for it.
namespace epsilon::baseline {

// Of rcx bytes, from rdx to rax, which may overlap. They may change these registers and xmm12 to
// xmm15.
extern "C" __attribute__((visibility("hidden"))) void epsilon_baseline_copy_bytes();
// Of rcx bytes at rax, with the value in dl. May change the same.
extern "C" __attribute__((visibility("hidden"))) void epsilon_baseline_fill_bytes();

// Lengths that the routines are for, with and without AVX.
constexpr uint32_t most_routine_bytes_avx = 2048;
constexpr uint32_t most_routine_bytes = 64;

}  // namespace epsilon::baseline
