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
};

// Asks the processor itself: __builtin_cpu_supports() is answered by the compiler's runtime
// library, and there are some that always say no.
inline CpuFeatures cpu_features() noexcept {
    CpuFeatures features;
#if defined(__x86_64__)
    unsigned a = 0, b = 0, c = 0, d = 0;
    if (__get_cpuid(1, &a, &b, &c, &d) == 0) return features;
    features.sse41 = (c & bit_SSE4_1) != 0;
    if ((c & bit_OSXSAVE) == 0 || (c & bit_AVX) == 0) return features;
    uint32_t saved = 0, high = 0;
    asm("xgetbv" : "=a"(saved), "=d"(high) : "c"(0));
    constexpr uint32_t vector_state = 6;  // the system keeps the registers' lower and upper halves
    if ((saved & vector_state) != vector_state) return features;
    features.avx2 = __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (b & bit_AVX2) != 0;
#endif
    return features;
}

}  // namespace epsilon::platform
