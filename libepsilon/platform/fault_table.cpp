// SPDX-License-Identifier: Apache-2.0
#include "platform/fault_table.h"

#include "platform/fault_handler.h"

#if EPSILON_FAULT_HANDLER

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <mutex>

// The linker defines these for a section that exists. The entry below, at a distance of 0 from
// itself and so naming no instruction, makes it exist in programs without interpreter handlers.
asm(".pushsection epsilon_faults,\"a\",@progbits\n"
    ".long 0\n"
    ".popsection\n");

extern "C" {
extern const int32_t __start_epsilon_faults[] __attribute__((visibility("hidden")));
extern const int32_t __stop_epsilon_faults[] __attribute__((visibility("hidden")));
}

namespace epsilon::platform {

namespace {

// Written once, before the pointer is published; never freed, as a signal may come at any time.
std::atomic<const uintptr_t*> sorted_table{nullptr};
size_t sorted_count = 0;

}  // namespace

bool build_fault_table() noexcept {
    static std::mutex mutex;
    const std::lock_guard lock(mutex);
    if (sorted_table.load(std::memory_order_relaxed) != nullptr) return true;
    const auto count = static_cast<size_t>(__stop_epsilon_faults - __start_epsilon_faults);
    auto* table = static_cast<uintptr_t*>(std::malloc((count + 1) * sizeof(uintptr_t)));
    if (table == nullptr) return false;
    size_t used = 0;
    for (const int32_t* entry = __start_epsilon_faults; entry != __stop_epsilon_faults; ++entry) {
        if (*entry == 0) continue;
        table[used++] = reinterpret_cast<uintptr_t>(entry) +
                        static_cast<uintptr_t>(static_cast<intptr_t>(*entry));
    }
    std::sort(table, table + used);
    sorted_count = used;
    sorted_table.store(table, std::memory_order_release);
    return true;
}

bool is_fault_instruction(uintptr_t pc) noexcept {
    const uintptr_t* table = sorted_table.load(std::memory_order_acquire);
    return table != nullptr && std::binary_search(table, table + sorted_count, pc);
}

size_t fault_table_size() noexcept {
    return sorted_table.load(std::memory_order_acquire) == nullptr ? 0 : sorted_count;
}

}  // namespace epsilon::platform

#else

namespace epsilon::platform {

bool build_fault_table() noexcept {
    return false;
}
bool is_fault_instruction(uintptr_t) noexcept {
    return false;
}
size_t fault_table_size() noexcept {
    return 0;
}

}  // namespace epsilon::platform

#endif
