// SPDX-License-Identifier: Apache-2.0
#include "decode/local_types.h"

#include <algorithm>

namespace epsilon {

void LocalTypes::add(uint32_t count, ValueType type) {
    if (count == 0) {
        return;
    }
    count_ += count;
    const uint32_t spread = std::min(count_, uint32_t(first_.size()));
    while (spread_ < spread) {
        first_[spread_++] = type;
    }
    if (!runs_.empty() && runs_.back().type == type) {
        runs_.back().end = count_;
    } else {
        runs_.push_back({count_, type});
    }
}

ValueType LocalTypes::find(uint32_t index) const {
    if (index < params_.size()) {
        return params_[index];
    }
    return std::upper_bound(runs_.begin(), runs_.end(), index,
                            [](uint32_t i, const Run& run) { return i < run.end; })
        ->type;
}

}  // namespace epsilon
