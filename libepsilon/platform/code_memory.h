// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

// Memory for machine code (decision 0015). No address is ever writable and executable: code is
// written at one address and runs at another. What was given back, and what lies between, traps.
//
// All of it on any thread. After a fork the child runs what it finds, and never writes there; nor
// does the parent write what was a block when it forked.
namespace epsilon::platform {

class CodeRegion;
namespace detail {
struct DebugEntry;
}

// An instruction that may fault on WebAssembly memory (as EPSILON_FAULT_ENTRY says of handlers'),
// and what pc is to be then. At the fault fp and ctx must be in their registers.
struct FaultSite {
    uint32_t offset;  // of the instruction, in the block
    uint32_t cell;    // of the cell, from the `cells` of the block
};

// Code and read-only data, owned. Its address is a multiple of 64. Move-only.
class CodeBlock {
public:
    // Empty if machine code is forbidden, the limit is reached, or there is no memory.
    static CodeBlock allocate(size_t bytes, size_t fault_sites = 0) noexcept;

    CodeBlock() noexcept = default;
    CodeBlock(CodeBlock&& other) noexcept;
    CodeBlock& operator=(CodeBlock&& other) noexcept;
    CodeBlock(const CodeBlock&) = delete;
    CodeBlock& operator=(const CodeBlock&) = delete;
    // Nobody may be executing it in this process.
    ~CodeBlock();

    explicit operator bool() const noexcept { return code_ != nullptr; }
    // Where it runs.
    const uint8_t* code() const noexcept { return code_; }
    // As asked for.
    size_t size() const noexcept;

    // Where it is written, until finish(), by the process that allocated it. The sites are to be
    // in the order of their offsets.
    uint8_t* writable() const noexcept;
    FaultSite* fault_sites() const noexcept;
    // To be called when all is written, before it runs. `cells` is what the sites' cells count
    // from, and must live as long.
    void finish(const uint8_t* cells = nullptr) noexcept;
    // What others are to see it as, if they are shown anything (code_symbols.h). Once.
    void set_name(std::string_view name) noexcept;

private:
    CodeRegion* region_ = nullptr;
    const uint8_t* code_ = nullptr;
    uint64_t fork_count_ = 0;  // when it was allocated
    detail::DebugEntry* debug_entry_ = nullptr;
};

// The pc of the cell that the instruction at this address stands for, if it is a fault site of a
// block; else null. Async-signal-safe, while that block lives.
const uint8_t* fault_cell_of_code(uintptr_t instruction) noexcept;

// Whether the system lets us make machine code: tries once, and remembers.
bool code_memory_available() noexcept;

// How much address space code may take in this process (half of what is mapped for it, as it is
// mapped twice). What is mapped already stays.
inline constexpr size_t default_code_memory_limit = size_t{1} << 30;
void set_code_memory_limit(size_t bytes) noexcept;

struct CodeMemoryUse {
    size_t mapped = 0;  // bytes, counted as for the limit
    size_t blocks = 0;
};
CodeMemoryUse code_memory_use() noexcept;

namespace detail {
// Whether this process's unwinder is to know the rules of machine code; code_symbols.cpp.
void tell_unwinder(bool wanted) noexcept;
}  // namespace detail

// For tests: while one lives, the system forbids machine code.
class CodeMemoryRefusal {
public:
    CodeMemoryRefusal() noexcept;
    ~CodeMemoryRefusal();
    CodeMemoryRefusal(const CodeMemoryRefusal&) = delete;
    CodeMemoryRefusal& operator=(const CodeMemoryRefusal&) = delete;
};

}  // namespace epsilon::platform
