// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>

#include "baseline/aarch64/assembler.h"

// AArch64, as what is common to all processors sees it. Registers that a function must keep for its
// caller are not used: nothing is saved at the border.
namespace epsilon::baseline {

inline Assembler new_assembler() {
    return Assembler();
}

// What machine code has in fixed registers (interp/tiers.h), where handlers have it too; the others
// hold slots. x0, x16 and v23 to v31 are scratch within an operation; x17 is the assembler's.
constexpr Reg frame_register = Reg::x1;
constexpr Reg context_register = Reg::x5;
constexpr Reg memory_register = Reg::x2;
constexpr Reg scratch_register = Reg::x0;
constexpr Vec scratch_vector = Vec::v23;

// Those that hold slots, in the order in which they are taken, whether something is called or not.
constexpr std::array<Reg, 12> general_order = {Reg::x6,  Reg::x7,  Reg::x8,  Reg::x9,
                                               Reg::x10, Reg::x11, Reg::x12, Reg::x13,
                                               Reg::x14, Reg::x15, Reg::x4,  Reg::x3};
constexpr std::array<Reg, 12> leaf_order = general_order;
// Those that C's functions keep: none is used.
constexpr uint32_t kept_registers = 0;
// The first ones of the bank: v0 to v7, v16 to v22.
constexpr size_t vector_count = 15;

// A call's single result is there too.
constexpr Reg result_register = Reg::x3;
constexpr Vec result_vector = Vec::v0;

// A register of either bank: general ones first, then those of vectors.
using Register = uint8_t;
constexpr Register first_vector = 16;
constexpr Register register_of(Reg reg) {
    return uint8_t(reg);
}
constexpr Register register_of(Vec reg) {
    return uint8_t(first_vector + uint8_t(reg) - (reg < Vec::v8 ? 0 : 8));
}
constexpr Reg general(Register reg) {
    return Reg(reg);
}
constexpr Vec vector(Register reg) {
    return Vec(reg - first_vector + (reg - first_vector < 8 ? 0 : 8));
}

// Of the routines for ranges (baseline/bulk_routines.h), which also change v24 to v31; machine code
// has its own link in x17 meanwhile.
constexpr Reg routine_place = Reg::x0;
constexpr Reg routine_operand = Reg::x16;
constexpr Reg routine_length = Reg::x3;
inline uint32_t most_routine_bytes() {
    return 2048;
}

}  // namespace epsilon::baseline
