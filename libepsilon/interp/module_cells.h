// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <memory>

#include "interp/translator.h"
#include "runtime/instance.h"

namespace epsilon::interp {

// A module's cells, made function by function when first needed, in each variant that is run.
// Shared by all instances of the module, in all stores and threads.
class ModuleCells : public ModuleCode {
public:
    // Functions that would take the cells beyond `most_bytes` are refused (kind limit).
    explicit ModuleCells(std::shared_ptr<const Module> validated, size_t most_bytes = SIZE_MAX);
    ~ModuleCells() override;

    // Cells of a defined function. Any thread; two threads that need the same function at once may
    // both translate it, and one result is kept. Fails as translate() does; `running` as there.
    Result<const uint8_t*> cells(uint32_t function, uint32_t variant,
                                 const Context* running = nullptr);

    // Bytes of cells made so far.
    size_t bytes() const { return bytes_.load(std::memory_order_relaxed); }

private:
    using Entry = std::atomic<const uint8_t*>;

    Entry* entries(uint32_t variant);

    // Per variant an array with an entry for each defined function, made when first needed; owned.
    std::array<std::atomic<Entry*>, variant_count> variants_{};
    const size_t most_bytes_;
    std::atomic<size_t> bytes_{0};
};

}  // namespace epsilon::interp
