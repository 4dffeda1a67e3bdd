// SPDX-License-Identifier: Apache-2.0
#include "interp/handlers_numeric.h"
#include "interp/memory_access.h"

// Loads with an operation behind them, and accesses to addresses that are computed: chains.def.
namespace epsilon::interp {

namespace {

template <class M, auto operation, Indexing indexing, Access access, Kind a, Kind c, Kind d>
EPSILON_NEXT_CELL hot_load_chain(EPSILON_PARAMS) {
    using T = typename SignatureOf<operation>::Result;
    static_assert(a == Kind::slot || c == Kind::slot);
    uint32_t index = read<uint32_t, a>(pc, field_a, fp, acc, vacc);
    uint32_t offset;
    if constexpr (indexing == Indexing::sum) {
        index += read_field<uint32_t>(pc, field_load_chain_addend);
        offset = read_field<uint16_t>(pc, field_load_chain_offset);
    } else {
        if constexpr (indexing == Indexing::indexed) {
            index += uint32_t(slot_at(pc, field_load_term, fp));
        }
        offset = read_field<uint32_t>(pc, field_offset);
    }
    const uint64_t address = uint64_t(index) + offset;
    EPSILON_LOAD(loaded, M, T, access, address);
    write<d>(pc, field_d, fp, acc, vacc,
             operation(read<T, c>(pc, field_load_chain_c, fp, acc, vacc), loaded));
    EPSILON_GO(pc + cell_size);
}

template <class M, class T, unsigned count, Kind b, Access access, Kind a, Kind d>
EPSILON_NEXT_CELL hot_load_scaled(EPSILON_PARAMS) {
    uint32_t index = read<uint32_t, a>(pc, field_a, fp, acc, vacc) << count;
    if constexpr (b == Kind::imm) {
        index += read_field<uint32_t>(pc, field_load_addend);
    } else {
        index += uint32_t(slot_at(pc, field_load_term, fp));
    }
    const uint64_t address = uint64_t(index) + read_field<uint32_t>(pc, field_offset);
    EPSILON_LOAD(loaded, M, T, access, address);
    write<d>(pc, field_d, fp, acc, vacc, loaded);
    EPSILON_GO(pc + cell_size);
}

template <class M, Kind v>
EPSILON_INLINE M stored(const uint8_t* pc, Slot* fp) {
    if constexpr (v == Kind::imm) {
        return M(int64_t(read_field<int16_t>(pc, field_d)));
    } else {
        return M(slot_at(pc, field_d, fp));
    }
}

template <class M, class T, Kind b, Kind v, Access access, Kind a>
EPSILON_NEXT_CELL hot_store_sum(EPSILON_PARAMS) {
    uint32_t index = read<uint32_t, a>(pc, field_a, fp, acc, vacc);
    if constexpr (b == Kind::imm) {
        index += read_field<uint32_t>(pc, field_load_addend);
    } else {
        index += uint32_t(slot_at(pc, field_load_term, fp));
    }
    const uint64_t address = uint64_t(index) + read_field<uint32_t>(pc, field_offset);
    EPSILON_STORE(M, access, address, (stored<M, v>(pc, fp)));
    EPSILON_GO(pc + cell_size);
}

#define EPSILON_UNARY_FORMS(handler, ...)                                                      \
    handler<__VA_ARGS__, Kind::slot, Kind::slot>, handler<__VA_ARGS__, Kind::slot, Kind::acc>, \
        handler<__VA_ARGS__, Kind::acc, Kind::slot>, handler<__VA_ARGS__, Kind::acc, Kind::acc>
#define EPSILON_ACCESS_FORMS(handler, ...)                      \
    EPSILON_UNARY_FORMS(handler, __VA_ARGS__, Access::guarded), \
        EPSILON_UNARY_FORMS(handler, __VA_ARGS__, Access::checked)

#define EPSILON_LOAD_CHAIN_FORMS(...)                                   \
    hot_load_chain<__VA_ARGS__, Kind::slot, Kind::slot, Kind::slot>,    \
        hot_load_chain<__VA_ARGS__, Kind::slot, Kind::slot, Kind::acc>, \
        hot_load_chain<__VA_ARGS__, Kind::acc, Kind::slot, Kind::slot>, \
        hot_load_chain<__VA_ARGS__, Kind::acc, Kind::slot, Kind::acc>,  \
        hot_load_chain<__VA_ARGS__, Kind::slot, Kind::acc, Kind::slot>, \
        hot_load_chain<__VA_ARGS__, Kind::slot, Kind::acc, Kind::acc>
#define EPSILON_LOAD_CHAINS(M, operation, indexing)                                       \
    EPSILON_LOAD_CHAIN_FORMS(M, numeric::operation, Indexing::indexing, Access::guarded), \
        EPSILON_LOAD_CHAIN_FORMS(M, numeric::operation, Indexing::indexing, Access::checked)
#define EPSILON_LOAD_CHAIN(load, M, operation)                                        \
    EPSILON_LOAD_CHAINS(M, operation, plain), EPSILON_LOAD_CHAINS(M, operation, sum), \
        EPSILON_LOAD_CHAINS(M, operation, indexed),
constexpr Handler load_chain_forms[] = {
#include "interp/chains.def"
};
#undef EPSILON_LOAD_CHAIN

#define EPSILON_SCALED_LOAD(load, M, T, count)                     \
    EPSILON_ACCESS_FORMS(hot_load_scaled, M, T, count, Kind::imm), \
        EPSILON_ACCESS_FORMS(hot_load_scaled, M, T, count, Kind::slot),
constexpr Handler load_scaled_forms[] = {
#include "interp/chains.def"
};
#undef EPSILON_SCALED_LOAD

#define EPSILON_SUM_STORE_FORMS(M, T, b, v)                                 \
    hot_store_sum<M, T, Kind::b, Kind::v, Access::guarded, Kind::slot>,     \
        hot_store_sum<M, T, Kind::b, Kind::v, Access::guarded, Kind::acc>,  \
        hot_store_sum<M, T, Kind::b, Kind::v, Access::checked, Kind::slot>, \
        hot_store_sum<M, T, Kind::b, Kind::v, Access::checked, Kind::acc>
#define EPSILON_SUM_STORE(store, M, T)                                                 \
    EPSILON_SUM_STORE_FORMS(M, T, imm, slot), EPSILON_SUM_STORE_FORMS(M, T, imm, imm), \
        EPSILON_SUM_STORE_FORMS(M, T, slot, slot), EPSILON_SUM_STORE_FORMS(M, T, slot, imm),
constexpr Handler store_sum_forms[] = {
#include "interp/chains.def"
};
#undef EPSILON_SUM_STORE

}  // namespace

void add_memory_chain_handlers(HandlerTable& table) {
    set_special(table, Special::load_chain, load_chain_forms);
    set_special(table, Special::load_scaled, load_scaled_forms);
    set_special(table, Special::store_sum, store_sum_forms);
}

}  // namespace epsilon::interp
