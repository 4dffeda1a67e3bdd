// SPDX-License-Identifier: Apache-2.0
// What the tests of lowered floats need to know of x86-64.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "baseline/target.h"
#include "baseline/x64/processor.h"

namespace float_test {

using namespace epsilon::baseline;

// Code is made in each form: with AVX or without.
inline std::vector<bool> forms() {
    return processor().avx ? std::vector<bool>{false, true} : std::vector<bool>{false};
}
inline Assembler assembler(bool form) {
    return Assembler(/*avx=*/form);
}
constexpr const char* name_of(bool form) {
    return form ? "AVX" : "SSE";
}

// What is tested, of the registers that hold slots.
constexpr std::array<Reg, 6> general_registers = {Reg::rcx, Reg::rdx, Reg::rdi,
                                                  Reg::r8,  Reg::r10, Reg::r11};
// The function's arguments are there after begin(), its result at the end; none holds slots.
constexpr Reg operands_register = Reg::r9;
constexpr Reg results_register = Reg::rsi;
constexpr Reg outcome_register = Reg::rax;

inline void begin(Assembler& code) {
    code.mov(Width::w64, operands_register, Reg::rdi);
}
inline void load_vector(Assembler& code, Vec d, const Mem& m) {
    code.vector1({0xf3, 1, 0x6f}, d, m);  // movdqu
}
inline void load_constant(Assembler& code, Vec d, uint64_t low, uint64_t high) {
    load_vector(code, d, code.constant64(low, high));
}
inline void store_vector(Assembler& code, const Mem& m, Vec s) {
    code.vector_store({0xf3, 1, 0x7f}, m, s);
}

// The NaN that the processor's operations give, where an operand is one.
inline float sum(float a, float b) {
    asm("addss %1, %0" : "+x"(a) : "x"(b));
    return a;
}
inline double sum(double a, double b) {
    asm("addsd %1, %0" : "+x"(a) : "x"(b));
    return a;
}

}  // namespace float_test
