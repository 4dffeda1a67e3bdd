// SPDX-License-Identifier: Apache-2.0
#include "interp/handler_table.h"
#include "interp/operands.h"
#include "wasm/simd.h"

// Vector instructions that don't access memory. Vectors live in slots; scalars as elsewhere.
namespace epsilon::interp {

namespace {

template <auto function>
EPSILON_NEXT_CELL vector_unary(EPSILON_PARAMS) {
    write_vector(pc, field_d, fp, function(read_vector(pc, field_a, fp)));
    EPSILON_GO(pc + cell_size);
}

template <auto function>
EPSILON_NEXT_CELL vector_binary(EPSILON_PARAMS) {
    write_vector(pc, field_d, fp,
                 function(read_vector(pc, field_a, fp), read_vector(pc, field_b, fp)));
    EPSILON_GO(pc + cell_size);
}

template <auto function>
EPSILON_NEXT_CELL vector_ternary(EPSILON_PARAMS) {
    write_vector(pc, field_d, fp,
                 function(read_vector(pc, field_a, fp), read_vector(pc, field_b, fp),
                          read_vector(pc, field_c, fp)));
    EPSILON_GO(pc + cell_size);
}

template <auto function, Kind b>
EPSILON_NEXT_CELL vector_shift(EPSILON_PARAMS) {
    const uint32_t count = read<uint32_t, b>(pc, field_b, fp, acc, vacc);
    write_vector(pc, field_d, fp, function(read_vector(pc, field_a, fp), count));
    EPSILON_GO(pc + cell_size);
}

template <auto function, Kind d>
EPSILON_NEXT_CELL vector_test(EPSILON_PARAMS) {
    write<d>(pc, field_d, fp, acc, vacc, function(read_vector(pc, field_a, fp)));
    EPSILON_GO(pc + cell_size);
}

template <auto function, Kind a>
EPSILON_NEXT_CELL vector_splat(EPSILON_PARAMS) {
    using T = typename SignatureOf<function>::template Param<0>;
    write_vector(pc, field_d, fp, function(read<T, a>(pc, field_a, fp, acc, vacc)));
    EPSILON_GO(pc + cell_size);
}

// Lanes are addressed in the slots; the lane's number is in field b.
template <class Lane, class T, Kind d>
EPSILON_NEXT_CELL vector_extract(EPSILON_PARAMS) {
    const auto* lanes = reinterpret_cast<const uint8_t*>(&slot_at(pc, field_a, fp));
    Lane lane;
    std::memcpy(&lane, lanes + sizeof(Lane) * read_field<uint16_t>(pc, field_b), sizeof lane);
    if constexpr (std::is_signed_v<Lane> && std::is_integral_v<Lane>) {
        write<d>(pc, field_d, fp, acc, vacc, T(std::make_signed_t<T>(lane)));
    } else {
        write<d>(pc, field_d, fp, acc, vacc, T(lane));
    }
    EPSILON_GO(pc + cell_size);
}

// Vector in a, scalar in b, lane in c.
template <class Lane, class T, Kind b>
EPSILON_NEXT_CELL vector_replace(EPSILON_PARAMS) {
    const Lane lane = Lane(read<T, b>(pc, field_b, fp, acc, vacc));
    write_vector(pc, field_d, fp, read_vector(pc, field_a, fp));
    auto* lanes = reinterpret_cast<uint8_t*>(&slot_at(pc, field_d, fp));
    std::memcpy(lanes + sizeof(Lane) * read_field<uint16_t>(pc, field_c), &lane, sizeof lane);
    EPSILON_GO(pc + cell_size);
}

// 32 bytes: the lane numbers are in the second half.
EPSILON_NEXT_CELL vector_shuffle(EPSILON_PARAMS) {
    write_vector(pc, field_d, fp,
                 simd::i8x16_shuffle(read_vector(pc, field_a, fp), read_vector(pc, field_b, fp),
                                     simd::from_bytes(pc + cell_size)));
    EPSILON_GO(pc + 2 * cell_size);
}

template <auto f>
constexpr Handler unary_table[] = {vector_unary<f>};
template <auto f>
constexpr Handler binary_table[] = {vector_binary<f>};
template <auto f>
constexpr Handler ternary_table[] = {vector_ternary<f>};
template <auto f>
constexpr Handler shift_table[] = {vector_shift<f, Kind::slot>, vector_shift<f, Kind::acc>,
                                   vector_shift<f, Kind::imm>};
template <auto f>
constexpr Handler test_table[] = {vector_test<f, Kind::slot>, vector_test<f, Kind::acc>};
template <auto f>
constexpr Handler splat_table[] = {vector_splat<f, Kind::slot>, vector_splat<f, Kind::acc>};
template <class Lane, class T>
constexpr Handler extract_table[] = {vector_extract<Lane, T, Kind::slot>,
                                     vector_extract<Lane, T, Kind::acc>};
template <class Lane, class T>
constexpr Handler replace_table[] = {vector_replace<Lane, T, Kind::slot>,
                                     vector_replace<Lane, T, Kind::acc>};
constexpr Handler shuffle_table[] = {vector_shuffle};

}  // namespace

void add_vector_handlers(HandlerTable& table) {
#define EPSILON_vector_unary_v_v(name, width) \
    set_forms(table, Opcode::name, unary_table<simd::name>);
#define EPSILON_vector_binary_vv_v(name, width) \
    set_forms(table, Opcode::name, binary_table<simd::name>);
#define EPSILON_vector_ternary_vvv_v(name, width) \
    set_forms(table, Opcode::name, ternary_table<simd::name>);
#define EPSILON_vector_shift_vi_v(name, width) \
    set_forms(table, Opcode::name, shift_table<simd::name>);
#define EPSILON_vector_test_v_i(name, width) set_forms(table, Opcode::name, test_table<simd::name>);
#define EPSILON_SPLAT(name) set_forms(table, Opcode::name, splat_table<simd::name>);
#define EPSILON_vector_splat_i_v(name, width) EPSILON_SPLAT(name)
#define EPSILON_vector_splat_l_v(name, width) EPSILON_SPLAT(name)
#define EPSILON_vector_splat_f_v(name, width) EPSILON_SPLAT(name)
#define EPSILON_vector_splat_d_v(name, width) EPSILON_SPLAT(name)
#include "interp/opcode_families.inc"
    set_forms(table, Opcode::i8x16_extract_lane_s, extract_table<int8_t, uint32_t>);
    set_forms(table, Opcode::i8x16_extract_lane_u, extract_table<uint8_t, uint32_t>);
    set_forms(table, Opcode::i16x8_extract_lane_s, extract_table<int16_t, uint32_t>);
    set_forms(table, Opcode::i16x8_extract_lane_u, extract_table<uint16_t, uint32_t>);
    set_forms(table, Opcode::i32x4_extract_lane, extract_table<uint32_t, uint32_t>);
    set_forms(table, Opcode::i64x2_extract_lane, extract_table<uint64_t, uint64_t>);
    set_forms(table, Opcode::f32x4_extract_lane, extract_table<float, float>);
    set_forms(table, Opcode::f64x2_extract_lane, extract_table<double, double>);
    set_forms(table, Opcode::i8x16_replace_lane, replace_table<uint8_t, uint32_t>);
    set_forms(table, Opcode::i16x8_replace_lane, replace_table<uint16_t, uint32_t>);
    set_forms(table, Opcode::i32x4_replace_lane, replace_table<uint32_t, uint32_t>);
    set_forms(table, Opcode::i64x2_replace_lane, replace_table<uint64_t, uint64_t>);
    set_forms(table, Opcode::f32x4_replace_lane, replace_table<float, float>);
    set_forms(table, Opcode::f64x2_replace_lane, replace_table<double, double>);
    set_forms(table, Opcode::i8x16_shuffle, shuffle_table);
}

}  // namespace epsilon::interp
