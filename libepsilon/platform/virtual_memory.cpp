// SPDX-License-Identifier: Apache-2.0
#include "platform/virtual_memory.h"

#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <utility>

namespace epsilon::platform {

namespace {

// Calls still allowed to succeed, or negative when nothing is to fail.
std::atomic<int64_t> remaining_successes{-1};

bool failure_is_due() noexcept {
    int64_t remaining = remaining_successes.load(std::memory_order_relaxed);
    while (remaining > 0) {
        if (remaining_successes.compare_exchange_weak(remaining, remaining - 1,
                                                      std::memory_order_relaxed)) {
            return false;
        }
    }
    return remaining == 0;
}

bool is_whole_pages(size_t offset, size_t length) noexcept {
    return ((offset | length) & (page_size() - 1)) == 0;
}

}  // namespace

size_t page_size() noexcept {
    static const size_t size = static_cast<size_t>(sysconf(_SC_PAGESIZE));
    return size;
}

std::optional<Reservation> Reservation::reserve(size_t bytes) noexcept {
    const size_t mask = page_size() - 1;
    if (bytes == 0 || bytes > SIZE_MAX - mask || failure_is_due()) return std::nullopt;
    const size_t rounded = (bytes + mask) & ~mask;
    void* base =
        mmap(nullptr, rounded, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (base == MAP_FAILED) return std::nullopt;
    return Reservation(static_cast<uint8_t*>(base), rounded);
}

Reservation::Reservation(Reservation&& other) noexcept
    : base_(std::exchange(other.base_, nullptr)), size_(std::exchange(other.size_, 0)) {}

Reservation& Reservation::operator=(Reservation&& other) noexcept {
    if (this != &other) {
        release();
        base_ = std::exchange(other.base_, nullptr);
        size_ = std::exchange(other.size_, 0);
    }
    return *this;
}

Reservation::~Reservation() {
    release();
}

void Reservation::release() noexcept {
    if (base_ != nullptr) munmap(base_, size_);
}

bool Reservation::contains(size_t offset, size_t length) const noexcept {
    return offset <= size_ && length <= size_ - offset;
}

bool Reservation::commit(size_t offset, size_t length) noexcept {
    if (!contains(offset, length)) return false;
    if (length == 0) return true;
    if (failure_is_due()) return false;
    const size_t mask = page_size() - 1;
    const size_t begin = offset & ~mask;
    const size_t end = (offset + length + mask) & ~mask;
    return mprotect(base_ + begin, end - begin, PROT_READ | PROT_WRITE) == 0;
}

bool Reservation::decommit(size_t offset, size_t length) noexcept {
    if (!contains(offset, length) || !is_whole_pages(offset, length)) return false;
    if (length == 0) return true;
    if (failure_is_due()) return false;
    // Two calls rather than one MAP_FIXED mapping: that can fail after it has unmapped the range.
    return madvise(base_ + offset, length, MADV_DONTNEED) == 0 &&
           mprotect(base_ + offset, length, PROT_NONE) == 0;
}

bool Reservation::discard(size_t offset, size_t length) noexcept {
    if (!contains(offset, length) || !is_whole_pages(offset, length)) return false;
    if (length == 0) return true;
    if (failure_is_due()) return false;
    return madvise(base_ + offset, length, MADV_DONTNEED) == 0;
}

MemoryFailureGuard::MemoryFailureGuard(uint64_t successes) noexcept {
    remaining_successes.store(static_cast<int64_t>(successes), std::memory_order_relaxed);
}

MemoryFailureGuard::~MemoryFailureGuard() {
    remaining_successes.store(-1, std::memory_order_relaxed);
}

}  // namespace epsilon::platform
