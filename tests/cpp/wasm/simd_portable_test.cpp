// SPDX-License-Identifier: Apache-2.0
// The vector instructions in the form for hosts without vector instructions of their own. The
// functions have the names of those in simd_host_test.cpp and other bodies, so they need a
// namespace of their own in this program; headers in which the word means something else come
// before.
#include <cmath>
#include <limits>
#include <random>

#include "catch.hpp"

#define EPSILON_PORTABLE_SIMD 1
#define epsilon epsilon_portable
#define SIMD_FORM "portable vectors: "

#include "wasm/simd_float_cases.h"
#include "wasm/simd_int_cases.h"
#include "wasm/simd_lanes_cases.h"
