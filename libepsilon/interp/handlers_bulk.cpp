// SPDX-License-Identifier: Apache-2.0
#include "interp/bulk.h"
#include "interp/handler_table.h"
#include "interp/operands.h"
#include "interp/stops.h"

// Memory and table instructions that work on sizes and ranges. bulk.h has the format of their
// cells.
namespace epsilon::interp {

namespace {

EPSILON_INLINE uint32_t index_field(const uint8_t* pc, int field) {
    return read_field<uint32_t>(pc, field);
}
EPSILON_INLINE uint32_t operand(const uint8_t* pc, int field, Slot* fp) {
    return uint32_t(slot_at(pc, field, fp));
}

// Behind a long operation memory 0 may be elsewhere: the host may have grown it during a pause.
#define EPSILON_BULK(operation)                                      \
    do {                                                             \
        if (!interp::operation(*ctx, pc, fp)) {                      \
            EPSILON_LEAVE;                                           \
        }                                                            \
        mem = ctx->view.memory0 ? ctx->view.memory0->base : nullptr; \
        EPSILON_GO(pc + bulk_size);                                  \
    } while (false)

// Growth that a stop has ended is no refusal that the program should see.
#define EPSILON_GROW(operation)                                      \
    do {                                                             \
        const uint32_t old_size = interp::operation(*ctx, pc, fp);   \
        if (old_size == UINT32_MAX && ctx->must_end()) {             \
            EPSILON_JUMP(stop);                                      \
        }                                                            \
        acc = old_size;                                              \
        slot_at(pc, field_d, fp) = acc;                              \
        mem = ctx->view.memory0 ? ctx->view.memory0->base : nullptr; \
        EPSILON_GO(pc + bulk_size);                                  \
    } while (false)

EPSILON_NEXT_CELL memory_size(EPSILON_PARAMS) {
    const MemoryView& memory = *ctx->view.memories[index_field(pc, field_index)];
    acc = memory.bytes / MemoryType::default_page_size;
    slot_at(pc, field_d, fp) = acc;
    EPSILON_GO(pc + bulk_size);
}

EPSILON_NEXT_CELL memory_grow(EPSILON_PARAMS) {
    EPSILON_GROW(memory_grow);
}

EPSILON_NEXT_CELL memory_init(EPSILON_PARAMS) {
    EPSILON_BULK(memory_init);
}

EPSILON_NEXT_CELL memory_copy(EPSILON_PARAMS) {
    EPSILON_BULK(memory_copy);
}

EPSILON_NEXT_CELL memory_fill(EPSILON_PARAMS) {
    EPSILON_BULK(memory_fill);
}

EPSILON_NEXT_CELL data_drop(EPSILON_PARAMS) {
    drop_data_segment(*ctx, index_field(pc, field_index));
    EPSILON_GO(pc + bulk_size);
}

EPSILON_NEXT_CELL table_get(EPSILON_PARAMS) {
    const TableView& table = *ctx->view.tables[index_field(pc, field_index)];
    const uint32_t index = operand(pc, field_a, fp);
    if (index >= table.size) {
        EPSILON_TRAP(out_of_bounds_table_access);
    }
    acc = table.elements[index];
    slot_at(pc, field_d, fp) = acc;
    EPSILON_GO(pc + bulk_size);
}

EPSILON_NEXT_CELL table_set(EPSILON_PARAMS) {
    const TableView& table = *ctx->view.tables[index_field(pc, field_index)];
    const uint32_t index = operand(pc, field_d, fp);
    if (index >= table.size) {
        EPSILON_TRAP(out_of_bounds_table_access);
    }
    table.elements[index] = slot_at(pc, field_a, fp);
    EPSILON_GO(pc + bulk_size);
}

EPSILON_NEXT_CELL table_size(EPSILON_PARAMS) {
    acc = ctx->view.tables[index_field(pc, field_index)]->size;
    slot_at(pc, field_d, fp) = acc;
    EPSILON_GO(pc + bulk_size);
}

EPSILON_NEXT_CELL table_grow(EPSILON_PARAMS) {
    EPSILON_GROW(table_grow);
}

EPSILON_NEXT_CELL table_fill(EPSILON_PARAMS) {
    EPSILON_BULK(table_fill);
}

EPSILON_NEXT_CELL table_init(EPSILON_PARAMS) {
    EPSILON_BULK(table_init);
}

EPSILON_NEXT_CELL table_copy(EPSILON_PARAMS) {
    EPSILON_BULK(table_copy);
}

EPSILON_NEXT_CELL elem_drop(EPSILON_PARAMS) {
    drop_element_segment(*ctx, index_field(pc, field_index));
    EPSILON_GO(pc + bulk_size);
}

EPSILON_NEXT_CELL ref_func(EPSILON_PARAMS) {
    acc = Slot(ctx->view.functions[index_field(pc, field_index)]);
    slot_at(pc, field_d, fp) = acc;
    EPSILON_GO(pc + bulk_size);
}

#define EPSILON_BULK_CELLS(row)                                                          \
    row(memory_size) row(memory_grow) row(memory_init) row(memory_copy) row(memory_fill) \
        row(data_drop) row(table_get) row(table_set) row(table_size) row(table_grow)     \
            row(table_fill) row(table_init) row(table_copy) row(elem_drop) row(ref_func)

#define EPSILON_BULK_FORMS(name) constexpr Handler name##_forms[] = {name};
EPSILON_BULK_CELLS(EPSILON_BULK_FORMS)

}  // namespace

void add_bulk_handlers(HandlerTable& table) {
#define EPSILON_BULK_SET(name) set_special(table, Special::name, name##_forms);
    EPSILON_BULK_CELLS(EPSILON_BULK_SET)
}

}  // namespace epsilon::interp
