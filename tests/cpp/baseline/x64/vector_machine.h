// SPDX-License-Identifier: Apache-2.0
// Running pieces of machine code on registers with known contents. Included by the tests of
// lowered vector instructions, and for them only.
#pragma once

#include <signal.h>
#include <sys/mman.h>
#include <ucontext.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "baseline/lowering.h"
#include "wasm/simd.h"

namespace vector_test {

using namespace epsilon::baseline;
using epsilon::Opcode;
using epsilon::simd::V128;

// Registers by their numbers. Those of `fixed` are not loaded or stored: rax is scratch, rsp and
// rdi are the wrapper's.
struct Registers {
    std::array<uint64_t, 16> general;
    std::array<V128, 16> vector;
    std::array<uint64_t, 6> saved;
};
inline bool is_fixed(Reg reg) {
    return reg == Reg::rax || reg == Reg::rsp || reg == Reg::rdi;
}

inline V128 random_vector(std::mt19937_64& random) {
    return V128{random(), random()};
}
inline Registers random_registers(uint64_t seed) {
    std::mt19937_64 random{seed};
    Registers registers{};
    for (uint64_t& reg : registers.general)
        reg = random();
    for (V128& reg : registers.vector)
        reg = random_vector(random);
    return registers;
}

inline bool same(V128 a, V128 b) {
    return std::memcmp(&a, &b, sizeof a) == 0;
}
inline std::string show(V128 v) {
    char text[64];
    std::snprintf(text, sizeof text, "%016llx:%016llx", static_cast<unsigned long long>(v[1]),
                  static_cast<unsigned long long>(v[0]));
    return text;
}

// What differs besides the results and the scratch registers, or nothing.
inline std::string touched(const Registers& before, const Registers& after, Reg result,
                           int vector_result = -1) {
    for (uint8_t i = 0; i < 16; ++i)
        if (!is_fixed(Reg(i)) && Reg(i) != result && before.general[i] != after.general[i])
            return "general register " + std::to_string(i) + " is changed";
    for (int i = 0; i < 14; ++i)
        if (i != vector_result && !same(before.vector[i], after.vector[i]))
            return "xmm" + std::to_string(i) + " is changed";
    return "";
}

class Machine {
public:
    explicit Machine(bool avx) : code_(avx) {
        page_ = static_cast<uint8_t*>(
            mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
        if (page_ == MAP_FAILED) throw std::runtime_error("no memory for code");
    }
    Machine(const Machine&) = delete;
    Machine& operator=(const Machine&) = delete;
    ~Machine() { munmap(page_, size); }

    bool avx() const { return code_.avx(); }
    std::string form() const { return avx() ? "AVX" : "SSE"; }

    // `lower` puts the code to run into the assembler.
    template <class Lower>
    void make(Lower lower) {
        code_.clear();
        move_callee_saved(true);
        move_all(true);
        start_ = code_.position();
        lower(code_);
        end_ = code_.position();
        move_all(false);
        move_callee_saved(false);
        code_.ret();
        code_.finish();
        const auto bytes = code_.code();
        if (bytes.size() > size) throw std::runtime_error("the code is too long");
        mprotect(page_, size, PROT_READ | PROT_WRITE);
        std::memcpy(page_, bytes.data(), bytes.size());
        mprotect(page_, size, PROT_READ | PROT_EXEC);
    }
    uint32_t start() const { return start_; }
    uint32_t code_size() const { return end_ - start_; }

    void run(Registers& registers) const {
        void (*function)(Registers*);
        const uint8_t* address = page_;
        std::memcpy(&function, &address, sizeof function);
        function(&registers);
    }

    // As run, where the code faults: gives the position of the instruction that did, and goes on
    // behind the code. -1 when none did.
    int run_to_fault(Registers& registers) const {
        faulting_ = this;
        fault_position_ = -1;
        struct sigaction action = {}, before = {};
        action.sa_sigaction = &on_fault;
        action.sa_flags = SA_SIGINFO | SA_NODEFER;
        sigaction(SIGSEGV, &action, &before);
        run(registers);
        sigaction(SIGSEGV, &before, nullptr);
        return fault_position_;
    }

private:
    static constexpr size_t size = 65536;

    static void on_fault(int, siginfo_t*, void* context) {
        greg_t& rip = static_cast<ucontext_t*>(context)->uc_mcontext.gregs[REG_RIP];
        fault_position_ = int(rip - reinterpret_cast<greg_t>(faulting_->page_));
        rip = reinterpret_cast<greg_t>(faulting_->page_ + faulting_->end_);
    }

    void move_callee_saved(bool save) {
        int32_t offset = offsetof(Registers, saved);
        for (Reg reg : {Reg::rbx, Reg::rbp, Reg::r12, Reg::r13, Reg::r14, Reg::r15}) {
            if (save) {
                code_.store(8, at(Reg::rdi, offset), reg);
            } else {
                code_.load(Access::u64, reg, at(Reg::rdi, offset));
            }
            offset += 8;
        }
    }
    void move_all(bool load) {
        const VectorCode load_vector = {0, 1, 0x10}, store_vector = {0, 1, 0x11};
        for (uint8_t i = 0; i < 16; ++i) {
            const Mem general = at(Reg::rdi, int32_t(offsetof(Registers, general)) + 8 * i);
            const Mem vector = at(Reg::rdi, int32_t(offsetof(Registers, vector)) + 16 * i);
            if (load) {
                if (!is_fixed(Reg(i))) code_.load(Access::u64, Reg(i), general);
                code_.vector1(load_vector, Xmm(i), vector);
            } else {
                if (!is_fixed(Reg(i))) code_.store(8, general, Reg(i));
                code_.vector_store(store_vector, vector, Xmm(i));
            }
        }
    }

    Assembler code_;
    uint8_t* page_;
    uint32_t start_ = 0;
    uint32_t end_ = 0;

    static inline const Machine* faulting_ = nullptr;
    static inline volatile int fault_position_ = -1;
};

// Calls `test` with a machine for each form that the processor has.
template <class Test>
void with_each_form(Test test) {
    for (const bool avx : {false, true}) {
        if (avx && !__builtin_cpu_supports("avx2")) continue;
        Machine machine{avx};
        test(machine);
    }
}

// One low register and two high ones, so that all encodings and all ways of being the same occur.
constexpr Xmm vector_registers[] = {Xmm::xmm1, Xmm::xmm9, Xmm::xmm13};
constexpr Reg general_registers[] = {Reg::rcx, Reg::rsi, Reg::r8, Reg::r13};

}  // namespace vector_test
