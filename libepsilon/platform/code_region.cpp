// SPDX-License-Identifier: Apache-2.0
#include "platform/code_region.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <new>

#include "platform/fork_count.h"
#include "platform/memory_failure.h"
#include "platform/virtual_memory.h"

namespace epsilon::platform {

namespace {

std::atomic<CodeRegion*> first_known{nullptr};

// Memory is asked for in steps that double up to this.
constexpr size_t largest_step = size_t{64} << 10;

#if defined(__x86_64__) || defined(__i386__)
constexpr int trapping_byte = 0xcc;  // int3
#else
constexpr int trapping_byte = 0;  // undefined on AArch64
#endif

// Keeps errno.
void unmap_views(size_t size, void* code, void* view) noexcept {
    const int reason = errno;
    if (view != MAP_FAILED) munmap(view, size);
    if (code != MAP_FAILED) munmap(code, size);
    errno = reason;
}

// Two views of a file in memory, where there is no other way to have two: under emulators of user
// programs. False, with nothing mapped, if the system refuses.
bool map_file(size_t size, void*& code, void*& view) noexcept {
    const int file = memfd_create("epsilon code", MFD_CLOEXEC);
    if (file < 0) return false;
    code = view = MAP_FAILED;
    if (ftruncate(file, off_t(size)) == 0) {
        code = mmap(nullptr, size, PROT_READ | PROT_EXEC, MAP_SHARED, file, 0);
        view = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    }
    if (code == MAP_FAILED || view == MAP_FAILED) unmap_views(size, code, view);
    const int reason = errno;
    close(file);
    errno = reason;
    return code != MAP_FAILED && view != MAP_FAILED;
}

}  // namespace

CodeRegion* CodeRegion::make(size_t bytes) noexcept {
    std::unique_ptr<CodeRegion> made(new (std::nothrow) CodeRegion(bytes));
    if (made == nullptr) return nullptr;
    const size_t words = (made->units() + 63) / 64;
    made->taken_.reset(new (std::nothrow) uint64_t[words]());
    made->starts_.reset(new (std::nothrow) std::atomic<uint64_t>[words]());
    if (made->taken_ == nullptr || made->starts_ == nullptr) return nullptr;
    CodeRegion* region = made.release();
    region->next_known_ = first_known.load(std::memory_order_relaxed);
    while (!first_known.compare_exchange_weak(
        region->next_known_, region, std::memory_order_release, std::memory_order_relaxed)) {
    }
    return region;
}

bool CodeRegion::is_own() const noexcept {
    return generation_ == process_generation();
}

// Shared memory without a file, so that there is no descriptor for others to close, and profilers
// take it for what it is. The second view is of the same pages; at no time is one both writable and
// executable, nor does anything that was ever writable become executable, which some systems
// forbid. Children made by fork() have no writable view.
bool CodeRegion::map() noexcept {
    if (detail::memory_failure_is_due()) {
        errno = ENOMEM;
        return false;
    }
    void* code = mmap(nullptr, size_, PROT_READ | PROT_EXEC, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (code == MAP_FAILED) return false;
    void* view = mremap(code, 0, size_, MREMAP_MAYMOVE);
    reuses_ = view != MAP_FAILED;
    if (view == MAP_FAILED) {
        munmap(code, size_);
        if (!map_file(size_, code, view)) return false;
    } else if (mprotect(view, size_, PROT_READ | PROT_WRITE) != 0) {
        unmap_views(size_, code, view);
        return false;
    }
    if (madvise(view, size_, MADV_DONTFORK) != 0) {
        unmap_views(size_, code, view);
        return false;
    }
    writable_ = static_cast<uint8_t*>(view);
    generation_ = process_generation();
    blocks_ = 0;
    lost_ = 0;
    touched_ = 0;
    first_free_ = 0;
    refused_ = SIZE_MAX;
    const size_t words = (units() + 63) / 64;
    std::fill_n(taken_.get(), words, 0);
    for (size_t i = 0; i < words; ++i)
        starts_[i].store(0, std::memory_order_relaxed);
    base_.store(reinterpret_cast<uintptr_t>(code), std::memory_order_release);
    return true;
}

void CodeRegion::unmap() noexcept {
    tell_unwinder(false);
    void* code = reinterpret_cast<void*>(base_.exchange(0, std::memory_order_acq_rel));
    munmap(code, size_);
    // Somebody else's memory may be there in a child.
    if (is_own()) munmap(writable_, size_);
}

void CodeRegion::tell_unwinder(bool wanted) noexcept {
    if (wanted == unwind_.has_value()) return;
    if (wanted) {
        if (!register_unwind_section(unwind_.emplace(base(), size_), base())) unwind_.reset();
    } else {
        forget_unwind_section(*unwind_);
        unwind_.reset();
    }
}

// Asks for the memory up to there at once, which takes half the time of as many page faults, and
// tells of a shortage. Systems that can't (Linux before 5.14) have the page faults.
bool CodeRegion::touch(size_t end) noexcept {
    if (end <= touched_) return true;
    const size_t mask = page_size() - 1;
    const size_t step = std::clamp(touched_, page_size(), std::max(page_size(), largest_step));
    const size_t wanted = std::min(size_, std::max((end + mask) & ~mask, touched_ + step));
#if defined(MADV_POPULATE_WRITE)
    if (madvise(writable_ + touched_, wanted - touched_, MADV_POPULATE_WRITE) != 0 &&
        errno != EINVAL) {
        return false;
    }
#endif
    std::memset(writable_ + touched_, trapping_byte, wanted - touched_);
    touched_ = wanted;
    return true;
}

// The first of `count` free units in a row, or units().
size_t CodeRegion::find(size_t count) const noexcept {
    const size_t end = units();
    // The next unit from there that is free, or that is taken; or `limit` if there is none below.
    const auto next = [this](size_t from, size_t limit, uint64_t flip) noexcept {
        while (from < limit) {
            const uint64_t bits = (taken_[from / 64] ^ flip) >> (from % 64);
            if (bits != 0)
                return std::min(limit, from + static_cast<size_t>(std::countr_zero(bits)));
            from = (from | 63) + 1;
        }
        return limit;
    };
    for (size_t begin = first_free_; begin < end;) {
        begin = next(begin, end, ~uint64_t{0});
        if (count > end - begin) return end;
        const size_t behind = next(begin, begin + count, 0);
        if (behind - begin >= count) return begin;
        begin = behind;
    }
    return end;
}

void CodeRegion::mark(size_t begin, size_t count, bool taken) noexcept {
    while (count != 0) {
        const size_t bits = std::min(count, 64 - begin % 64);
        const uint64_t mask = (~uint64_t{0} >> (64 - bits)) << (begin % 64);
        if (taken) {
            taken_[begin / 64] |= mask;
        } else {
            taken_[begin / 64] &= ~mask;
        }
        begin += bits;
        count -= bits;
    }
}

const uint8_t* CodeRegion::take(size_t count) noexcept {
    if (count >= refused_) return nullptr;
    const size_t begin = find(count);
    if (begin == units()) {
        refused_ = count;
        return nullptr;
    }
    if (!touch(first_unit + (begin + count) * unit)) return nullptr;
    mark(begin, count, true);
    starts_[begin / 64].fetch_or(uint64_t{1} << (begin % 64), std::memory_order_relaxed);
    if (begin == first_free_) first_free_ += count;
    ++blocks_;
    return base() + unit + begin * unit;
}

void CodeRegion::give_back(const uint8_t* code, size_t count, bool is_shared) noexcept {
    --blocks_;
    if (is_shared || !reuses_) {
        ++lost_;
        return;
    }
    const size_t begin = unit_of(code);
    std::memset(writable(code) - sizeof(CodeHeader), trapping_byte, count * unit);
    mark(begin, count, false);
    starts_[begin / 64].fetch_and(~(uint64_t{1} << (begin % 64)), std::memory_order_relaxed);
    first_free_ = std::min(first_free_, begin);
    refused_ = SIZE_MAX;
}

const uint8_t* CodeRegion::block_of(uintptr_t address) const noexcept {
    const uintptr_t offset = address - base_.load(std::memory_order_relaxed);
    if (offset < unit) return nullptr;
    const size_t at = std::min((offset - first_unit) / unit, units() - 1);
    size_t word = at / 64;
    uint64_t bits =
        starts_[word].load(std::memory_order_relaxed) & (~uint64_t{0} >> (63 - at % 64));
    while (bits == 0) {
        if (word == 0) return nullptr;
        bits = starts_[--word].load(std::memory_order_relaxed);
    }
    const size_t begin = word * 64 + 63 - static_cast<size_t>(std::countl_zero(bits));
    return base() + unit + begin * unit;
}

const CodeRegion* CodeRegion::of(uintptr_t address) noexcept {
    const CodeRegion* region = first_known.load(std::memory_order_acquire);
    while (region != nullptr && !region->contains(address))
        region = region->next_known_;
    return region;
}

}  // namespace epsilon::platform
