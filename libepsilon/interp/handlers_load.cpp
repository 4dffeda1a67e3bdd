// SPDX-License-Identifier: Apache-2.0
#include "interp/handler_table.h"
#include "interp/memory_access.h"

// Scalar loads.
namespace epsilon::interp {

namespace {

// `sum`: the index is a plus an immediate, as i32.add gives it. An immediate index is in the
// offset.
template <class M, class T, Access access, Kind a, Kind d, bool sum = false>
EPSILON_NEXT_CELL hot_load(EPSILON_PARAMS) {
    uint32_t index = 0;
    if constexpr (a != Kind::imm) {
        index = read<uint32_t, a>(pc, field_a, fp, acc, vacc);
    }
    if constexpr (sum) {
        index += read_field<uint32_t>(pc, field_load_addend);
    }
    const uint64_t address = uint64_t(index) + read_field<uint32_t>(pc, field_offset);
    EPSILON_LOAD(loaded, M, T, access, address);
    write<d>(pc, field_d, fp, acc, vacc, loaded);
    EPSILON_GO(pc + cell_size);
}

// An i32.add whose sum is kept, and the load from there.
template <class M, class T, Access access, Kind a, Kind b, Kind d>
EPSILON_NEXT_CELL hot_sum_load(EPSILON_PARAMS) {
    uint32_t index = read<uint32_t, a>(pc, field_a, fp, acc, vacc);
    if constexpr (b == Kind::imm) {
        index += uint32_t(int32_t(read_field<int16_t>(pc, field_load_term)));
    } else {
        index += uint32_t(slot_at(pc, field_load_term, fp));
    }
    slot_at(pc, field_load_sum, fp) = index;
    const uint64_t address = uint64_t(index) + read_field<uint32_t>(pc, field_offset);
    EPSILON_LOAD(loaded, M, T, access, address);
    write<d>(pc, field_d, fp, acc, vacc, loaded);
    EPSILON_GO(pc + cell_size);
}

template <class M, class T>
EPSILON_NEXT_CELL far_load(EPSILON_PARAMS) {
    const uint8_t* at =
        far_address(pc, read<uint32_t, Kind::slot>(pc, field_a, fp, acc, vacc), sizeof(M), ctx);
    if (EPSILON_UNLIKELY(!at)) {
        EPSILON_TRAP(out_of_bounds_memory_access);
    }
    write<Kind::slot>(pc, field_d, fp, acc, vacc, plain_load<M, T>(at));
    EPSILON_GO(pc + far_access_size);
}

#define EPSILON_SUM_LOAD_FORMS(access)                                 \
    hot_sum_load<M, T, access, Kind::slot, Kind::slot, Kind::slot>,    \
        hot_sum_load<M, T, access, Kind::slot, Kind::slot, Kind::acc>, \
        hot_sum_load<M, T, access, Kind::acc, Kind::slot, Kind::slot>, \
        hot_sum_load<M, T, access, Kind::acc, Kind::slot, Kind::acc>,  \
        hot_sum_load<M, T, access, Kind::slot, Kind::imm, Kind::slot>, \
        hot_sum_load<M, T, access, Kind::slot, Kind::imm, Kind::acc>,  \
        hot_sum_load<M, T, access, Kind::acc, Kind::imm, Kind::slot>,  \
        hot_sum_load<M, T, access, Kind::acc, Kind::imm, Kind::acc>

// Access x form_unary(a, d), the far form, then Access x form_unary(a, d) with a sum, then
// Access x second term {slot, imm} x form_unary(a, d) with a sum that is kept, then Access x d with
// a constant index.
template <class M, class T>
constexpr Handler load_forms[] = {
    hot_load<M, T, Access::guarded, Kind::slot, Kind::slot>,
    hot_load<M, T, Access::guarded, Kind::slot, Kind::acc>,
    hot_load<M, T, Access::guarded, Kind::acc, Kind::slot>,
    hot_load<M, T, Access::guarded, Kind::acc, Kind::acc>,
    hot_load<M, T, Access::checked, Kind::slot, Kind::slot>,
    hot_load<M, T, Access::checked, Kind::slot, Kind::acc>,
    hot_load<M, T, Access::checked, Kind::acc, Kind::slot>,
    hot_load<M, T, Access::checked, Kind::acc, Kind::acc>,
    far_load<M, T>,
    hot_load<M, T, Access::guarded, Kind::slot, Kind::slot, true>,
    hot_load<M, T, Access::guarded, Kind::slot, Kind::acc, true>,
    hot_load<M, T, Access::guarded, Kind::acc, Kind::slot, true>,
    hot_load<M, T, Access::guarded, Kind::acc, Kind::acc, true>,
    hot_load<M, T, Access::checked, Kind::slot, Kind::slot, true>,
    hot_load<M, T, Access::checked, Kind::slot, Kind::acc, true>,
    hot_load<M, T, Access::checked, Kind::acc, Kind::slot, true>,
    hot_load<M, T, Access::checked, Kind::acc, Kind::acc, true>,
    EPSILON_SUM_LOAD_FORMS(Access::guarded),
    EPSILON_SUM_LOAD_FORMS(Access::checked),
    hot_load<M, T, Access::guarded, Kind::imm, Kind::slot>,
    hot_load<M, T, Access::guarded, Kind::imm, Kind::acc>,
    hot_load<M, T, Access::checked, Kind::imm, Kind::slot>,
    hot_load<M, T, Access::checked, Kind::imm, Kind::acc>,
};

}  // namespace

void add_load_handlers(HandlerTable& table) {
    set_forms(table, Opcode::i32_load, load_forms<uint32_t, uint32_t>);
    set_forms(table, Opcode::i64_load, load_forms<uint64_t, uint64_t>);
    set_forms(table, Opcode::f32_load, load_forms<float, float>);
    set_forms(table, Opcode::f64_load, load_forms<double, double>);
    set_forms(table, Opcode::i32_load8_s, load_forms<int8_t, uint32_t>);
    set_forms(table, Opcode::i32_load8_u, load_forms<uint8_t, uint32_t>);
    set_forms(table, Opcode::i32_load16_s, load_forms<int16_t, uint32_t>);
    set_forms(table, Opcode::i32_load16_u, load_forms<uint16_t, uint32_t>);
    set_forms(table, Opcode::i64_load8_s, load_forms<int8_t, uint64_t>);
    set_forms(table, Opcode::i64_load8_u, load_forms<uint8_t, uint64_t>);
    set_forms(table, Opcode::i64_load16_s, load_forms<int16_t, uint64_t>);
    set_forms(table, Opcode::i64_load16_u, load_forms<uint16_t, uint64_t>);
    set_forms(table, Opcode::i64_load32_s, load_forms<int32_t, uint64_t>);
    set_forms(table, Opcode::i64_load32_u, load_forms<uint32_t, uint64_t>);
}

}  // namespace epsilon::interp
