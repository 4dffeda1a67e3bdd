// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstdint>

// The instructions of AdvSIMD that vectors are lowered to, with their register fields zero; by the
// architecture manual's names, with the shape of the lanes. Those that have a number in them, of a
// lane or of bits, are functions.
namespace epsilon::baseline::codes {

// The classes of encodings, of 16 bytes each. `u` is 1 for unsigned lanes, or to tell operations
// apart; `size` is the lanes' width: 0 for bytes, to 3 for 64 bits.
constexpr uint32_t of_three(uint32_t u, uint32_t size, uint32_t opcode) {
    return 0x4e200400 | u << 29 | size << 22 | opcode << 11;
}
constexpr uint32_t of_three_widening(uint32_t u, uint32_t size, uint32_t opcode) {
    return 0x0e200000 | u << 29 | size << 22 | opcode << 12;
}
constexpr uint32_t of_two(uint32_t u, uint32_t size, uint32_t opcode) {
    return 0x4e200800 | u << 29 | size << 22 | opcode << 12;
}
constexpr uint32_t across_lanes(uint32_t u, uint32_t size, uint32_t opcode) {
    return 0x4e300800 | u << 29 | size << 22 | opcode << 12;
}
// That which reads or writes only the lower half of a register.
constexpr uint32_t lower_half(uint32_t code) {
    return code & ~(1u << 30);
}
// Of instructions that widen or narrow: the one of the upper half ("2" in its name).
constexpr uint32_t upper_half(uint32_t code) {
    return code | 1u << 30;
}

// --- Bits
constexpr uint32_t and_16b = of_three(0, 0, 0x03);
constexpr uint32_t bic_16b = of_three(0, 1, 0x03);  // of the second operand's inverse
constexpr uint32_t orr_16b = of_three(0, 2, 0x03);
constexpr uint32_t eor_16b = of_three(1, 0, 0x03);
// These three read their result too: the bits that select (bsl), or those that may stay.
constexpr uint32_t bsl_16b = of_three(1, 1, 0x03);
constexpr uint32_t bit_16b = of_three(1, 2, 0x03);  // takes n where m has ones
constexpr uint32_t bif_16b = of_three(1, 3, 0x03);  // where it has zeros
constexpr uint32_t mvn_16b = of_two(1, 0, 0x05);
constexpr uint32_t cnt_16b = of_two(0, 0, 0x05);

// --- Shifts: by signed numbers in lanes' lowest bytes, to the left if they are positive; and by
// constants, to the left below the lanes' width in bits, to the right from 1 up to it.
constexpr uint32_t sshl_16b = of_three(0, 0, 0x08);
constexpr uint32_t sshl_8h = of_three(0, 1, 0x08);
constexpr uint32_t sshl_4s = of_three(0, 2, 0x08);
constexpr uint32_t sshl_2d = of_three(0, 3, 0x08);
constexpr uint32_t ushl_16b = of_three(1, 0, 0x08);
constexpr uint32_t ushl_8h = of_three(1, 1, 0x08);
constexpr uint32_t ushl_4s = of_three(1, 2, 0x08);
constexpr uint32_t ushl_2d = of_three(1, 3, 0x08);
constexpr uint32_t shl(uint32_t width, uint32_t count) {
    return 0x4f005400 | (width + count) << 16;
}
constexpr uint32_t sshr(uint32_t width, uint32_t count) {
    return 0x4f000400 | (2 * width - count) << 16;
}
constexpr uint32_t ushr(uint32_t width, uint32_t count) {
    return 0x6f000400 | (2 * width - count) << 16;
}

// --- Lanes, by their size in bytes and their number
constexpr uint32_t lane_bits(uint32_t size, uint32_t lane) {
    return (size | lane * 2 * size) << 16;
}
constexpr uint32_t dup_lane(uint32_t size, uint32_t lane) {
    return 0x4e000400 | lane_bits(size, lane);
}
// All that is above the lane is zero then.
constexpr uint32_t dup_scalar(uint32_t size, uint32_t lane) {
    return 0x5e000400 | lane_bits(size, lane);
}
constexpr uint32_t dup_general(uint32_t size) {
    return 0x4e000c00 | lane_bits(size, 0);
}
constexpr uint32_t smov_w(uint32_t size, uint32_t lane) {
    return 0x0e002c00 | lane_bits(size, lane);
}
constexpr uint32_t umov(uint32_t size, uint32_t lane) {
    return (size == 8 ? 0x4e003c00 : 0x0e003c00) | lane_bits(size, lane);
}
// Into a lane of the result, whose others stay.
constexpr uint32_t ins_general(uint32_t size, uint32_t lane) {
    return 0x4e001c00 | lane_bits(size, lane);
}
constexpr uint32_t ins_lane(uint32_t size, uint32_t lane, uint32_t from) {
    return 0x6e000400 | lane_bits(size, lane) | from * size << 11;
}

// --- Immediates: the byte in all bytes; a byte in its place of each 32 or 16 bits, 0 for the
// lowest one, or the inverse of that; and 64 bits in bytes that are 0 or 255, as bits.
constexpr uint32_t immediate_bits(uint32_t byte) {
    return (byte >> 5) << 16 | (byte & 31) << 5;
}
constexpr uint32_t movi_16b(uint32_t byte) {
    return 0x4f00e400 | immediate_bits(byte);
}
constexpr uint32_t movi_4s(uint32_t byte, uint32_t place) {
    return 0x4f000400 | place << 13 | immediate_bits(byte);
}
constexpr uint32_t mvni_4s(uint32_t byte, uint32_t place) {
    return 0x6f000400 | place << 13 | immediate_bits(byte);
}
constexpr uint32_t movi_8h(uint32_t byte, uint32_t place) {
    return 0x4f008400 | place << 13 | immediate_bits(byte);
}
constexpr uint32_t mvni_8h(uint32_t byte, uint32_t place) {
    return 0x6f008400 | place << 13 | immediate_bits(byte);
}
constexpr uint32_t movi_2d(uint32_t bytes) {
    return 0x6f00e400 | immediate_bits(bytes);
}

// --- Shuffles
// The numbers are in the last operand; those beyond the table give 0.
constexpr uint32_t tbl_1 = 0x4e000000;
constexpr uint32_t tbl_2 = 0x4e002000;  // the table is in n and in the register after it
// The 16 bytes from the number on, of n and then m.
constexpr uint32_t ext_16b(uint32_t first) {
    return 0x6e000000 | first << 11;
}
// Of lanes of `size` bytes.
constexpr uint32_t permutation(uint32_t size, uint32_t opcode) {
    return 0x4e000800 | uint32_t(std::countr_zero(size)) << 22 | opcode << 12;
}
// The lower and the upper halves, in turn.
constexpr uint32_t zip1(uint32_t size) {
    return permutation(size, 3);
}
constexpr uint32_t zip2(uint32_t size) {
    return permutation(size, 7);
}
// The even and the odd lanes, one operand after the other.
constexpr uint32_t uzp1(uint32_t size) {
    return permutation(size, 1);
}
constexpr uint32_t uzp2(uint32_t size) {
    return permutation(size, 5);
}
// The even and the odd lanes, in turn.
constexpr uint32_t trn1(uint32_t size) {
    return permutation(size, 2);
}
constexpr uint32_t trn2(uint32_t size) {
    return permutation(size, 6);
}
// Lanes backwards within groups.
constexpr uint32_t rev16_16b = of_two(0, 0, 0x01);
constexpr uint32_t rev32_16b = of_two(1, 0, 0x00);
constexpr uint32_t rev32_8h = of_two(1, 1, 0x00);
constexpr uint32_t rev64_16b = of_two(0, 0, 0x00);
constexpr uint32_t rev64_8h = of_two(0, 1, 0x00);
constexpr uint32_t rev64_4s = of_two(0, 2, 0x00);

// --- Integers
constexpr uint32_t add_16b = of_three(0, 0, 0x10);
constexpr uint32_t add_8h = of_three(0, 1, 0x10);
constexpr uint32_t add_4s = of_three(0, 2, 0x10);
constexpr uint32_t add_2d = of_three(0, 3, 0x10);
constexpr uint32_t sub_16b = of_three(1, 0, 0x10);
constexpr uint32_t sub_8h = of_three(1, 1, 0x10);
constexpr uint32_t sub_4s = of_three(1, 2, 0x10);
constexpr uint32_t sub_2d = of_three(1, 3, 0x10);
constexpr uint32_t mul_8h = of_three(0, 1, 0x13);
constexpr uint32_t mul_4s = of_three(0, 2, 0x13);
constexpr uint32_t sqadd_16b = of_three(0, 0, 0x01);
constexpr uint32_t sqadd_8h = of_three(0, 1, 0x01);
constexpr uint32_t uqadd_16b = of_three(1, 0, 0x01);
constexpr uint32_t uqadd_8h = of_three(1, 1, 0x01);
constexpr uint32_t sqsub_16b = of_three(0, 0, 0x05);
constexpr uint32_t sqsub_8h = of_three(0, 1, 0x05);
constexpr uint32_t uqsub_16b = of_three(1, 0, 0x05);
constexpr uint32_t uqsub_8h = of_three(1, 1, 0x05);
constexpr uint32_t sqrdmulh_8h = of_three(1, 1, 0x16);
constexpr uint32_t urhadd_16b = of_three(1, 0, 0x02);
constexpr uint32_t urhadd_8h = of_three(1, 1, 0x02);
constexpr uint32_t smin_16b = of_three(0, 0, 0x0d);
constexpr uint32_t smin_8h = of_three(0, 1, 0x0d);
constexpr uint32_t smin_4s = of_three(0, 2, 0x0d);
constexpr uint32_t umin_16b = of_three(1, 0, 0x0d);
constexpr uint32_t umin_8h = of_three(1, 1, 0x0d);
constexpr uint32_t umin_4s = of_three(1, 2, 0x0d);
constexpr uint32_t smax_16b = of_three(0, 0, 0x0c);
constexpr uint32_t smax_8h = of_three(0, 1, 0x0c);
constexpr uint32_t smax_4s = of_three(0, 2, 0x0c);
constexpr uint32_t umax_16b = of_three(1, 0, 0x0c);
constexpr uint32_t umax_8h = of_three(1, 1, 0x0c);
constexpr uint32_t umax_4s = of_three(1, 2, 0x0c);
constexpr uint32_t abs_16b = of_two(0, 0, 0x0b);
constexpr uint32_t abs_8h = of_two(0, 1, 0x0b);
constexpr uint32_t abs_4s = of_two(0, 2, 0x0b);
constexpr uint32_t abs_2d = of_two(0, 3, 0x0b);
constexpr uint32_t neg_16b = of_two(1, 0, 0x0b);
constexpr uint32_t neg_8h = of_two(1, 1, 0x0b);
constexpr uint32_t neg_4s = of_two(1, 2, 0x0b);
constexpr uint32_t neg_2d = of_two(1, 3, 0x0b);
// Neighbours of one operand, then those of the other.
constexpr uint32_t addp_4s = of_three(0, 2, 0x17);
constexpr uint32_t umaxp_4s = of_three(1, 2, 0x14);
constexpr uint32_t addp_d = 0x5ef1b800;  // the two lanes of one
constexpr uint32_t addv_8h = across_lanes(0, 1, 0x1b);
constexpr uint32_t addv_4s = across_lanes(0, 2, 0x1b);
constexpr uint32_t uminv_16b = across_lanes(1, 0, 0x1a);
constexpr uint32_t uminv_8h = across_lanes(1, 1, 0x1a);
constexpr uint32_t uminv_4s = across_lanes(1, 2, 0x1a);

// --- Integers, to other widths
constexpr uint32_t sxtl_8h = 0x0f08a400;
constexpr uint32_t sxtl_4s = 0x0f10a400;
constexpr uint32_t sxtl_2d = 0x0f20a400;
constexpr uint32_t uxtl_8h = 0x2f08a400;
constexpr uint32_t uxtl_4s = 0x2f10a400;
constexpr uint32_t uxtl_2d = 0x2f20a400;
constexpr uint32_t xtn_2s = lower_half(of_two(0, 2, 0x12));
constexpr uint32_t sqxtn_8b = lower_half(of_two(0, 0, 0x14));
constexpr uint32_t sqxtn_4h = lower_half(of_two(0, 1, 0x14));
constexpr uint32_t sqxtun_8b = lower_half(of_two(1, 0, 0x12));
constexpr uint32_t sqxtun_4h = lower_half(of_two(1, 1, 0x12));
constexpr uint32_t saddlp_8h = of_two(0, 0, 0x02);
constexpr uint32_t saddlp_4s = of_two(0, 1, 0x02);
constexpr uint32_t uaddlp_8h = of_two(1, 0, 0x02);
constexpr uint32_t uaddlp_4s = of_two(1, 1, 0x02);
constexpr uint32_t uaddlp_2d = of_two(1, 2, 0x02);
constexpr uint32_t smull_8h = of_three_widening(0, 0, 0x0c);
constexpr uint32_t smull_4s = of_three_widening(0, 1, 0x0c);
constexpr uint32_t smull_2d = of_three_widening(0, 2, 0x0c);
constexpr uint32_t umull_8h = of_three_widening(1, 0, 0x0c);
constexpr uint32_t umull_4s = of_three_widening(1, 1, 0x0c);
constexpr uint32_t umull_2d = of_three_widening(1, 2, 0x0c);
constexpr uint32_t umlal_2d = of_three_widening(1, 2, 0x08);  // adds to the result

// --- Comparisons of integers: all ones where they are true
constexpr uint32_t cmeq_16b = of_three(1, 0, 0x11);
constexpr uint32_t cmeq_8h = of_three(1, 1, 0x11);
constexpr uint32_t cmeq_4s = of_three(1, 2, 0x11);
constexpr uint32_t cmeq_2d = of_three(1, 3, 0x11);
constexpr uint32_t cmgt_16b = of_three(0, 0, 0x06);
constexpr uint32_t cmgt_8h = of_three(0, 1, 0x06);
constexpr uint32_t cmgt_4s = of_three(0, 2, 0x06);
constexpr uint32_t cmgt_2d = of_three(0, 3, 0x06);
constexpr uint32_t cmge_16b = of_three(0, 0, 0x07);
constexpr uint32_t cmge_8h = of_three(0, 1, 0x07);
constexpr uint32_t cmge_4s = of_three(0, 2, 0x07);
constexpr uint32_t cmge_2d = of_three(0, 3, 0x07);
constexpr uint32_t cmhi_16b = of_three(1, 0, 0x06);
constexpr uint32_t cmhi_8h = of_three(1, 1, 0x06);
constexpr uint32_t cmhi_4s = of_three(1, 2, 0x06);
constexpr uint32_t cmhs_16b = of_three(1, 0, 0x07);
constexpr uint32_t cmhs_8h = of_three(1, 1, 0x07);
constexpr uint32_t cmhs_4s = of_three(1, 2, 0x07);
constexpr uint32_t cmeq_zero_2d = of_two(0, 3, 0x09);

}  // namespace epsilon::baseline::codes
