// SPDX-License-Identifier: Apache-2.0
#pragma once

#if defined(__x86_64__)
#include <cpuid.h>

#include <cstdint>
#endif

namespace epsilon::platform {

// What this processor can do beyond the baseline of its architecture; all false where unknown.
struct CpuFeatures {
    bool sse41 = false;
    bool avx2 = false;
    bool bmi2 = false;  // with BMI1
    bool lzcnt = false;
    bool popcnt = false;
};

// Asks the processor itself: __builtin_cpu_supports() is answered by the compiler's runtime
// library, and there are some that always say no.
inline CpuFeatures cpu_features() noexcept {
    CpuFeatures features;
#if defined(__x86_64__)
    unsigned a = 0, b = 0, c = 0, d = 0;
    if (__get_cpuid(1, &a, &b, &c, &d) == 0) return features;
    features.sse41 = (c & bit_SSE4_1) != 0;
    features.popcnt = (c & bit_POPCNT) != 0;
    const unsigned basic = c;
    constexpr unsigned bmi = bit_BMI | bit_BMI2;
    const bool extended = __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0;
    features.bmi2 = extended && (b & bmi) == bmi;
    const bool avx2 = extended && (b & bit_AVX2) != 0;
    features.lzcnt = __get_cpuid(0x80000001, &a, &b, &c, &d) != 0 && (c & bit_LZCNT) != 0;
    if ((basic & bit_OSXSAVE) == 0 || (basic & bit_AVX) == 0) return features;
    uint32_t saved = 0, high = 0;
    asm("xgetbv" : "=a"(saved), "=d"(high) : "c"(0));
    constexpr uint32_t vector_state = 6;  // the system keeps the registers' lower and upper halves
    features.avx2 = avx2 && (saved & vector_state) == vector_state;
#endif
    return features;
}

}  // namespace epsilon::platform
