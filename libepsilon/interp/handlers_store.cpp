// SPDX-License-Identifier: Apache-2.0
#include "interp/handler_table.h"
#include "interp/memory_access.h"

// Scalar stores: address in field a, or a constant in the offset; value in field d or an immediate.
namespace epsilon::interp {

namespace {

template <class M, class T, Access access, Kind a, Kind v>
EPSILON_NEXT_CELL hot_store(EPSILON_PARAMS) {
    uint64_t address = read_field<uint32_t>(pc, field_offset);
    if constexpr (a != Kind::imm) {
        address += read<uint32_t, a>(pc, field_a, fp, acc, vacc);
    }
    constexpr int value_field = v == Kind::imm ? field_store_immediate : field_d;
    EPSILON_STORE(M, access, address, (M(read<T, v>(pc, value_field, fp, acc, vacc))));
    EPSILON_GO(pc + cell_size);
}

template <class M, class T>
EPSILON_NEXT_CELL far_store(EPSILON_PARAMS) {
    uint8_t* at =
        far_address(pc, read<uint32_t, Kind::slot>(pc, field_a, fp, acc, vacc), sizeof(M), ctx);
    if (EPSILON_UNLIKELY(!at)) {
        EPSILON_TRAP(out_of_bounds_memory_access);
    }
    plain_store<M>(at, M(read<T, Kind::slot>(pc, field_d, fp, acc, vacc)));
    EPSILON_GO(pc + far_access_size);
}

#define EPSILON_INT_STORE_FORMS(access)                 \
    hot_store<M, T, access, Kind::slot, Kind::slot>,    \
        hot_store<M, T, access, Kind::acc, Kind::slot>, \
        hot_store<M, T, access, Kind::slot, Kind::acc>, \
        hot_store<M, T, access, Kind::slot, Kind::imm>, \
        hot_store<M, T, access, Kind::acc, Kind::imm>

#define EPSILON_CONSTANT_STORE_FORMS(access)                                                       \
    hot_store<M, T, access, Kind::imm, Kind::slot>, hot_store<M, T, access, Kind::imm, Kind::acc>, \
        hot_store<M, T, access, Kind::imm, Kind::imm>

// Access x Pair(address, value), the far form, then Access x value with a constant address.
template <class M, class T>
constexpr Handler int_store_forms[] = {
    EPSILON_INT_STORE_FORMS(Access::guarded),
    EPSILON_INT_STORE_FORMS(Access::checked),
    far_store<M, T>,
    EPSILON_CONSTANT_STORE_FORMS(Access::guarded),
    EPSILON_CONSTANT_STORE_FORMS(Access::checked),
};

// Address and value have accumulators of their own: Access x form_unary(address, value), far, then
// Access x value with a constant address.
template <class M>
constexpr Handler float_store_forms[] = {
    hot_store<M, M, Access::guarded, Kind::slot, Kind::slot>,
    hot_store<M, M, Access::guarded, Kind::slot, Kind::acc>,
    hot_store<M, M, Access::guarded, Kind::acc, Kind::slot>,
    hot_store<M, M, Access::guarded, Kind::acc, Kind::acc>,
    hot_store<M, M, Access::checked, Kind::slot, Kind::slot>,
    hot_store<M, M, Access::checked, Kind::slot, Kind::acc>,
    hot_store<M, M, Access::checked, Kind::acc, Kind::slot>,
    hot_store<M, M, Access::checked, Kind::acc, Kind::acc>,
    far_store<M, M>,
    hot_store<M, M, Access::guarded, Kind::imm, Kind::slot>,
    hot_store<M, M, Access::guarded, Kind::imm, Kind::acc>,
    hot_store<M, M, Access::checked, Kind::imm, Kind::slot>,
    hot_store<M, M, Access::checked, Kind::imm, Kind::acc>,
};

}  // namespace

void add_store_handlers(HandlerTable& table) {
    set_forms(table, Opcode::i32_store, int_store_forms<uint32_t, uint32_t>);
    set_forms(table, Opcode::i64_store, int_store_forms<uint64_t, uint64_t>);
    set_forms(table, Opcode::f32_store, float_store_forms<float>);
    set_forms(table, Opcode::f64_store, float_store_forms<double>);
    set_forms(table, Opcode::i32_store8, int_store_forms<uint8_t, uint32_t>);
    set_forms(table, Opcode::i32_store16, int_store_forms<uint16_t, uint32_t>);
    set_forms(table, Opcode::i64_store8, int_store_forms<uint8_t, uint64_t>);
    set_forms(table, Opcode::i64_store16, int_store_forms<uint16_t, uint64_t>);
    set_forms(table, Opcode::i64_store32, int_store_forms<uint32_t, uint64_t>);
}

}  // namespace epsilon::interp
