// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace epsilon::platform {

// What this processor can do beyond the baseline of its architecture; all false where unknown.
struct CpuFeatures {
    bool sse41 = false;
    bool avx2 = false;
};

inline CpuFeatures cpu_features() noexcept {
    CpuFeatures features;
#if defined(__x86_64__) && defined(__GNUC__)
    __builtin_cpu_init();
    features.sse41 = __builtin_cpu_supports("sse4.1") != 0;
    features.avx2 = __builtin_cpu_supports("avx2") != 0;
#endif
    return features;
}

}  // namespace epsilon::platform
