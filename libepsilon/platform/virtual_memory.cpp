// SPDX-License-Identifier: Apache-2.0
#include "platform/virtual_memory.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <utility>

#include "platform/memory_failure.h"
#include "platform/memory_slots.h"

namespace epsilon::platform {

namespace {

// Calls still allowed to succeed, or negative when nothing is to fail.
std::atomic<int64_t> remaining_successes{-1};

bool is_whole_pages(size_t offset, size_t length) noexcept {
    return ((offset | length) & (page_size() - 1)) == 0;
}

// What the slots keep may be what is missing.
template <class Request>
bool granted(Request request) noexcept {
    return request() || (trim_slots() != 0 && request());
}

}  // namespace

bool detail::memory_failure_is_due() noexcept {
    int64_t remaining = remaining_successes.load(std::memory_order_relaxed);
    while (remaining > 0) {
        if (remaining_successes.compare_exchange_weak(remaining, remaining - 1,
                                                      std::memory_order_relaxed)) {
            return false;
        }
    }
    return remaining == 0;
}

size_t page_size() noexcept {
    static const size_t size = static_cast<size_t>(sysconf(_SC_PAGESIZE));
    return size;
}

std::optional<Reservation> Reservation::reserve(size_t bytes) noexcept {
    const size_t mask = page_size() - 1;
    if (bytes == 0 || bytes > SIZE_MAX - mask) return std::nullopt;
    const size_t rounded = (bytes + mask) & ~mask;
    void* base = MAP_FAILED;
    const auto map = [&]() noexcept {
        if (detail::memory_failure_is_due()) return false;
        base =
            mmap(nullptr, rounded, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        return base != MAP_FAILED;
    };
    if (!granted(map)) return std::nullopt;
    return Reservation(static_cast<uint8_t*>(base), rounded);
}

Reservation::Reservation(Reservation&& other) noexcept
    : base_(std::exchange(other.base_, nullptr)),
      size_(std::exchange(other.size_, 0)),
      accessible_(std::exchange(other.accessible_, 0)),
      is_in_doubt_(other.is_in_doubt_) {}

Reservation& Reservation::operator=(Reservation&& other) noexcept {
    if (this != &other) {
        release();
        base_ = std::exchange(other.base_, nullptr);
        size_ = std::exchange(other.size_, 0);
        accessible_ = std::exchange(other.accessible_, 0);
        is_in_doubt_ = other.is_in_doubt_;
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
    const size_t mask = page_size() - 1;
    const size_t begin = offset & ~mask;
    const size_t end = (offset + length + mask) & ~mask;
    const auto protect = [&]() noexcept {
        return !detail::memory_failure_is_due() &&
               mprotect(base_ + begin, end - begin, PROT_READ | PROT_WRITE) == 0;
    };
    if (!granted(protect)) {
        is_in_doubt_ = true;
        return false;
    }
    accessible_ = std::max(accessible_, end);
    return true;
}

bool Reservation::decommit(size_t offset, size_t length) noexcept {
    if (!contains(offset, length) || !is_whole_pages(offset, length)) return false;
    if (length == 0) return true;
    // Two calls rather than one MAP_FIXED mapping: that can fail after it has unmapped the range.
    if (detail::memory_failure_is_due() || madvise(base_ + offset, length, MADV_DONTNEED) != 0 ||
        mprotect(base_ + offset, length, PROT_NONE) != 0) {
        is_in_doubt_ = true;
        return false;
    }
    if (offset + length >= accessible_) accessible_ = std::min(accessible_, offset);
    return true;
}

bool Reservation::discard(size_t offset, size_t length) noexcept {
    if (!contains(offset, length) || !is_whole_pages(offset, length)) return false;
    if (length == 0) return true;
    if (detail::memory_failure_is_due()) return false;
    return madvise(base_ + offset, length, MADV_DONTNEED) == 0;
}

MemoryFailureGuard::MemoryFailureGuard(uint64_t successes) noexcept {
    trim_slots();
    remaining_successes.store(static_cast<int64_t>(successes), std::memory_order_relaxed);
}

MemoryFailureGuard::~MemoryFailureGuard() {
    remaining_successes.store(-1, std::memory_order_relaxed);
}

}  // namespace epsilon::platform
