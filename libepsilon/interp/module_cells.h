// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <memory>

#include "interp/tiers.h"
#include "interp/translator.h"
#include "runtime/instance.h"

namespace epsilon::interp {

// A module's cells, made function by function when first needed, in each variant that is run.
// Shared by all instances of the module, in all stores and threads.
class ModuleCells : public ModuleCode {
public:
    // Functions that would take the cells beyond `most_bytes` are refused (kind limit). Without a
    // compiler nothing is compiled.
    explicit ModuleCells(std::shared_ptr<const Module> validated, size_t most_bytes = SIZE_MAX,
                         Compiler* compiler = nullptr);
    ~ModuleCells() override;

    // Cells of a defined function. Any thread; two threads that need the same function at once may
    // both translate it, and one result is kept. Fails as translate() does; `running` as there, and
    // its store says what is hot in cells that count.
    Result<const uint8_t*> cells(uint32_t function, uint32_t variant,
                                 const Context* running = nullptr);

    // Machine code of a defined function, made if there is none; null if it can't be. Any thread.
    const MachineFunction* machine_function(uint32_t function, uint32_t variant,
                                            const Context& running) noexcept;
    // What has been made of the function, if anything has: cells, machine code. Null otherwise.
    const uint8_t* made_cells(uint32_t function, uint32_t variant) const;
    const MachineFunction* made_machine_function(uint32_t function, uint32_t variant) const;
    Compiler* compiler() const { return compiler_; }

    // Bytes of code made so far: cells, and machine code with what belongs to it.
    size_t bytes() const { return bytes_.load(std::memory_order_relaxed); }
    // What the compiler has made so far. Each number is right, they may be of different moments.
    struct Compiled {
        uint64_t functions = 0;
        uint64_t machine_bytes = 0;
        uint64_t nanoseconds = 0;  // that compiling took, also what came to nothing
    };
    Compiled compiled() const;

private:
    using Entry = std::atomic<const uint8_t*>;
    using MachineEntry = std::atomic<const MachineFunction*>;

    template <class T>
    T* entries(std::atomic<T*>& variant) const;
    bool take_bytes(size_t size);
    std::unique_ptr<MachineFunction> compile(uint32_t function, uint32_t variant,
                                             const Context& running);

    // Per variant an array with an entry for each defined function, made when first needed; owned.
    std::array<std::atomic<Entry*>, variant_count> variants_{};
    std::array<std::atomic<MachineEntry*>, variant_count> machine_variants_{};
    Compiler* const compiler_;
    const size_t most_bytes_;
    std::atomic<size_t> bytes_{0};
    std::atomic<uint64_t> compiled_functions_{0};
    std::atomic<uint64_t> machine_bytes_{0};
    std::atomic<uint64_t> compile_nanoseconds_{0};
};

}  // namespace epsilon::interp
