// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "platform/code_unwind.h"

// What code_memory.cpp keeps of the address space that it has for code.
namespace epsilon::platform {

struct FaultSite;

// Before a block's code, in the same memory.
struct CodeHeader {
    const uint8_t* cells;  // what its sites' cells count from
    uint32_t bytes;        // of code and data, which the sites follow
    uint32_t site_count;
};
static_assert(sizeof(CodeHeader) == 16);

// A range of address space mapped twice, once to write and once to execute, and the units of it
// that are taken. Never destroyed, because signal handlers look at all of them without a lock; its
// size never changes, so what they see of a region that is being unmapped or mapped anew can't be
// mistaken for the one that they run in.
//
// All else is for who holds the arena's lock.
class CodeRegion {
public:
    static constexpr size_t unit = 64;
    // Units begin so much before a multiple of their size that code behind a header is at one.
    static constexpr size_t first_unit = unit - sizeof(CodeHeader);

    // One that isn't mapped. Null without memory.
    static CodeRegion* make(size_t bytes) noexcept;
    CodeRegion(const CodeRegion&) = delete;
    CodeRegion& operator=(const CodeRegion&) = delete;

    size_t size() const noexcept { return size_; }
    size_t units() const noexcept { return (size_ - first_unit) / unit; }
    // The executable view; null: not mapped.
    const uint8_t* base() const noexcept {
        return reinterpret_cast<const uint8_t*>(base_.load(std::memory_order_relaxed));
    }
    // Of an executable address. Only in the process that mapped it.
    uint8_t* writable(const uint8_t* code) const noexcept { return writable_ + (code - base()); }
    // Whether this process mapped it, so that its writable view is there.
    bool is_own() const noexcept;
    bool is_empty() const noexcept { return blocks_ == 0; }
    // Whether no units are lost to forks.
    bool is_whole() const noexcept { return lost_ == 0; }
    // Bytes that were ever written, from the beginning.
    size_t touched() const noexcept { return touched_; }

    // False when the system refuses; errno says why.
    bool map() noexcept;
    void unmap() noexcept;
    // Whether unwinders of this process are to know it.
    void tell_unwinder(bool wanted) noexcept;

    // Takes that many units in a row; gives the executable address of the code behind the header,
    // which isn't written. Null when there are none, or no memory for them.
    const uint8_t* take(size_t count) noexcept;
    // Gives them back, filled with what traps. `is_shared`: a process made by fork() may execute
    // them: they stay as they are and are not taken again.
    void give_back(const uint8_t* code, size_t count, bool is_shared) noexcept;

    // The code of the block that this address is in, which must be of one that is taken.
    // Async-signal-safe.
    const uint8_t* block_of(uintptr_t address) const noexcept;
    // The region with this address, if any. Async-signal-safe.
    static const CodeRegion* of(uintptr_t address) noexcept;

    CodeRegion* next = nullptr;  // in one of the arena's lists

private:
    explicit CodeRegion(size_t bytes) noexcept : size_(bytes) {}
    bool contains(uintptr_t address) const noexcept {
        const uintptr_t base = base_.load(std::memory_order_acquire);
        return base != 0 && address - base < size_;
    }
    size_t unit_of(const uint8_t* code) const noexcept {
        return (static_cast<size_t>(code - base()) - unit) / unit;
    }
    size_t find(size_t count) const noexcept;
    void mark(size_t begin, size_t count, bool taken) noexcept;
    bool touch(size_t end) noexcept;

    const size_t size_;
    std::atomic<uintptr_t> base_{0};
    uint8_t* writable_ = nullptr;
    uint64_t generation_ = 0;
    size_t blocks_ = 0;
    // False under emulators, which may go on with what they made of code that was there before.
    bool reuses_ = true;
    size_t lost_ = 0;  // blocks given back whose units stay taken
    size_t touched_ = 0;
    size_t first_free_ = 0;                            // no unit before it is free
    size_t refused_ = SIZE_MAX;                        // so many in a row there are not
    std::unique_ptr<uint64_t[]> taken_;                // a bit for each unit
    std::unique_ptr<std::atomic<uint64_t>[]> starts_;  // those that blocks begin with
    std::optional<UnwindSection> unwind_;              // while the unwinder knows it
    CodeRegion* next_known_ = nullptr;
};

}  // namespace epsilon::platform
