// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "wasm/types.h"

namespace epsilon {

// The types of a function's locals, kept as runs: declarations are compressed so in the binary,
// and a few bytes may declare very many. The first locals are also spread out, for speed.
class LocalTypes {
public:
    void clear() {
        runs_.clear();
        count_ = 0;
        spread_ = 0;
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

    std::vector<Run> runs_;
    std::array<ValueType, 256> first_;
    uint32_t count_ = 0;
    uint32_t spread_ = 0;  // entries of first_ in use
};

}  // namespace epsilon
