// SPDX-License-Identifier: Apache-2.0
// The registered ranges of fault_handler.h: read by the signal handler, so without locks.
#include "platform/fault_handler.h"

#if EPSILON_FAULT_HANDLER

#include <array>
#include <new>

namespace epsilon::platform {

namespace {

// Free when base is 0. A range takes a slot by writing base, counts once size is written, and gives
// the slot back in the opposite order. A thread that faults in a range uses it, so that range isn't
// changing; a torn view of another one can't be mistaken for it except for a fault by a recorded
// instruction, and those touch nothing but memories.
struct RangeSlot {
    std::atomic<uintptr_t> base{0};
    std::atomic<size_t> size{0};
};

// Chunks are never freed: a signal handler may be reading them.
struct RangeChunk {
    std::array<RangeSlot, 255> slots;
    std::atomic<RangeChunk*> next{nullptr};
};

RangeChunk first_chunk;

RangeChunk* next_or_new(RangeChunk* chunk) noexcept {
    RangeChunk* next = chunk->next.load(std::memory_order_acquire);
    if (next != nullptr) return next;
    auto* made = new (std::nothrow) RangeChunk;
    if (made == nullptr) return nullptr;
    if (chunk->next.compare_exchange_strong(next, made, std::memory_order_acq_rel)) return made;
    delete made;
    return next;
}

}  // namespace

bool register_range(const void* base, size_t size) noexcept {
    const auto wanted = reinterpret_cast<uintptr_t>(base);
    if (wanted == 0 || size == 0) return false;
    for (RangeChunk* chunk = &first_chunk; chunk != nullptr; chunk = next_or_new(chunk)) {
        for (RangeSlot& slot : chunk->slots) {
            uintptr_t expected = 0;
            if (slot.base.load(std::memory_order_relaxed) == 0 &&
                slot.base.compare_exchange_strong(expected, wanted, std::memory_order_acq_rel)) {
                slot.size.store(size, std::memory_order_release);
                return true;
            }
        }
    }
    return false;
}

void unregister_range(const void* base) noexcept {
    const auto wanted = reinterpret_cast<uintptr_t>(base);
    if (wanted == 0) return;
    for (RangeChunk* chunk = &first_chunk; chunk != nullptr;
         chunk = chunk->next.load(std::memory_order_acquire)) {
        for (RangeSlot& slot : chunk->slots) {
            if (slot.base.load(std::memory_order_relaxed) != wanted) continue;
            slot.size.store(0, std::memory_order_release);
            slot.base.store(0, std::memory_order_release);
            return;
        }
    }
}

bool is_registered_address(uintptr_t address) noexcept {
    for (const RangeChunk* chunk = &first_chunk; chunk != nullptr;
         chunk = chunk->next.load(std::memory_order_acquire)) {
        for (const RangeSlot& slot : chunk->slots) {
            const size_t size = slot.size.load(std::memory_order_acquire);
            if (address - slot.base.load(std::memory_order_acquire) < size) return true;
        }
    }
    return false;
}

}  // namespace epsilon::platform

#else

namespace epsilon::platform {

bool register_range(const void*, size_t) noexcept {
    return false;
}
void unregister_range(const void*) noexcept {}
bool is_registered_address(uintptr_t) noexcept {
    return false;
}

}  // namespace epsilon::platform

#endif
