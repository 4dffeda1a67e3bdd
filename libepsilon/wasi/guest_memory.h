// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstring>
#include <string>
#include <type_traits>

#include "runtime/abi.h"

namespace epsilon::wasi {

// A pointer into the program's memory, as it comes: anything.
struct Address {
    uint32_t value = 0;

    // Where a record's field or an array's element is; for addresses that were looked at as a
    // whole before. Beyond 32 bits there is no memory: such a sum is not inside either.
    uint64_t operator+(uint64_t offset) const { return value + offset; }
};

// The memory of the program that calls. Every access is checked; addresses come in 64 bits so that
// sums of 32-bit ones don't wrap. Callbacks of the embedder may grow the memory, and so move it:
// pointers into it are good until the next callback.
class GuestMemory {
public:
    // Null: a memory without a byte.
    explicit GuestMemory(const MemoryView* view) : view_(view) {}

    bool contains(uint64_t address, uint64_t size) const {
        const uint64_t bytes = view_ == nullptr ? 0 : view_->bytes;
        return size <= bytes && address <= bytes - size;
    }
    // Null unless the range is inside the memory.
    uint8_t* at(uint64_t address, uint64_t size) const {
        static uint8_t nothing;
        if (!contains(address, size)) {
            return nullptr;
        }
        return size == 0 ? &nothing : view_->base + address;
    }

    // Numbers, little-endian as the host is; false when out of bounds.
    template <class T>
    bool load(uint64_t address, T& value) const {
        static_assert(std::is_integral_v<T>);
        const uint8_t* from = at(address, sizeof value);
        if (from != nullptr) {
            std::memcpy(&value, from, sizeof value);
        }
        return from != nullptr;
    }
    template <class T>
    bool store(uint64_t address, T value) const {
        static_assert(std::is_integral_v<T>);
        uint8_t* to = at(address, sizeof value);
        if (to != nullptr) {
            std::memcpy(to, &value, sizeof value);
        }
        return to != nullptr;
    }

private:
    const MemoryView* view_;
};

}  // namespace epsilon::wasi
