// SPDX-License-Identifier: Apache-2.0
#include "door.h"
#include "growth.h"
#include "handles.h"
#include "references.h"

using namespace epsilon;
using namespace epsilon::capi;

namespace {

Result<Slot> checked_reference(const Store& store, ValueType type, uint64_t ref) {
    EPSILON_TRY_ASSIGN(const Value value, checked_value(store, type, Value{ref, 0}, "the value"));
    return value.low;
}

Result<void> check_index(const Table& table, uint64_t index) {
    if (index >= table.size) {
        return misuse("out of bounds table access: index ", index, " in a table of ", table.size,
                      " elements");
    }
    return {};
}

}  // namespace

epsilon_error_t* epsilon_table_new(epsilon_runtime_t* runtime, epsilon_valtype_t element,
                                   uint64_t minimum, bool has_maximum, uint64_t maximum,
                                   uint64_t init, epsilon_table_t** out) {
    return guarded_new(out, [&]() -> Result<std::unique_ptr<epsilon_table>> {
        EPSILON_REQUIRE(runtime, "runtime");
        const std::optional<ValueType> element_type = value_type(element);
        if (!element_type || !element_type->is_reference()) {
            return misuse("the element type of a table must be a reference type");
        }
        if (minimum > UINT32_MAX || (has_maximum && maximum > UINT32_MAX)) {
            return misuse("table size is ", minimum > UINT32_MAX ? minimum : maximum,
                          " elements, which is more than ", UINT32_MAX);
        }
        TableType type;
        type.element = *element_type;
        type.limits.min = minimum;
        if (has_maximum) {
            type.limits.max = maximum;
        }
        EPSILON_ENTER(entered, runtime->store);
        EPSILON_TRY_ASSIGN(Table * table, entered.store().new_table(type, init));
        return handle_of<epsilon_table>(Held::adopt(*table));
    });
}

void epsilon_table_delete(epsilon_table_t* table) {
    delete table;
}

uint64_t epsilon_table_id(const epsilon_table_t* table) {
    return table == nullptr ? 0 : reinterpret_cast<uintptr_t>(&table->table());
}

epsilon_valtype_t epsilon_table_element(const epsilon_table_t* table) {
    return table == nullptr ? 0 : to_c(table->table().type().element);
}

uint64_t epsilon_table_size(const epsilon_table_t* table) {
    return table == nullptr ? 0 : table->table().size_now();
}

bool epsilon_table_maximum(const epsilon_table_t* table, uint64_t* maximum) {
    const std::optional<uint64_t> found =
        table == nullptr ? std::nullopt : table->table().type().limits.max;
    set(maximum, found.value_or(0));
    return found.has_value();
}

epsilon_error_t* epsilon_table_get(const epsilon_table_t* table, uint64_t index, uint64_t* ref) {
    set(ref, 0u);
    return guarded([&]() -> Result<void> {
        EPSILON_REQUIRE(table, "table");
        EPSILON_REQUIRE(ref, "ref");
        EPSILON_ENTER(entered, table->held.store());
        EPSILON_TRY(check_index(table->table(), index));
        *ref = table->table().elements[index];
        return {};
    });
}

epsilon_error_t* epsilon_table_set(epsilon_table_t* table, uint64_t index, uint64_t ref) {
    return guarded([&]() -> Result<void> {
        EPSILON_REQUIRE(table, "table");
        EPSILON_ENTER(entered, table->held.store());
        Table& object = table->table();
        EPSILON_TRY(check_index(object, index));
        EPSILON_TRY_ASSIGN(object.elements[index],
                           checked_reference(entered.store(), object.type().element, ref));
        return {};
    });
}

epsilon_error_t* epsilon_table_grow(epsilon_table_t* table, uint64_t delta, uint64_t init,
                                    uint64_t* previous) {
    set(previous, 0u);
    return guarded([&]() -> Result<void> {
        EPSILON_REQUIRE(table, "table");
        EPSILON_ENTER(entered, table->held.store());
        Table& object = table->table();
        EPSILON_TRY_ASSIGN(const Slot value,
                           checked_reference(entered.store(), object.type().element, init));
        const uint64_t before = object.size;
        const std::optional<uint64_t> old = object.grow(delta, value);
        if (!old) {
            return growth_refused(entered.store(), "table", "elements", before, delta,
                                  object.max_elements(), sizeof(Slot));
        }
        set(previous, *old);
        return {};
    });
}
