// SPDX-License-Identifier: Apache-2.0
#pragma once

// What every scalar numeric instruction means (specification, section 4.3 "Numerics"): one function
// per instruction, named as its text with '.' written '_'. All tiers take the meaning from here.
//
// - i32 is uint32_t, i64 is uint64_t, f32 is float, f64 is double. Integers are always unsigned;
//   an instruction that reads them as signed does so inside. Tests and comparisons return 0 or 1.
// - An instruction that can trap has the form  Trap op(operands..., result type* result) : it
//   writes *result and returns Trap::none, or leaves *result alone and returns the trap.
// - Nothing here is undefined behaviour for any operands. A NaN result is the one that the
//   specification allows and the host's instruction gives; abs, neg, copysign and reinterpret are
//   operations on bits that keep NaNs as they are.
// - The host's rounding mode must be round-to-nearest-even, as every ABI says it is at a call. Code
//   that joins several of these functions must be compiled with -ffp-contract=off, or a product
//   and a sum could become one rounding.

#include "wasm/numeric_convert.h"  // IWYU pragma: export
#include "wasm/numeric_float.h"    // IWYU pragma: export
#include "wasm/numeric_int.h"      // IWYU pragma: export
