// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace epsilon {

// What a store allows. Asked in one place before anything grows: see Store.
struct StoreLimits {
    static constexpr uint64_t max_pages_without_maximum = 32768;  // 2 GiB
    static constexpr uint64_t max_pages_of_memory32 = 65536;      // 4 GiB

    // Cap on the pages of every memory. None given: a declared maximum is honoured, a memory that
    // declares none may grow to max_pages_without_maximum, or to its minimum if that is larger.
    // Zero given: as none, but without max_pages_without_maximum.
    std::optional<uint64_t> max_memory_pages;
    // Whether max_memory_pages, and the store's timeout and fuel, are ceilings: what instantiations
    // and calls ask for can lower them only.
    bool caps_are_ceilings = false;
    // Over all memories, and tables at 8 bytes an element; nothing overrides it.
    uint64_t max_total_memory_bytes = UINT64_MAX;
    uint64_t max_table_elements = 10'000'000;  // per table
    uint64_t max_instances = UINT64_MAX;
    // Each guarded memory reserves 6 GiB of the process's 128 TiB of address space.
    uint64_t max_memories = 10'000;
    uint64_t max_tables = UINT64_MAX;
    uint32_t max_call_depth = 0;         // WebAssembly frames, exact; 0: only the stack's size
    size_t max_stack_bytes = 64u << 20;  // of the value stack
    size_t min_native_stack_bytes = 64 << 10;  // host re-entry is refused below
    // Calls nested in host functions, where the bounds of the native stack cannot be known.
    uint32_t max_nested_calls_on_unknown_stack = 64;

    // The cap for memories of an instantiation that asks for one, or for none.
    std::optional<uint64_t> page_cap(std::optional<uint64_t> asked) const {
        if (!asked || (caps_are_ceilings && *asked == 0)) {
            return max_memory_pages;
        }
        if (caps_are_ceilings && max_memory_pages.value_or(0) != 0) {
            return std::min(*asked, *max_memory_pages);
        }
        return asked;
    }
};

enum class MemoryStrategy : uint8_t {
    automatic,  // guard pages, or explicit checks where reserving address space fails
    guard,      // guard pages or an error
    explicit_checks,
};

// How a store's programs are executed: see interp/tiers.h.
enum class Tiers : uint8_t {
    interpreter,  // nothing is compiled
    compiled,     // a function is compiled at its first call
    tiered,       // ... when it is hot
};

struct StoreOptions {
    StoreLimits limits;
    MemoryStrategy memory_strategy = MemoryStrategy::automatic;
    uint64_t timeout_ms = 0;     // of calls that name none; 0: none
    bool metering = false;       // code counts what it uses: Store::meter()
    uint64_t fuel = UINT64_MAX;  // what it may use; only with metering, see Meter
    bool signals = true;         // false: no fault handler; explicit checks, and stopping by polls

    // Where functions can be compiled at all. What can't be is interpreted.
    Tiers tiers = Tiers::tiered;
    // When a function is hot: after so many calls of it, or rounds of one of its loops; not 0. They
    // are counted in cells, which a module's instances share: cells count from what the store asks
    // for that needs them first.
    uint32_t hot_calls = 500;
    uint32_t hot_rounds = 1500;
    // For tests. Not 0: when a function is hot, by each of its counts, is drawn at random, by this.
    uint64_t random_tiers = 0;
};

}  // namespace epsilon
