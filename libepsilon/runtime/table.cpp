// SPDX-License-Identifier: Apache-2.0
#include "runtime/table.h"

#include <algorithm>
#include <cstdlib>

#include "runtime/bulk.h"
#include "runtime/store.h"

namespace epsilon {

Table::Table(Store& store, const TableType& type, uint64_t max_elements)
    : Object(store, ObjectKind::table), type_(type), max_elements_(max_elements) {}

Table::~Table() {
    std::free(elements);
    store().release_memory_bytes(accounted_);
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

bool Table::may_grow(uint64_t delta) const {
    return delta <= max_elements_ - size && store().may_reserve_memory_bytes(delta * sizeof(Slot));
}

std::optional<uint64_t> Table::grow(uint64_t delta, Slot init, const Context* running) {
    const uint64_t old_size = size;
    if (!may_grow(delta)) {
        return std::nullopt;
    }
    const uint64_t new_size = old_size + delta;
    const uint64_t added = delta * sizeof(Slot);
    if (!store().reserve_memory_bytes(added)) {
        return std::nullopt;
    }
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
            store().release_memory_bytes(added);
            return std::nullopt;
        }
        elements = static_cast<Slot*>(moved);
    }
    EndCheck end(running);
    in_pieces(delta, bulk_piece_elements, &end, [&](uint64_t done, uint64_t count) {
        std::fill_n(elements + old_size + done, count, init);
    });
    if (end.came()) {
        store().release_memory_bytes(added);
        return std::nullopt;
    }
    accounted_ += added;
    __atomic_store_n(&size, new_size, __ATOMIC_RELAXED);
    return old_size;
}

void Table::mark_children(Marker& marker) {
    marker.mark_references(type_.element, elements, static_cast<size_t>(size));
}

}  // namespace epsilon
