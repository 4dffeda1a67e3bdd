// SPDX-License-Identifier: Apache-2.0
// What the tests of lowered floats need to know of AArch64.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "baseline/target.h"

namespace float_test {

using namespace epsilon::baseline;

// Code is made in each form: with near distances or far ones.
inline std::vector<bool> forms() {
    return {false, true};
}
class FormAssembler : public Assembler {
public:
    explicit FormAssembler(bool far) {
        if (far) use_far_distances();
    }
};
inline FormAssembler assembler(bool form) {
    return FormAssembler(form);
}
constexpr const char* name_of(bool form) {
    return form ? "far" : "near";
}

// What is tested, of the registers that hold slots.
constexpr std::array<Reg, 6> general_registers = {Reg::x3, Reg::x4,  Reg::x6,
                                                  Reg::x9, Reg::x13, Reg::x15};
// The function's arguments are there after begin(), its result at the end. What is lowered leaves
// the second one alone.
constexpr Reg operands_register = Reg::x14;
constexpr Reg results_register = frame_register;
constexpr Reg outcome_register = Reg::x0;

inline void begin(Assembler& code) {
    static_assert(results_register == Reg::x1);
    code.mov(Width::w64, operands_register, Reg::x0);
}
inline void load_vector(Assembler& code, Vec d, const Mem& m) {
    code.load(16, d, m);
}
inline void load_constant(Assembler& code, Vec d, uint64_t low, uint64_t high) {
    code.constant(d, low, high);
}
inline void store_vector(Assembler& code, const Mem& m, Vec s) {
    code.store(16, m, s);
}

// The NaN that the processor's operations give, where an operand is one.
inline float sum(float a, float b) {
    float result;
    asm("fadd %s0, %s1, %s2" : "=w"(result) : "w"(a), "w"(b));
    return result;
}
inline double sum(double a, double b) {
    double result;
    asm("fadd %d0, %d1, %d2" : "=w"(result) : "w"(a), "w"(b));
    return result;
}

}  // namespace float_test
