// SPDX-License-Identifier: Apache-2.0
// All arithmetic is in 64 bits. Bases and elements are read again for each piece.
#include "runtime/bulk.h"

#include <cstring>

#include "runtime/bulk_bounds.h"
#include "runtime/constant_expression.h"

namespace epsilon {

namespace {

// An element of a segment is an expression to evaluate.
constexpr uint64_t table_init_piece = 8192;

// Calls move(offset, count) for the pieces of a copy, from the end that an overlap demands.
template <class Move>
void copy_in_pieces(bool from_the_end, uint64_t length, uint64_t piece, Checkpoint* checkpoint,
                    Move move) {
    in_pieces(length, piece, checkpoint, [&](uint64_t done, uint64_t count) {
        move(from_the_end ? length - done - count : done, static_cast<size_t>(count));
    });
}

}  // namespace

Trap table_init(Instance& instance, uint32_t table_index, uint32_t segment_index,
                uint32_t destination, uint32_t source, uint32_t length, Checkpoint* checkpoint) {
    const ElementSegment& segment = instance.module().elements[segment_index];
    TableView& table = *instance.table_views[table_index];
    if (!table_init_is_within(instance, table_index, segment_index, destination, source, length)) {
        return Trap::out_of_bounds_table_access;
    }
    in_pieces(length, table_init_piece, checkpoint, [&](uint64_t done, uint64_t count) {
        Slot* const out = table.elements + destination;
        const bool simple = segment.expressions.empty();
        for (uint64_t i = done; i < done + count; ++i) {
            out[i] =
                simple
                    ? reinterpret_cast<uintptr_t>(instance.functions[segment.functions[source + i]])
                    : evaluate(instance, segment.expressions[source + i]).low;
        }
    });
    return Trap::none;
}

Trap table_copy(Instance& instance, uint32_t destination_table, uint32_t source_table,
                uint32_t destination, uint32_t source, uint32_t length, Checkpoint* checkpoint) {
    TableView& to = *instance.table_views[destination_table];
    const TableView& from = *instance.table_views[source_table];
    if (!is_within(source, length, from.size) || !is_within(destination, length, to.size)) {
        return Trap::out_of_bounds_table_access;
    }
    copy_in_pieces(&to == &from && destination > source, length, bulk_piece_elements, checkpoint,
                   [&](uint64_t at, size_t count) {
                       std::memmove(to.elements + destination + at, from.elements + source + at,
                                    count * sizeof(Slot));
                   });
    return Trap::none;
}

Trap table_fill(TableView& table, uint32_t destination, Slot value, uint32_t length,
                Checkpoint* checkpoint) {
    if (!is_within(destination, length, table.size)) {
        return Trap::out_of_bounds_table_access;
    }
    in_pieces(length, bulk_piece_elements, checkpoint, [&](uint64_t done, uint64_t count) {
        std::fill_n(table.elements + destination + done, count, value);
    });
    return Trap::none;
}

Trap memory_init(Instance& instance, uint32_t memory_index, uint32_t segment_index,
                 uint32_t destination, uint32_t source, uint32_t length, Checkpoint* checkpoint) {
    const Module& module = instance.module();
    const DataSegment& segment = module.data[segment_index];
    MemoryView& memory = *instance.memory_views[memory_index];
    if (!memory_init_is_within(instance, memory_index, segment_index, destination, source,
                               length)) {
        return Trap::out_of_bounds_memory_access;
    }
    in_pieces(length, bulk_piece_bytes, checkpoint, [&](uint64_t done, uint64_t count) {
        std::memcpy(memory.base + destination + done,
                    module.bytes->data() + segment.begin + source + done,
                    static_cast<size_t>(count));
    });
    return Trap::none;
}

Trap memory_copy(MemoryView& destination_memory, MemoryView& source_memory, uint64_t destination,
                 uint64_t source, uint64_t length, Checkpoint* checkpoint) {
    if (!is_within(source, length, source_memory.bytes) ||
        !is_within(destination, length, destination_memory.bytes)) {
        return Trap::out_of_bounds_memory_access;
    }
    copy_in_pieces(&destination_memory == &source_memory && destination > source, length,
                   bulk_piece_bytes, checkpoint, [&](uint64_t at, size_t count) {
                       std::memmove(destination_memory.base + destination + at,
                                    source_memory.base + source + at, count);
                   });
    return Trap::none;
}

Trap memory_fill(MemoryView& memory, uint64_t destination, uint8_t value, uint64_t length,
                 Checkpoint* checkpoint) {
    if (!is_within(destination, length, memory.bytes)) {
        return Trap::out_of_bounds_memory_access;
    }
    in_pieces(length, bulk_piece_bytes, checkpoint, [&](uint64_t done, uint64_t count) {
        std::memset(memory.base + destination + done, value, static_cast<size_t>(count));
    });
    return Trap::none;
}

}  // namespace epsilon
