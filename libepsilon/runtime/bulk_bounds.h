// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "runtime/instance.h"

// What instructions on ranges of memories and tables may touch: outside it they trap before they
// write anything.
namespace epsilon {

inline bool is_within(uint64_t offset, uint64_t length, uint64_t size) {
    return length <= size && offset <= size - length;
}

inline bool table_init_is_within(const Instance& instance, uint32_t table, uint32_t segment,
                                 uint64_t destination, uint64_t source, uint64_t length) {
    const uint64_t available =
        instance.dropped_elements[segment] ? 0 : instance.module().elements[segment].size();
    return is_within(source, length, available) &&
           is_within(destination, length, instance.table_views[table]->size);
}

inline bool memory_init_is_within(const Instance& instance, uint32_t memory, uint32_t segment,
                                  uint64_t destination, uint64_t source, uint64_t length) {
    const uint64_t available =
        instance.dropped_data[segment] ? 0 : instance.module().data[segment].size;
    return is_within(source, length, available) &&
           is_within(destination, length, instance.memory_views[memory]->bytes);
}

}  // namespace epsilon
