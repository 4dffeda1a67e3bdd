// SPDX-License-Identifier: Apache-2.0
// The vector instructions as this host runs them. simd_portable_test.cpp has the same cases with
// the form for hosts without vector instructions of their own.
#define SIMD_FORM "vectors of the host: "

#include "wasm/simd_float_cases.h"
#include "wasm/simd_int_cases.h"
#include "wasm/simd_lanes_cases.h"
