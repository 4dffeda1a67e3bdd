// SPDX-License-Identifier: Apache-2.0
#include "interp/handler_table.h"
#include "interp/memory_access.h"

// Vector loads and stores.
namespace epsilon::interp {

namespace {

Vector whole(Vector value) noexcept {
    return value;
}

// Loads an M and makes a vector of it. Address in a.
template <class M, auto make, Access access, Kind a>
EPSILON_NEXT_CELL hot_vector_load(EPSILON_PARAMS) {
    const uint64_t address = uint64_t(read<uint32_t, a>(pc, field_a, fp, acc, vacc)) +
                             read_field<uint32_t>(pc, field_offset);
#if EPSILON_GUARDED_ACCESS
    if constexpr (access == Access::guarded) {
        using T = std::conditional_t<(sizeof(M) < 4), uint32_t, M>;
        write_vector(pc, field_d, fp, make(M(guarded_load<M, T>(mem, address, pc, fp, ctx))));
        EPSILON_GO(pc + cell_size);
    }
#endif
    if (EPSILON_UNLIKELY(address + sizeof(M) > ctx->view.memory0->bytes)) {
        EPSILON_TRAP(out_of_bounds_memory_access);
    }
    write_vector(pc, field_d, fp, make(plain_load<M, M>(mem + address)));
    EPSILON_GO(pc + cell_size);
}

template <class M, auto make>
EPSILON_NEXT_CELL far_vector_load(EPSILON_PARAMS) {
    const uint8_t* at =
        far_address(pc, read<uint32_t, Kind::slot>(pc, field_a, fp, acc, vacc), sizeof(M), ctx);
    if (EPSILON_UNLIKELY(!at)) {
        EPSILON_TRAP(out_of_bounds_memory_access);
    }
    write_vector(pc, field_d, fp, make(plain_load<M, M>(at)));
    EPSILON_GO(pc + far_access_size);
}

template <Access access, Kind a>
EPSILON_NEXT_CELL hot_vector_store(EPSILON_PARAMS) {
    const uint64_t address = uint64_t(read<uint32_t, a>(pc, field_a, fp, acc, vacc)) +
                             read_field<uint32_t>(pc, field_offset);
#if EPSILON_GUARDED_ACCESS
    if constexpr (access == Access::guarded) {
        guarded_store<Vector>(mem, address, read_vector(pc, field_d, fp), pc, fp, ctx);
        EPSILON_GO(pc + cell_size);
    }
#endif
    if (EPSILON_UNLIKELY(address + sizeof(Vector) > ctx->view.memory0->bytes)) {
        EPSILON_TRAP(out_of_bounds_memory_access);
    }
    plain_store<Vector>(mem + address, read_vector(pc, field_d, fp));
    EPSILON_GO(pc + cell_size);
}

EPSILON_NEXT_CELL far_vector_store(EPSILON_PARAMS) {
    uint8_t* at = far_address(pc, read<uint32_t, Kind::slot>(pc, field_a, fp, acc, vacc),
                              sizeof(Vector), ctx);
    if (EPSILON_UNLIKELY(!at)) {
        EPSILON_TRAP(out_of_bounds_memory_access);
    }
    plain_store<Vector>(at, read_vector(pc, field_d, fp));
    EPSILON_GO(pc + far_access_size);
}

// Lane accesses are always in the far form, with explicit checks.

template <class Lane>
EPSILON_NEXT_CELL vector_load_lane(EPSILON_PARAMS) {
    const uint8_t* at =
        far_address(pc, read<uint32_t, Kind::slot>(pc, field_a, fp, acc, vacc), sizeof(Lane), ctx);
    if (EPSILON_UNLIKELY(!at)) {
        EPSILON_TRAP(out_of_bounds_memory_access);
    }
    write_vector(pc, field_d, fp, read_vector(pc, field_vector, fp));
    auto* lanes = reinterpret_cast<uint8_t*>(&slot_at(pc, field_d, fp));
    std::memcpy(lanes + sizeof(Lane) * read_field<uint16_t>(pc, field_lane), at, sizeof(Lane));
    EPSILON_GO(pc + far_access_size);
}

template <class Lane>
EPSILON_NEXT_CELL vector_store_lane(EPSILON_PARAMS) {
    uint8_t* at =
        far_address(pc, read<uint32_t, Kind::slot>(pc, field_a, fp, acc, vacc), sizeof(Lane), ctx);
    if (EPSILON_UNLIKELY(!at)) {
        EPSILON_TRAP(out_of_bounds_memory_access);
    }
    const auto* lanes = reinterpret_cast<const uint8_t*>(&slot_at(pc, field_d, fp));
    std::memcpy(at, lanes + sizeof(Lane) * read_field<uint16_t>(pc, field_lane), sizeof(Lane));
    EPSILON_GO(pc + far_access_size);
}

// Access x address {slot, acc}, then the far form.
template <class M, auto make>
constexpr Handler load_table[] = {
    hot_vector_load<M, make, Access::guarded, Kind::slot>,
    hot_vector_load<M, make, Access::guarded, Kind::acc>,
    hot_vector_load<M, make, Access::checked, Kind::slot>,
    hot_vector_load<M, make, Access::checked, Kind::acc>,
    far_vector_load<M, make>,
};
constexpr Handler store_table[] = {
    hot_vector_store<Access::guarded, Kind::slot>,
    hot_vector_store<Access::guarded, Kind::acc>,
    hot_vector_store<Access::checked, Kind::slot>,
    hot_vector_store<Access::checked, Kind::acc>,
    far_vector_store,
};
template <class Lane>
constexpr Handler load_lane_table[] = {vector_load_lane<Lane>};
template <class Lane>
constexpr Handler store_lane_table[] = {vector_store_lane<Lane>};

}  // namespace

void add_vector_memory_handlers(HandlerTable& table) {
    set_forms(table, Opcode::v128_load, load_table<Vector, whole>);
    set_forms(table, Opcode::v128_load8x8_s, load_table<uint64_t, simd::v128_load8x8_s>);
    set_forms(table, Opcode::v128_load8x8_u, load_table<uint64_t, simd::v128_load8x8_u>);
    set_forms(table, Opcode::v128_load16x4_s, load_table<uint64_t, simd::v128_load16x4_s>);
    set_forms(table, Opcode::v128_load16x4_u, load_table<uint64_t, simd::v128_load16x4_u>);
    set_forms(table, Opcode::v128_load32x2_s, load_table<uint64_t, simd::v128_load32x2_s>);
    set_forms(table, Opcode::v128_load32x2_u, load_table<uint64_t, simd::v128_load32x2_u>);
    set_forms(table, Opcode::v128_load8_splat, load_table<uint8_t, simd::v128_load8_splat>);
    set_forms(table, Opcode::v128_load16_splat, load_table<uint16_t, simd::v128_load16_splat>);
    set_forms(table, Opcode::v128_load32_splat, load_table<uint32_t, simd::v128_load32_splat>);
    set_forms(table, Opcode::v128_load64_splat, load_table<uint64_t, simd::v128_load64_splat>);
    set_forms(table, Opcode::v128_load32_zero, load_table<uint32_t, simd::v128_load32_zero>);
    set_forms(table, Opcode::v128_load64_zero, load_table<uint64_t, simd::v128_load64_zero>);
    set_forms(table, Opcode::v128_store, store_table);
    set_forms(table, Opcode::v128_load8_lane, load_lane_table<uint8_t>);
    set_forms(table, Opcode::v128_load16_lane, load_lane_table<uint16_t>);
    set_forms(table, Opcode::v128_load32_lane, load_lane_table<uint32_t>);
    set_forms(table, Opcode::v128_load64_lane, load_lane_table<uint64_t>);
    set_forms(table, Opcode::v128_store8_lane, store_lane_table<uint8_t>);
    set_forms(table, Opcode::v128_store16_lane, store_lane_table<uint16_t>);
    set_forms(table, Opcode::v128_store32_lane, store_lane_table<uint32_t>);
    set_forms(table, Opcode::v128_store64_lane, store_lane_table<uint64_t>);
}

}  // namespace epsilon::interp
