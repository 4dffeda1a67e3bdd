// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace epsilon::baseline {

// What the processor has beyond SSE4.1.
struct Processor {
    bool avx = false;   // with AVX2
    bool bmi2 = false;  // with BMI1
    bool lzcnt = false;
    bool popcnt = false;
};
// Of this one; what the operating system doesn't support counts as missing.
const Processor& processor();

}  // namespace epsilon::baseline
