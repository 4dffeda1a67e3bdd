// SPDX-License-Identifier: Apache-2.0
#include "runtime/table.h"

#include <algorithm>
#include <cstdlib>

#include "runtime/store.h"

namespace epsilon {

Table::Table(Store& store, const TableType& type, uint64_t max_elements)
    : Object(store, ObjectKind::table), type_(type), max_elements_(max_elements) {}

Table::~Table() {
    std::free(elements);
}

TableType Table::current_type() const {
    TableType type = type_;
    type.limits.min = size;
    return type;
}

bool Table::allocate(Slot init) {
    const uint64_t count = type_.limits.min;
    if (count == 0) {
        return true;
    }
    if (count > SIZE_MAX / sizeof(Slot)) {
        return false;
    }
    // Zeroed by the system: a large table that nobody fills costs no memory.
    elements = static_cast<Slot*>(std::calloc(static_cast<size_t>(count), sizeof(Slot)));
    if (elements == nullptr) {
        return false;
    }
    if (init != 0) {
        std::fill_n(elements, count, init);
    }
    capacity_ = size = count;
    return true;
}

std::optional<uint64_t> Table::grow(uint64_t delta, Slot init) {
    const uint64_t old_size = size;
    if (!may_grow(delta)) {
        return std::nullopt;
    }
    const uint64_t new_size = old_size + delta;
    if (new_size > capacity_) {
        // Room for more, so that repeated small steps don't copy each time.
        const uint64_t wished = std::min(max_elements_, new_size + new_size / 2);
        void* moved = nullptr;
        for (const uint64_t capacity : {wished, new_size}) {
            if (moved == nullptr && capacity <= SIZE_MAX / sizeof(Slot)) {
                moved = std::realloc(elements, static_cast<size_t>(capacity) * sizeof(Slot));
                capacity_ = moved != nullptr ? capacity : capacity_;
            }
        }
        if (moved == nullptr) {
            return std::nullopt;
        }
        elements = static_cast<Slot*>(moved);
    }
    if (delta != 0) {
        std::fill_n(elements + old_size, delta, init);
    }
    size = new_size;
    return old_size;
}

void Table::mark_children(Marker& marker) {
    marker.mark_references(type_.element, elements, static_cast<size_t>(size));
}

}  // namespace epsilon
