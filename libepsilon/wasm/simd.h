// SPDX-License-Identifier: Apache-2.0
#pragma once

// What every vector instruction means (specification, sections 4.3 and 4.4.3): one function per
// instruction, named as its text with '.' written '_'. All tiers take the meaning from here.
//
// - A v128 is V128, an extracted or inserted lane and the count of a shift are the scalar types of
//   wasm/numeric.h; tests and masks give uint32_t. Extracting, replacing and shuffling take their
//   immediates last of the vectors:  i8x16_extract_lane_s(a, lane), f32x4_replace_lane(a, lane, x),
//   i8x16_shuffle(a, b, lanes as a vector).
// - Loads have the part that isn't memory: the loaded bits in, the vector out. v128.loadN_lane and
//   storeN_lane are replace_lane and extract_lane.
// - Lanes of floating-point numbers follow wasm/numeric.h; the NaN of min and max may differ from
//   the scalar one within what the specification allows.
// - With SSE4.1 its instructions are used, elsewhere the compiler's generic vectors; both give the
//   same results up to NaNs (EPSILON_PORTABLE_SIMD=1 chooses the latter everywhere).

#include "wasm/simd_compare.h"  // IWYU pragma: export
#include "wasm/simd_convert.h"  // IWYU pragma: export
#include "wasm/simd_float.h"    // IWYU pragma: export
#include "wasm/simd_int.h"      // IWYU pragma: export
#include "wasm/simd_lanes.h"    // IWYU pragma: export
#include "wasm/simd_shift.h"    // IWYU pragma: export
#include "wasm/simd_types.h"    // IWYU pragma: export
#include "wasm/simd_widen.h"    // IWYU pragma: export
