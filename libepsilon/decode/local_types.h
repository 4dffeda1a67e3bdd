// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "wasm/types.h"

namespace epsilon {

// The types of a function's locals: its parameters, and the others as runs, because declarations
// are compressed so in the binary, and a few bytes may declare very many. The first locals are also
// spread out, for speed.
class LocalTypes {
public:
    // The parameters are referred to.
    void reset(std::span<const ValueType> params) {
        params_ = params;
        runs_.clear();
        count_ = uint32_t(params.size());
        spread_ = std::min(count_, uint32_t(first_.size()));
        std::copy_n(params.begin(), spread_, first_.begin());
    }
    // At most 2^32 - 1 in all.
    void add(uint32_t count, ValueType type);

    uint32_t count() const { return count_; }
    // index < count().
    ValueType operator[](uint32_t index) const {
        // spread_ is never above the size; compilers don't know, and warn about large indices.
        return index < spread_ && index < first_.size() ? first_[index] : find(index);
    }

private:
    struct Run {
        uint32_t end;  // index behind the run's last local
        ValueType type;
    };
    ValueType find(uint32_t index) const;

    std::span<const ValueType> params_;
    std::vector<Run> runs_;
    std::array<ValueType, 256> first_;
    uint32_t count_ = 0;
    uint32_t spread_ = 0;  // entries of first_ in use
};

}  // namespace epsilon
