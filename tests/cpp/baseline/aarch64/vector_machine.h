// SPDX-License-Identifier: Apache-2.0
// AArch64, as baseline/vector_machine.h needs it, which includes this.
#pragma once

#include <cstddef>

namespace vector_test {

// By their numbers.
struct Registers {
    std::array<uint64_t, 18> general;
    std::array<V128, 32> vector;
};
// The others are scratch.
inline bool is_compared(Reg reg) {
    return reg != Reg::x0 && reg < Reg::x16;
}
inline bool is_compared(Vec reg) {
    return reg < Vec::v23;
}

// Code whose constants are near or may be far away.
struct Form {
    bool far;
    std::string name() const { return far ? "far constants" : "near constants"; }
    Assembler assembler() const { return Assembler(); }

    void begin(Assembler& code) const {
        if (far) code.use_far_distances();
    }
    void end(Assembler&) const {}
};
inline std::vector<Form> forms() {
    return {{false}, {true}};
}

inline void call(const uint8_t* code, Registers& registers) {
    static_assert(offsetof(Registers, general) == 0 && offsetof(Registers, vector) == 144);
    // clang-format off
    asm volatile(
        "mov x19, %0\n mov x20, %1\n"
#define EPSILON_TEST_MOVE_ALL(move) \
        move " x0, x1, [x19]\n" move " x2, x3, [x19, #16]\n" \
        move " x4, x5, [x19, #32]\n" move " x6, x7, [x19, #48]\n" \
        move " x8, x9, [x19, #64]\n" move " x10, x11, [x19, #80]\n" \
        move " x12, x13, [x19, #96]\n" move " x14, x15, [x19, #112]\n" \
        move " x16, x17, [x19, #128]\n" move " q0, q1, [x19, #144]\n" \
        move " q2, q3, [x19, #176]\n" move " q4, q5, [x19, #208]\n" \
        move " q6, q7, [x19, #240]\n" move " q8, q9, [x19, #272]\n" \
        move " q10, q11, [x19, #304]\n" move " q12, q13, [x19, #336]\n" \
        move " q14, q15, [x19, #368]\n" move " q16, q17, [x19, #400]\n" \
        move " q18, q19, [x19, #432]\n" move " q20, q21, [x19, #464]\n" \
        move " q22, q23, [x19, #496]\n" move " q24, q25, [x19, #528]\n" \
        move " q26, q27, [x19, #560]\n" move " q28, q29, [x19, #592]\n" \
        move " q30, q31, [x19, #624]\n"
        EPSILON_TEST_MOVE_ALL("ldp")
        "blr x20\n"
        EPSILON_TEST_MOVE_ALL("stp")
#undef EPSILON_TEST_MOVE_ALL
        :
        : "r"(&registers), "r"(code)
        : "x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13",
          "x14", "x15", "x16", "x17", "x19", "x20", "x30", "v0", "v1", "v2", "v3", "v4", "v5",
          "v6", "v7", "v8", "v9", "v10", "v11", "v12", "v13", "v14", "v15", "v16", "v17", "v18",
          "v19", "v20", "v21", "v22", "v23", "v24", "v25", "v26", "v27", "v28", "v29", "v30",
          "v31", "cc", "memory");
    // clang-format on
}
inline auto& program_counter(ucontext_t& context) {
    return context.uc_mcontext.pc;
}

// Two neighbours and one with a high number, so that all ways of being the same occur.
constexpr Vec vector_registers[] = {Vec::v1, Vec::v2, Vec::v20};
constexpr Vec other_vectors[] = {Vec::v0, Vec::v7, Vec::v18, Vec::v22};
constexpr Reg general_registers[] = {Reg::x3, Reg::x6, Reg::x12, Reg::x15};

// Ways to address memory, with the registers set up so that they give `address`.
struct Addressing {
    Mem m;
    void set(Registers& registers, const uint8_t* address) const {
        uint64_t base = reinterpret_cast<uintptr_t>(address) - uint64_t(int64_t{m.disp});
        if (m.index != Reg::none) {
            // The upper half of an index of 32 bits doesn't count.
            registers.general[size_t(m.index)] =
                m.index_width == Width::w64 ? 3 : 0xdeadbeef00000003;
            base -= uint64_t{3} << m.shift;
        }
        registers.general[size_t(m.base)] = base;
    }
    // The instruction that accesses is the first one: far distances take more.
    bool is_direct() const { return m.disp >= -256 && m.disp < 256; }
};
constexpr Addressing addressings[] = {
    {at(Reg::x2, 0)},
    {at(Reg::x1, -16)},
    {at(Reg::x16, -16)},
    {at(Reg::x16, -1)},
    {at(Reg::x0, 0)},
    {at(Reg::x2, 127)},
    {at(Reg::x2, 255)},
    {at(Reg::x2, 256)},
    {at(Reg::x2, 4095 * 16)},
    {at(Reg::x2, 100001)},
    {at(Reg::x2, 0x12345678)},
    {at_index(Reg::x2, Reg::x6)},
    {at_index(Reg::x2, Reg::x15)},
    {at_index(Reg::x2, Reg::x16, Width::w64)},
    {at_index(Reg::x2, Reg::x3, Width::w64)},
};

// What the processor makes of the operands' NaNs; of two, minimum and maximum give one of them.
constexpr bool extremes_give_operands = true;
inline V128 sum_of_f32x4(V128 a, V128 b) {
    asm("fadd %0.4s, %0.4s, %1.4s" : "+w"(a) : "w"(b));
    return a;
}
inline V128 sum_of_f64x2(V128 a, V128 b) {
    asm("fadd %0.2d, %0.2d, %1.2d" : "+w"(a) : "w"(b));
    return a;
}

}  // namespace vector_test
