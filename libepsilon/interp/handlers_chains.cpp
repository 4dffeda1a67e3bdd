// SPDX-License-Identifier: Apache-2.0
#include "interp/handlers_numeric.h"

// Two integer operations in one cell: chains.def.
namespace epsilon::interp {

namespace {

constexpr uint32_t i32_sub_from(uint32_t a, uint32_t b) noexcept {
    return b - a;
}

template <class T, Kind k>
EPSILON_INLINE T chained(const uint8_t* pc, int field, Slot* fp, uint64_t acc) {
    if constexpr (k == Kind::imm) {
        return read_field<T>(pc, field);
    } else if constexpr (k == Kind::acc) {
        return T(acc);
    } else {
        return T(slot_at(pc, field, fp));
    }
}

template <auto first, Kind b, auto second, Kind a, Kind c, Kind d>
EPSILON_NEXT_CELL hot_chain(EPSILON_PARAMS) {
    static_assert(a != Kind::acc || c != Kind::acc);
    using T = typename SignatureOf<first>::Result;
    constexpr bool wide = sizeof(T) == 8;
    const T x = read<T, a>(pc, field_a, fp, acc, vacc);
    const T y = chained<T, b>(pc, field_b, fp, acc);
    const T z = chained<T, c>(pc, wide ? field_chain_c_64 : field_chain_c_32, fp, acc);
    write<d>(pc, field_d, fp, acc, vacc, second(first(x, y), z));
    EPSILON_GO(pc + (wide ? chain_size_64 : cell_size));
}

template <Kind a, Kind d>
EPSILON_NEXT_CELL hot_shift_wrap(EPSILON_PARAMS) {
    const uint64_t x = read<uint64_t, a>(pc, field_a, fp, acc, vacc);
    write<d>(pc, field_d, fp, acc, vacc,
             uint32_t(numeric::i64_shr_u(x, read_field<uint64_t>(pc, field_immediate))));
    EPSILON_GO(pc + cell_size);
}

using namespace numeric;

// Where c is an immediate, it isn't in the accumulator: two forms are there twice.
constexpr Kind unless_immediate(Kind c) {
    return c == Kind::imm ? Kind::imm : Kind::acc;
}

#define EPSILON_CHAIN_FORMS(first, b, second, c)                                              \
    hot_chain<first, Kind::b, second, Kind::slot, Kind::c, Kind::slot>,                       \
        hot_chain<first, Kind::b, second, Kind::slot, Kind::c, Kind::acc>,                    \
        hot_chain<first, Kind::b, second, Kind::acc, Kind::c, Kind::slot>,                    \
        hot_chain<first, Kind::b, second, Kind::acc, Kind::c, Kind::acc>,                     \
        hot_chain<first, Kind::b, second, Kind::slot, unless_immediate(Kind::c), Kind::slot>, \
        hot_chain<first, Kind::b, second, Kind::slot, unless_immediate(Kind::c), Kind::acc>,
#define EPSILON_CHAIN_i32(first, b, second, c) EPSILON_CHAIN_FORMS(i32_##first, b, i32_##second, c)
#define EPSILON_CHAIN_i64(first, b, second, c)
#define EPSILON_CHAIN(type, first, b, second, c) EPSILON_CHAIN_##type(first, b, second, c)
constexpr Handler chain_i32_forms[] = {
#include "interp/chains.def"
};
#undef EPSILON_CHAIN_i32
#undef EPSILON_CHAIN_i64
#define EPSILON_CHAIN_i32(first, b, second, c)
#define EPSILON_CHAIN_i64(first, b, second, c) EPSILON_CHAIN_FORMS(i64_##first, b, i64_##second, c)
constexpr Handler chain_i64_forms[] = {
#include "interp/chains.def"
};
#undef EPSILON_CHAIN

constexpr Handler shift_wrap_forms[] = {
    hot_shift_wrap<Kind::slot, Kind::slot>,
    hot_shift_wrap<Kind::slot, Kind::acc>,
    hot_shift_wrap<Kind::acc, Kind::slot>,
    hot_shift_wrap<Kind::acc, Kind::acc>,
};

}  // namespace

void add_chain_handlers(HandlerTable& table) {
    set_special(table, Special::chain_i32, chain_i32_forms);
    set_special(table, Special::chain_i64, chain_i64_forms);
    set_special(table, Special::shift_wrap, shift_wrap_forms);
}

}  // namespace epsilon::interp
