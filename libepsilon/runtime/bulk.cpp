// SPDX-License-Identifier: Apache-2.0
// Instructions that work on whole ranges of memories and tables (specification: memory.init and
// the following). All arithmetic is in 64 bits; the whole range is checked before the first write.
#include <cstring>

#include "runtime/bulk_bounds.h"
#include "runtime/constant_expression.h"
#include "runtime/instance.h"

namespace epsilon {

Trap table_init(Instance& instance, uint32_t table_index, uint32_t segment_index,
                uint32_t destination, uint32_t source, uint32_t length) {
    const ElementSegment& segment = instance.module().elements[segment_index];
    TableView& table = *instance.table_views[table_index];
    if (!table_init_is_within(instance, table_index, segment_index, destination, source, length)) {
        return Trap::out_of_bounds_table_access;
    }
    Slot* const out = table.elements + destination;
    if (segment.expressions.empty()) {
        for (uint32_t i = 0; i < length; ++i) {
            out[i] = reinterpret_cast<uintptr_t>(instance.functions[segment.functions[source + i]]);
        }
    } else {
        for (uint32_t i = 0; i < length; ++i) {
            out[i] = evaluate(instance, segment.expressions[source + i]).low;
        }
    }
    return Trap::none;
}

Trap table_copy(Instance& instance, uint32_t destination_table, uint32_t source_table,
                uint32_t destination, uint32_t source, uint32_t length) {
    TableView& to = *instance.table_views[destination_table];
    const TableView& from = *instance.table_views[source_table];
    if (!is_within(source, length, from.size) || !is_within(destination, length, to.size)) {
        return Trap::out_of_bounds_table_access;
    }
    if (length != 0) {
        std::memmove(to.elements + destination, from.elements + source,
                     size_t(length) * sizeof(Slot));
    }
    return Trap::none;
}

Trap table_fill(TableView& table, uint32_t destination, Slot value, uint32_t length) {
    if (!is_within(destination, length, table.size)) {
        return Trap::out_of_bounds_table_access;
    }
    for (uint32_t i = 0; i < length; ++i) {
        table.elements[destination + i] = value;
    }
    return Trap::none;
}

Trap memory_init(Instance& instance, uint32_t memory_index, uint32_t segment_index,
                 uint32_t destination, uint32_t source, uint32_t length) {
    const Module& module = instance.module();
    const DataSegment& segment = module.data[segment_index];
    MemoryView& memory = *instance.memory_views[memory_index];
    if (!memory_init_is_within(instance, memory_index, segment_index, destination, source,
                               length)) {
        return Trap::out_of_bounds_memory_access;
    }
    if (length != 0) {
        std::memcpy(memory.base + destination, module.bytes->data() + segment.begin + source,
                    length);
    }
    return Trap::none;
}

Trap memory_copy(MemoryView& destination_memory, MemoryView& source_memory, uint64_t destination,
                 uint64_t source, uint64_t length) {
    if (!is_within(source, length, source_memory.bytes) ||
        !is_within(destination, length, destination_memory.bytes)) {
        return Trap::out_of_bounds_memory_access;
    }
    if (length != 0) {
        std::memmove(destination_memory.base + destination, source_memory.base + source,
                     static_cast<size_t>(length));
    }
    return Trap::none;
}

Trap memory_fill(MemoryView& memory, uint64_t destination, uint8_t value, uint64_t length) {
    if (!is_within(destination, length, memory.bytes)) {
        return Trap::out_of_bounds_memory_access;
    }
    if (length != 0) {
        std::memset(memory.base + destination, value, static_cast<size_t>(length));
    }
    return Trap::none;
}

}  // namespace epsilon
