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
    explicit ModuleCells(std::shared_ptr<const Module> validated);
    ~ModuleCells() override;

    // Cells of a defined function. Any thread; two threads that need the same function at once may
    // both translate it, and one result is kept. Fails as translate() does.
    Result<const uint8_t*> cells(uint32_t function, uint32_t variant);

    // Bytes of cells made so far.
    size_t bytes() const { return bytes_.load(std::memory_order_relaxed); }

private:
    using Entry = std::atomic<const uint8_t*>;

    Entry* entries(uint32_t variant);

    // Per variant an array with an entry for each defined function, made when first needed; owned.
    std::array<std::atomic<Entry*>, variant_count> variants_{};
    std::atomic<size_t> bytes_{0};
};

}  // namespace epsilon::interp
