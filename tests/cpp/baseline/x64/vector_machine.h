// SPDX-License-Identifier: Apache-2.0
// x86-64, as baseline/vector_machine.h needs it, which includes this.
#pragma once

#include <cstddef>

namespace vector_test {

// By their numbers.
struct Registers {
    std::array<uint64_t, 16> general;
    std::array<V128, 16> vector;
    std::array<uint64_t, 6> saved;
};
// Not loaded or stored: rax is scratch, rsp and rdi are those of the code around.
inline bool is_fixed(Reg reg) {
    return reg == Reg::rax || reg == Reg::rsp || reg == Reg::rdi;
}
inline bool is_compared(Reg reg) {
    return !is_fixed(reg);
}
inline bool is_compared(Vec reg) {
    return reg < Xmm::xmm14;  // the others are scratch
}

// Code with SSE or with AVX.
struct Form {
    bool avx;
    std::string name() const { return avx ? "AVX" : "SSE"; }
    Assembler assembler() const { return Assembler(avx); }

    void begin(Assembler& code) const {
        move_callee_saved(code, true);
        move_all(code, true);
    }
    void end(Assembler& code) const {
        move_all(code, false);
        move_callee_saved(code, false);
    }

private:
    static void move_callee_saved(Assembler& code, bool save) {
        int32_t offset = offsetof(Registers, saved);
        for (Reg reg : {Reg::rbx, Reg::rbp, Reg::r12, Reg::r13, Reg::r14, Reg::r15}) {
            if (save) {
                code.store(8, at(Reg::rdi, offset), reg);
            } else {
                code.load(Access::u64, reg, at(Reg::rdi, offset));
            }
            offset += 8;
        }
    }
    static void move_all(Assembler& code, bool load) {
        const VectorCode load_vector = {0, 1, 0x10}, store_vector = {0, 1, 0x11};
        for (uint8_t i = 0; i < 16; ++i) {
            const Mem general = at(Reg::rdi, int32_t(offsetof(Registers, general)) + 8 * i);
            const Mem vector = at(Reg::rdi, int32_t(offsetof(Registers, vector)) + 16 * i);
            if (load) {
                if (!is_fixed(Reg(i))) code.load(Access::u64, Reg(i), general);
                code.vector1(load_vector, Xmm(i), vector);
            } else {
                if (!is_fixed(Reg(i))) code.store(8, general, Reg(i));
                code.vector_store(store_vector, vector, Xmm(i));
            }
        }
    }
};
inline std::vector<Form> forms() {
    if (__builtin_cpu_supports("avx2")) return {{false}, {true}};
    return {{false}};
}

inline void call(const uint8_t* code, Registers& registers) {
    void (*function)(Registers*);
    std::memcpy(&function, &code, sizeof function);
    function(&registers);
}
inline greg_t& program_counter(ucontext_t& context) {
    return context.uc_mcontext.gregs[REG_RIP];
}

// One low register and two high ones, so that all encodings and all ways of being the same occur.
constexpr Vec vector_registers[] = {Xmm::xmm1, Xmm::xmm9, Xmm::xmm13};
constexpr Vec other_vectors[] = {Xmm::xmm0, Xmm::xmm7, Xmm::xmm11, Xmm::xmm12};
constexpr Reg general_registers[] = {Reg::rcx, Reg::rsi, Reg::r8, Reg::r13};

// Ways to address memory, with the registers set up so that they give `address`.
struct Addressing {
    Mem m;
    void set(Registers& registers, const uint8_t* address) const {
        uint64_t base = reinterpret_cast<uintptr_t>(address) - uint64_t(int64_t{m.disp});
        if (m.index != Reg::none) {
            registers.general[size_t(m.index)] = 3;
            base -= uint64_t{3} << m.scale;
        }
        registers.general[size_t(m.base)] = base;
    }
    // The instruction that accesses is the first one.
    bool is_direct() const { return true; }
};
constexpr Addressing addressings[] = {
    {at(Reg::rcx, 0)},           {at(Reg::rbp, 0)},
    {at(Reg::r12, 0)},           {at(Reg::r13, 0)},
    {at(Reg::rsi, -16)},         {at(Reg::r15, 100000)},
    {at(Reg::r12, 127)},         {at(Reg::r15, Reg::rcx, 0)},
    {at(Reg::rbx, Reg::r11, 0)}, {at(Reg::r13, Reg::r14, 0, 3)},
    {at(Reg::rdx, Reg::rbp, 8)}, {at(Reg::r15, Reg::r12, 0x12345678, 2)},
};

// What the processor makes of the operands' NaNs; of two, minimum and maximum give the canonical
// NaN.
constexpr bool extremes_give_operands = false;
inline V128 sum_of_f32x4(V128 a, V128 b) {
    asm("addps %1, %0" : "+x"(a) : "x"(b));
    return a;
}
inline V128 sum_of_f64x2(V128 a, V128 b) {
    asm("addpd %1, %0" : "+x"(a) : "x"(b));
    return a;
}

}  // namespace vector_test
