// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>

#include "baseline/x64/assembler.h"
#include "baseline/x64/processor.h"

// x86-64, as what is common to all processors sees it.
namespace epsilon::baseline {

using Vec = Xmm;

// An assembler for this processor.
inline Assembler new_assembler() {
    return Assembler(processor().avx);
}

// What machine code has in fixed registers (interp/tiers.h); the others hold slots. rax, xmm14 and
// xmm15 are scratch within an operation.
constexpr Reg frame_register = Reg::rsi;
constexpr Reg context_register = Reg::r9;
constexpr Reg memory_register = Reg::r15;
constexpr Reg scratch_register = Reg::rax;
constexpr Vec scratch_vector = Vec::xmm15;

// Those that hold slots, in the order in which they are taken: those with short encodings first;
// rdx and rcx, which divisions and shifts take, last. In functions that call nothing those first
// that C's functions need not keep.
constexpr std::array<Reg, 11> general_order = {Reg::rbx, Reg::rbp, Reg::rdi, Reg::r8,
                                               Reg::r10, Reg::r11, Reg::r12, Reg::r13,
                                               Reg::r14, Reg::rdx, Reg::rcx};
constexpr std::array<Reg, 11> leaf_order = {Reg::rdi, Reg::r8,  Reg::r10, Reg::r11,
                                            Reg::rbx, Reg::rbp, Reg::r12, Reg::r13,
                                            Reg::r14, Reg::rdx, Reg::rcx};
// The first ones of the bank.
constexpr size_t vector_count = 14;

// A call's single result is there too.
constexpr Reg result_register = Reg::rcx;
constexpr Vec result_vector = Vec::xmm0;

// A register of either bank: general ones first, then those of vectors.
using Register = uint8_t;
constexpr Register first_vector = 16;
constexpr Register register_of(Reg reg) {
    return uint8_t(reg);
}
constexpr Register register_of(Vec reg) {
    return uint8_t(first_vector + uint8_t(reg));
}
constexpr uint32_t mask_of(Reg reg) {
    return 1u << register_of(reg);
}
// Those that C's functions keep, a bit each.
constexpr uint32_t kept_registers = mask_of(Reg::rbx) | mask_of(Reg::rbp) | mask_of(Reg::r12) |
                                    mask_of(Reg::r13) | mask_of(Reg::r14);
constexpr Reg general(Register reg) {
    return Reg(reg);
}
constexpr Vec vector(Register reg) {
    return Vec(reg - first_vector);
}

// Of the routines for ranges (baseline/bulk_routines.h), which also change xmm12 to xmm15.
constexpr Reg routine_place = Reg::rax;
constexpr Reg routine_operand = Reg::rdx;
constexpr Reg routine_length = Reg::rcx;
inline uint32_t most_routine_bytes() {
    return processor().avx ? 2048 : 64;
}

}  // namespace epsilon::baseline
