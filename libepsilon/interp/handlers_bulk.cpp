// SPDX-License-Identifier: Apache-2.0
#include "interp/execute.h"
#include "interp/handler_table.h"
#include "interp/operands.h"

// Memory and table instructions that work on sizes and ranges. Their cells are 24 bytes: slots d
// and a, indices of 32 bits at 8 and 12, slots b at 16 and c at 18.
namespace epsilon::interp {

namespace {

EPSILON_INLINE uint32_t index_field(const uint8_t* pc, int field) {
    return read_field<uint32_t>(pc, field);
}
EPSILON_INLINE uint32_t operand(const uint8_t* pc, int field, Slot* fp) {
    return uint32_t(slot_at(pc, field, fp));
}

#define EPSILON_FINISH_BULK(trap_expression)      \
    do {                                          \
        const Trap bulk_trap = (trap_expression); \
        if (bulk_trap != Trap::none) {            \
            ctx->trap = bulk_trap;                \
            EPSILON_JUMP(leave_with_trap);        \
        }                                         \
        EPSILON_GO(pc + bulk_size);               \
    } while (false)

EPSILON_NEXT_CELL memory_size(EPSILON_PARAMS) {
    const MemoryView& memory = *ctx->view.memories[index_field(pc, field_index)];
    acc = memory.bytes / MemoryType::default_page_size;
    slot_at(pc, field_d, fp) = acc;
    EPSILON_GO(pc + bulk_size);
}

EPSILON_NEXT_CELL memory_grow(EPSILON_PARAMS) {
    acc = interp::memory_grow(*ctx, index_field(pc, field_index), operand(pc, field_a, fp));
    slot_at(pc, field_d, fp) = acc;
    mem = ctx->view.memory0->base;
    EPSILON_GO(pc + bulk_size);
}

EPSILON_NEXT_CELL memory_init(EPSILON_PARAMS) {
    EPSILON_FINISH_BULK(epsilon::memory_init(
        *ctx->view.instance, index_field(pc, field_index), index_field(pc, field_index2),
        operand(pc, field_d, fp), operand(pc, field_a, fp), operand(pc, field_bulk_b, fp)));
}

EPSILON_NEXT_CELL memory_copy(EPSILON_PARAMS) {
    EPSILON_FINISH_BULK(epsilon::memory_copy(*ctx->view.memories[index_field(pc, field_index)],
                                             *ctx->view.memories[index_field(pc, field_index2)],
                                             operand(pc, field_d, fp), operand(pc, field_a, fp),
                                             operand(pc, field_bulk_b, fp)));
}

EPSILON_NEXT_CELL memory_fill(EPSILON_PARAMS) {
    EPSILON_FINISH_BULK(epsilon::memory_fill(
        *ctx->view.memories[index_field(pc, field_index)], operand(pc, field_d, fp),
        uint8_t(operand(pc, field_a, fp)), operand(pc, field_bulk_b, fp)));
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
    acc = interp::table_grow(*ctx, index_field(pc, field_index), slot_at(pc, field_a, fp),
                             operand(pc, field_bulk_b, fp));
    slot_at(pc, field_d, fp) = acc;
    EPSILON_GO(pc + bulk_size);
}

EPSILON_NEXT_CELL table_fill(EPSILON_PARAMS) {
    EPSILON_FINISH_BULK(epsilon::table_fill(*ctx->view.tables[index_field(pc, field_index)],
                                            operand(pc, field_d, fp), slot_at(pc, field_a, fp),
                                            operand(pc, field_bulk_b, fp)));
}

EPSILON_NEXT_CELL table_init(EPSILON_PARAMS) {
    EPSILON_FINISH_BULK(epsilon::table_init(
        *ctx->view.instance, index_field(pc, field_index), index_field(pc, field_index2),
        operand(pc, field_d, fp), operand(pc, field_a, fp), operand(pc, field_bulk_b, fp)));
}

EPSILON_NEXT_CELL table_copy(EPSILON_PARAMS) {
    EPSILON_FINISH_BULK(epsilon::table_copy(
        *ctx->view.instance, index_field(pc, field_index), index_field(pc, field_index2),
        operand(pc, field_d, fp), operand(pc, field_a, fp), operand(pc, field_bulk_b, fp)));
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
