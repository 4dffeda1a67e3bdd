// SPDX-License-Identifier: Apache-2.0
// How many instructions vectors become. What they do is tested by baseline/lowering_vector*_test.
#if defined(__aarch64__)

#include "catch.hpp"

#include "baseline/vector_machine.h"

using namespace vector_test;
namespace simd = epsilon::simd;
using enum Vec;

namespace {

// Of code made by `lower`.
template <class Lower>
size_t length(Lower lower) {
    Assembler code;
    lower(code);
    return code.position() / 4;
}

size_t length_of_constant(V128 constant) {
    return length([&](Assembler& code) {
        code.use_far_distances();  // one that isn't an immediate would be longer
        lower_vector_constant(code, v3, std::bit_cast<std::array<uint8_t, 16>>(constant));
    });
}

size_t length_of_shuffle(Vec d, Vec a, Vec b, const std::array<uint8_t, 16>& lanes) {
    return length([&](Assembler& code) { lower_vector_shuffle(code, d, a, b, lanes); });
}

}  // namespace

TEST_CASE("constants that are one instruction", "[baseline]") {
    for (unsigned byte = 0; byte < 256; ++byte) {
        INFO(byte);
        CHECK(length_of_constant(simd::i8x16_splat(byte)) == 1);
        for (unsigned shift = 0; shift < 32; shift += 8) {
            const uint32_t lane = byte << shift;
            CHECK(length_of_constant(simd::i32x4_splat(lane)) == 1);
            CHECK(length_of_constant(simd::i32x4_splat(~lane)) == 1);
            if (shift < 16) {
                CHECK(length_of_constant(simd::i16x8_splat(lane)) == 1);
                CHECK(length_of_constant(simd::i16x8_splat(~lane)) == 1);
            }
        }
        std::array<uint8_t, 16> mask;
        for (unsigned i = 0; i < 16; ++i)
            mask[i] = (byte >> i % 8 & 1) != 0 ? 0xff : 0;
        CHECK(length_of_constant(std::bit_cast<V128>(mask)) == 1);
    }
    CHECK(length_of_constant(V128{1, 0}) > 1);
    CHECK(length_of_constant(simd::i16x8_splat(0x0101 * 2 + 1)) > 1);
    CHECK(length_of_constant(simd::i32x4_splat(0x00010100)) > 1);
    CHECK(length_of_constant(simd::i64x2_splat(0x0000010000000000)) > 1);
}

TEST_CASE("shuffles that are few instructions", "[baseline]") {
    // One lane of b, or of a in another place.
    std::array<uint8_t, 16> lanes = {0, 1, 2, 3, 20, 21, 22, 23, 8, 9, 10, 11, 12, 13, 14, 15};
    CHECK(length_of_shuffle(v0, v0, v5, lanes) == 1);
    CHECK(length_of_shuffle(v7, v0, v5, lanes) == 2);
    CHECK(length_of_shuffle(v5, v0, v5, lanes) == 3);
    lanes = {0, 1, 2, 3, 4, 5, 3, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    CHECK(length_of_shuffle(v0, v0, v5, lanes) == 1);
    // All lanes in their places.
    lanes = {0, 17, 2, 3, 4, 21, 6, 7, 24, 9, 26, 11, 28, 29, 30, 31};
    CHECK(length_of_shuffle(v0, v0, v5, lanes) == 2);
    CHECK(length_of_shuffle(v5, v0, v5, lanes) == 2);
    CHECK(length_of_shuffle(v7, v0, v5, lanes) == 3);
    // Any of one operand.
    lanes = {5, 2, 2, 7, 15, 14, 9, 1, 0, 11, 0, 12, 6, 6, 8, 3};
    CHECK(length_of_shuffle(v7, v0, v5, lanes) == 2);
    // And of two, whose registers may be neighbours.
    lanes[5] = 20, lanes[9] = 31;
    CHECK(length_of_shuffle(v7, v0, v5, lanes) == 4);
    CHECK(length_of_shuffle(v7, v0, v1, lanes) == 2);
    CHECK(length_of_shuffle(v7, v1, v0, lanes) == 2);
    CHECK(length_of_shuffle(v7, v7, v16, lanes) == 4);
}

TEST_CASE("vectors that are one instruction", "[baseline]") {
    using enum Opcode;
    const auto unary = [](Opcode opcode) {
        return length([&](Assembler& code) { lower_vector_unary(code, opcode, v1, v2); });
    };
    const auto binary = [](Opcode opcode) {
        return length([&](Assembler& code) { lower_vector_binary(code, opcode, v1, v2, v3); });
    };
    for (const Opcode opcode : {v128_not, i64x2_abs, i8x16_popcnt, i64x2_extend_high_i32x4_u,
                                i32x4_extadd_pairwise_i16x8_s})
        CHECK(unary(opcode) == 1);
    for (const Opcode opcode :
         {v128_andnot, i8x16_swizzle, i32x4_mul, i16x8_q15mulr_sat_s, i8x16_lt_u, i64x2_le_s,
          i32x4_ge_u, i64x2_extmul_high_i32x4_s, i16x8_avgr_u})
        CHECK(binary(opcode) == 1);
    CHECK(binary(i8x16_ne) == 2);
    CHECK(binary(i8x16_narrow_i16x8_s) == 2);
    CHECK(binary(i32x4_dot_i16x8_s) == 3);
    CHECK(binary(i64x2_mul) == 7);
    // Operands that need not be moved.
    const auto bitselect = [](Vec d) {
        return length(
            [&](Assembler& code) { lower_vector_ternary(code, v128_bitselect, d, v1, v2, v3); });
    };
    CHECK(bitselect(v1) == 1);
    CHECK(bitselect(v2) == 1);
    CHECK(bitselect(v3) == 1);
    CHECK(bitselect(v4) == 2);
}

#endif
