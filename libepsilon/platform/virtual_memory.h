// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

namespace epsilon::platform {

// Bytes per page of the system; a power of two.
size_t page_size() noexcept;

// A range of address space that never moves. All of it is inaccessible at first and costs no
// memory; parts become readable and writable by commit(). Move-only; the destructor unmaps it.
// Not synchronised: calls on one Reservation are serialised by its owner.
class Reservation {
public:
    // bytes is rounded up to whole pages. nullopt when bytes is 0, overflows or the system refuses
    // (address space limits, too many mappings), also after trim_slots() (memory_slots.h).
    static std::optional<Reservation> reserve(size_t bytes) noexcept;

    Reservation(Reservation&& other) noexcept;
    Reservation& operator=(Reservation&& other) noexcept;
    Reservation(const Reservation&) = delete;
    Reservation& operator=(const Reservation&) = delete;
    ~Reservation();

    // Makes [offset, offset + length) readable and writable, widened to whole pages. Pages never
    // written before read as zero; committing twice keeps the contents. False, with accessibility
    // possibly changed in part of the range, when the system refuses, also after trim_slots();
    // false when out of range.
    bool commit(size_t offset, size_t length) noexcept;

    // Gives the pages back and makes them inaccessible. offset and length must be whole pages.
    bool decommit(size_t offset, size_t length) noexcept;

    // Gives the pages back but keeps them accessible: they read as zero again.
    // offset and length must be whole pages, and committed.
    bool discard(size_t offset, size_t length) noexcept;

    uint8_t* base() const noexcept { return base_; }
    size_t size() const noexcept { return size_; }
    // Nothing from here on was ever accessible, or it was decommitted.
    size_t accessible() const noexcept { return accessible_; }
    // Whether the system refused something, so that part of a range may have been changed.
    bool is_in_doubt() const noexcept { return is_in_doubt_; }

private:
    Reservation(uint8_t* base, size_t size) noexcept : base_(base), size_(size) {}
    void release() noexcept;
    bool contains(size_t offset, size_t length) const noexcept;

    uint8_t* base_ = nullptr;
    size_t size_ = 0;
    size_t accessible_ = 0;
    bool is_in_doubt_ = false;
};

// For tests: the next `successes` memory calls (reserve, commit, decommit, discard) of the whole
// process reach the system, and all later ones fail as if it had refused, until the guard dies.
// Kept slots, which would do without the system, are given back first. One guard at a time.
class MemoryFailureGuard {
public:
    explicit MemoryFailureGuard(uint64_t successes) noexcept;
    ~MemoryFailureGuard();
    MemoryFailureGuard(const MemoryFailureGuard&) = delete;
    MemoryFailureGuard& operator=(const MemoryFailureGuard&) = delete;
};

}  // namespace epsilon::platform
