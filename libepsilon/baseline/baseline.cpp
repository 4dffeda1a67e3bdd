// SPDX-License-Identifier: Apache-2.0
#include "baseline/baseline.h"

namespace epsilon::baseline {

interp::Compiler* compiler() {
    return nullptr;
}

}  // namespace epsilon::baseline
