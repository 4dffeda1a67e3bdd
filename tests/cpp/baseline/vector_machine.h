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

}  // namespace vector_test

#if defined(__aarch64__)
#include "baseline/aarch64/vector_machine.h"
#else
#include "baseline/x64/vector_machine.h"
#endif

namespace vector_test {

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
    for (uint8_t i = 0; i < before.general.size(); ++i)
        if (is_compared(Reg(i)) && Reg(i) != result && before.general[i] != after.general[i])
            return "general register " + std::to_string(i) + " is changed";
    for (uint8_t i = 0; i < before.vector.size(); ++i)
        if (is_compared(Vec(i)) && i != vector_result && !same(before.vector[i], after.vector[i]))
            return "vector register " + std::to_string(i) + " is changed";
    return "";
}

class Machine {
public:
    explicit Machine(const Form& form) : form_(form), code_(form.assembler()) {
        page_ = static_cast<uint8_t*>(
            mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
        if (page_ == MAP_FAILED) throw std::runtime_error("no memory for code");
    }
    Machine(const Machine&) = delete;
    Machine& operator=(const Machine&) = delete;
    ~Machine() { munmap(page_, size); }

    const Form& form() const { return form_; }

    // `lower` puts the code to run into the assembler.
    template <class Lower>
    void make(Lower lower) {
        code_.clear();
        form_.begin(code_);
        start_ = code_.position();
        lower(code_);
        end_ = code_.position();
        form_.end(code_);
        code_.ret();
        code_.finish();
        const auto bytes = code_.code();
        if (bytes.size() > size) throw std::runtime_error("the code is too long");
        mprotect(page_, size, PROT_READ | PROT_WRITE);
        std::memcpy(page_, bytes.data(), bytes.size());
        mprotect(page_, size, PROT_READ | PROT_EXEC);
        auto* const start = reinterpret_cast<char*>(page_);
        __builtin___clear_cache(start, start + bytes.size());
    }
    uint32_t start() const { return start_; }
    uint32_t code_size() const { return end_ - start_; }

    void run(Registers& registers) const { call(page_, registers); }

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
        auto& pc = program_counter(*static_cast<ucontext_t*>(context));
        const auto page = reinterpret_cast<uintptr_t>(faulting_->page_);
        fault_position_ = int(uintptr_t(pc) - page);
        pc = static_cast<std::remove_reference_t<decltype(pc)>>(page + faulting_->end_);
    }

    Form form_;
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
    for (const Form& form : forms()) {
        Machine machine{form};
        test(machine);
    }
}

}  // namespace vector_test
