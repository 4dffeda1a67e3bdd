// SPDX-License-Identifier: Apache-2.0
#include "baseline/x64/processor.h"
#include "platform/cpu.h"

namespace epsilon::baseline {

const Processor& processor() {
    static const Processor found = [] {
        const platform::CpuFeatures features = platform::cpu_features();
        return Processor{features.avx2, features.bmi2, features.lzcnt, features.popcnt};
    }();
    return found;
}

}  // namespace epsilon::baseline
