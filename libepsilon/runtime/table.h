// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "runtime/abi.h"
#include "runtime/object.h"

namespace epsilon {

// A table (specification: Table Instances). Elements are references as slots hold them.
class Table : public Object, public TableView {
public:
    // Through Store::new_table, which asks the limits and then calls allocate().
    Table(Store& store, const TableType& type, uint64_t max_elements);
    ~Table() override;

    const TableType& type() const { return type_; }
    TableType current_type() const;  // minimum = current size (for linking)
    uint64_t max_elements() const { return max_elements_; }
    // `size`, for threads that are not inside the store: at some moment of the call.
    uint64_t size_now() const { return __atomic_load_n(&size, __ATOMIC_RELAXED); }

    // Whether the limits allow it.
    bool may_grow(uint64_t delta) const;
    // The old size, or nullopt when the limits or the system refuse; nothing has changed then. It
    // is refused too when the program that runs in this context, if one is given, is told to end
    // meanwhile.
    std::optional<uint64_t> grow(uint64_t delta, Slot init, const Context* running = nullptr);

protected:
    void mark_children(Marker&) override;

private:
    friend class Store;
    // Makes the minimum size's elements; false when the system refuses. Called once.
    bool allocate(Slot init);

    TableType type_;
    uint64_t max_elements_;
    uint64_t capacity_ = 0;
    // What of max_total_memory_bytes this table holds.
    uint64_t accounted_ = 0;
};

}  // namespace epsilon
