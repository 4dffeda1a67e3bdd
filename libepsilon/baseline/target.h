// SPDX-License-Identifier: Apache-2.0
#pragma once

// The processor that is compiled for: registers, conditions, and the assembler. Its folder has
// all that knows instructions; files outside name only what each of these headers declares.
#if defined(__aarch64__)
#include "baseline/aarch64/target.h"
#else
#include "baseline/x64/target.h"
#endif
