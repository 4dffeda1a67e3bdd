// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <random>
#include <vector>

#include "module_layout.h"
#include "wasm/module.h"
#include "wasm/opcode.h"

namespace fuzz {

// A decision of the mutator's. Not std::uniform_int_distribution: its results differ between
// libraries.
class Random {
public:
    explicit Random(unsigned seed) : engine_(seed) {}
    uint32_t below(uint32_t count) { return uint32_t(engine_() % count); }
    bool one_in(uint32_t count) { return below(count) == 0; }

private:
    std::mt19937_64 engine_;
};

// Makes code that is valid anywhere in the body of a function, because it takes nothing from the
// operand stack and leaves nothing there. Numeric, vector and memory instructions are drawn from
// opcodes.def.
class CodeGenerator {
public:
    // `locals` are the types of the function's locals, its parameters first.
    CodeGenerator(const epsilon::Module& module, uint32_t function,
                  std::vector<epsilon::ValueType> locals, Random& random);

    Bytes neutral_code(uint32_t steps);
    // The function's results, out of nothing.
    Bytes results();

private:
    using Type = epsilon::ValueType;

    void step(uint32_t depth);
    void run(uint32_t steps, uint32_t depth);
    void leaf(Type type);
    void leaves(const std::vector<Type>& types);
    void constant(Type type);
    void number(uint32_t value) { write_u32(code_, value); }
    void op(epsilon::Opcode opcode);
    // Operands on the stack if they are there, leaves otherwise.
    void operands(const std::vector<Type>& types);
    void drop_down_to(size_t height);

    void plain();
    void variable();
    void select();
    void block(uint32_t depth);
    void call();
    void leave_function();
    void memory();
    void table();
    void memory_argument(const epsilon::OpcodeInfo& info);

    bool has_memory() const { return !module_.memories.empty(); }
    uint32_t any_memory() { return random_.below(uint32_t(module_.memories.size())); }
    Type any_number_type();

    const epsilon::Module& module_;
    const epsilon::FunctionType& type_;
    std::vector<Type> locals_;
    Random& random_;
    Bytes code_;
    std::vector<Type> stack_;
    size_t floor_ = 0;  // where the innermost block's operands begin
};

}  // namespace fuzz
