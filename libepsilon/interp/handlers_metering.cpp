// SPDX-License-Identifier: Apache-2.0
#include "interp/charge.h"
#include "interp/execute.h"
#include "interp/handler_table.h"
#include "interp/metering.h"
#include "interp/operands.h"
#include "runtime/bulk_bounds.h"
#include "runtime/meter.h"
#include "runtime/table.h"

// Cells of metered code that only charge.
namespace epsilon::interp {

__attribute__((noinline)) EPSILON_NEXT_CELL fuel_is_short(EPSILON_PARAMS) {
    pc = out_of_fuel(*ctx, local0, pc, fp);
    if (!pc) {
        EPSILON_LEAVE;
    }
    EPSILON_GO(pc);
}

namespace {

constexpr uint64_t bytes_per_fuel = 64;
constexpr uint64_t elements_per_fuel = 8;

EPSILON_NEXT_CELL leave_without_fuel(EPSILON_PARAMS) {
    ctx->outcome = Outcome::out_of_fuel;
    ctx->exit_pc = pc;
    ctx->exit_fp = fp;
    EPSILON_LEAVE;
}

EPSILON_NEXT_CELL hot_charge(EPSILON_PARAMS) {
    EPSILON_GO_CHARGED(pc + cell_size, read_field<uint32_t>(pc, field_price));
}

EPSILON_INLINE uint32_t index_field(const uint8_t* pc, int field) {
    return read_field<uint32_t>(pc, field);
}
EPSILON_INLINE uint32_t operand(const uint8_t* pc, int field, Slot* fp) {
    return uint32_t(slot_at(pc, field, fp));
}

// What the instruction in the next cell will touch, in units of fuel: nothing if it is going to
// trap. By the instruction's operands, in their order: destination, source or value, length.
struct Range {
    uint32_t destination;
    uint32_t source;
    uint32_t length;
};

uint64_t memory_init_charge(const Context& ctx, const uint8_t* pc, const Range& range) {
    return memory_init_is_within(*ctx.view.instance, index_field(pc, field_index),
                                 index_field(pc, field_index2), range.destination, range.source,
                                 range.length)
               ? range.length / bytes_per_fuel
               : 0;
}

uint64_t memory_copy_charge(const Context& ctx, const uint8_t* pc, const Range& range) {
    const MemoryView& to = *ctx.view.memories[index_field(pc, field_index)];
    const MemoryView& from = *ctx.view.memories[index_field(pc, field_index2)];
    return is_within(range.source, range.length, from.bytes) &&
                   is_within(range.destination, range.length, to.bytes)
               ? range.length / bytes_per_fuel
               : 0;
}

uint64_t memory_fill_charge(const Context& ctx, const uint8_t* pc, const Range& range) {
    const MemoryView& memory = *ctx.view.memories[index_field(pc, field_index)];
    return is_within(range.destination, range.length, memory.bytes) ? range.length / bytes_per_fuel
                                                                    : 0;
}

uint64_t table_init_charge(const Context& ctx, const uint8_t* pc, const Range& range) {
    return table_init_is_within(*ctx.view.instance, index_field(pc, field_index),
                                index_field(pc, field_index2), range.destination, range.source,
                                range.length)
               ? range.length / elements_per_fuel
               : 0;
}

uint64_t table_copy_charge(const Context& ctx, const uint8_t* pc, const Range& range) {
    const TableView& to = *ctx.view.tables[index_field(pc, field_index)];
    const TableView& from = *ctx.view.tables[index_field(pc, field_index2)];
    return is_within(range.source, range.length, from.size) &&
                   is_within(range.destination, range.length, to.size)
               ? range.length / elements_per_fuel
               : 0;
}

uint64_t table_fill_charge(const Context& ctx, const uint8_t* pc, const Range& range) {
    const TableView& table = *ctx.view.tables[index_field(pc, field_index)];
    return is_within(range.destination, range.length, table.size) ? range.length / elements_per_fuel
                                                                  : 0;
}

// A cell of its own, so that an instruction that is interrupted and goes on is charged for once.
template <uint64_t (*charge)(const Context&, const uint8_t*, const Range&)>
EPSILON_NEXT_CELL charge_size(EPSILON_PARAMS) {
    const Range range = {operand(pc, field_d, fp), operand(pc, field_a, fp),
                         operand(pc, field_bulk_b, fp)};
    if (!ctx->meter->take_for_size(charge(*ctx, pc, range))) {
        EPSILON_JUMP(leave_without_fuel);
    }
    EPSILON_GO(pc + bulk_size);
}

EPSILON_INLINE uint64_t growth_charge(const uint8_t* pc, Slot* fp) {
    return operand(pc, field_bulk_b, fp) / elements_per_fuel;
}

// Only growth that succeeds is charged for, which is known afterwards.
EPSILON_NEXT_CELL cover_table_grow(EPSILON_PARAMS) {
    const auto& table = static_cast<Table&>(*ctx->view.tables[index_field(pc, field_index)]);
    if (!ctx->meter->covers(growth_charge(pc, fp)) &&
        table.may_grow(operand(pc, field_bulk_b, fp))) {
        EPSILON_JUMP(leave_without_fuel);
    }
    EPSILON_GO(pc + bulk_size);
}

EPSILON_NEXT_CELL charge_table_grow(EPSILON_PARAMS) {
    if (operand(pc, field_d, fp) != UINT32_MAX) {
        ctx->meter->take_for_size(growth_charge(pc, fp));
    }
    EPSILON_GO(pc + bulk_size);
}

constexpr Handler charge_forms[] = {hot_charge};
constexpr Handler fuel_end_forms[] = {leave_without_fuel};
constexpr Handler cover_table_grow_forms[] = {cover_table_grow};
constexpr Handler charge_table_grow_forms[] = {charge_table_grow};

#define EPSILON_CHARGED_CELLS(row)                                                     \
    row(memory_init) row(memory_copy) row(memory_fill) row(table_init) row(table_copy) \
        row(table_fill)

#define EPSILON_CHARGED_FORMS(name) \
    constexpr Handler charge_##name##_forms[] = {charge_size<name##_charge>};
EPSILON_CHARGED_CELLS(EPSILON_CHARGED_FORMS)

}  // namespace

void add_metering_handlers(HandlerTable& table) {
    set_special(table, Special::charge, charge_forms);
    set_special(table, Special::fuel_end, fuel_end_forms);
    set_special(table, Special::cover_table_grow, cover_table_grow_forms);
    set_special(table, Special::charge_table_grow, charge_table_grow_forms);
#define EPSILON_CHARGED_SET(name) set_special(table, Special::charge_##name, charge_##name##_forms);
    EPSILON_CHARGED_CELLS(EPSILON_CHARGED_SET)
}

}  // namespace epsilon::interp
