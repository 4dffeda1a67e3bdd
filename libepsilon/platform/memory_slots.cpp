// SPDX-License-Identifier: Apache-2.0
#include "platform/memory_slots.h"

#include <sys/mman.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <mutex>
#include <new>
#include <utility>

#include "platform/fault_handler.h"
#include "platform/fork_mutex.h"

namespace epsilon::platform {

namespace {

// Ranges of which more was accessible are unmapped: clearing them saves nothing worth keeping their
// tables of pages for.
constexpr size_t largest_kept = size_t{16} << 20;
// From here on huge pages are possible, and the system might make one of a few kept pages: nothing
// stays resident.
constexpr size_t huge_page = size_t{2} << 20;
// Stretches of kept pages; what lies between them is discarded by one system call each.
constexpr size_t most_runs = 4;
// The pages that a slot's memory touches are asked for once in so many uses.
constexpr unsigned uses_per_look = 16;
// How many kept slots are looked at for one of the size that is wanted.
constexpr size_t most_looked_at = 16;

// Whether kept address space is missing elsewhere.
bool address_space_is_limited() noexcept {
    rlimit limit{};
    return getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur != RLIM_INFINITY;
}

// Of pages.
struct Run {
    size_t begin;
    size_t end;
};

class MemorySlot : public Reservation {
public:
    static MemorySlot* make(size_t bytes) noexcept {
        auto range = Reservation::reserve(bytes);
        if (!range) return nullptr;
        auto* slot = new (std::nothrow) MemorySlot(std::move(*range));
        if (slot != nullptr && !slot->registered_) {
            delete slot;
            slot = nullptr;
        }
        return slot;
    }
    ~MemorySlot() {
        if (registered_) unregister_range(base());
    }
    MemorySlot(const MemorySlot&) = delete;
    MemorySlot& operator=(const MemorySlot&) = delete;

    // Asks the system at the first time.
    bool may_be_kept() noexcept {
        if (uses_ == 0) is_kept_out_ = address_space_is_limited();
        return !is_kept_out_ && !is_in_doubt() && accessible() <= largest_kept;
    }
    bool fits_as_it_is(size_t bytes) const noexcept { return accessible() == whole_pages(bytes); }

    // Makes the first `bytes` accessible, and no more. False when the system refuses.
    bool fit(size_t bytes) noexcept {
        const size_t wanted = whole_pages(bytes);
        const size_t now = accessible();
        return wanted < now ? decommit(wanted, now - wanted) : commit(now, wanted - now);
    }

    // Makes all of it zero again, and what is kept small; false when that can't be done. Until then
    // the bytes of its last memory are in it. Pages beyond what is accessible are discarded always.
    bool clear() noexcept {
        const size_t end = accessible();
        const bool looks = uses_++ % uses_per_look == 0;
        if (end >= huge_page) {
            run_count_ = 0;
            return discard(0, end);
        }
        if (looks) look();
        size_t done = 0;
        for (size_t i = 0; i < run_count_; ++i) {
            const size_t begin = std::min(runs_[i].begin * page_size(), end);
            const size_t behind = std::min(runs_[i].end * page_size(), end);
            if (!discard(done, begin - done)) return false;
            std::memset(base() + begin, 0, behind - begin);
            done = behind;
        }
        return discard(done, end - done);
    }

    MemorySlot* next = nullptr;  // in the pool

private:
    explicit MemorySlot(Reservation range) noexcept
        : Reservation(std::move(range)), registered_(register_range(base(), size())) {}

    static size_t whole_pages(size_t bytes) noexcept {
        const size_t mask = page_size() - 1;
        return (bytes + mask) & ~mask;
    }

    // Finds which pages are resident, and of these the first to keep. A page that is said not to
    // be, though it has content (it may be swapped out), is discarded like those beyond.
    void look() noexcept {
        run_count_ = 0;
#if defined(__linux__)
        std::array<unsigned char, huge_page / 4096> resident;
        const size_t count = accessible() / page_size();
        if (count == 0 || count > resident.size() ||
            mincore(base(), accessible(), resident.data()) != 0) {
            return;
        }
        size_t left = slot_resident_bytes / page_size();
        for (size_t page = 0; page < count && left != 0; ++page) {
            if ((resident[page] & 1) == 0) continue;
            if (run_count_ == 0 || runs_[run_count_ - 1].end != page) {
                if (run_count_ == most_runs) return;
                runs_[run_count_++] = {page, page};
            }
            ++runs_[run_count_ - 1].end;
            --left;
        }
#endif
    }

    bool registered_;
    bool is_kept_out_ = false;
    unsigned uses_ = 0;  // that ended
    size_t run_count_ = 0;
    std::array<Run, most_runs> runs_{};
};

// The kept slots, the newest first.
struct Pool {
    ForkMutex mutex;
    MemorySlot* first = nullptr;
    // Written under the lock.
    std::atomic<size_t> count{0};
    std::atomic<size_t> limit{default_slot_limit};

    bool is_full() const noexcept {
        return count.load(std::memory_order_relaxed) >= limit.load(std::memory_order_relaxed);
    }
};

// Never destroyed: views of memories outlive static objects.
Pool& pool() noexcept {
    alignas(Pool) static unsigned char storage[sizeof(Pool)];
    static Pool* const instance = new (storage) Pool;
    return *instance;
}

// Unmaps a list.
size_t unmap(MemorySlot* slot) noexcept {
    size_t count = 0;
    for (; slot != nullptr; ++count) {
        delete std::exchange(slot, slot->next);
    }
    return count;
}

// One of the size of range that is wanted; if possible also of what is accessible.
MemorySlot* pop(size_t reserved, size_t accessible) noexcept {
    Pool& kept = pool();
    const std::lock_guard lock(kept.mutex);
    MemorySlot** found = nullptr;
    size_t looked_at = 0;
    for (MemorySlot** link = &kept.first; *link != nullptr && looked_at < most_looked_at;
         link = &(*link)->next, ++looked_at) {
        if ((*link)->size() != reserved) continue;
        const bool fits = (*link)->fits_as_it_is(accessible);
        if (fits || found == nullptr) found = link;
        if (fits) break;
    }
    if (found == nullptr) return nullptr;
    kept.count.fetch_sub(1, std::memory_order_relaxed);
    return std::exchange(*found, (*found)->next);
}

void give_back(MemorySlot* slot) noexcept {
    Pool& kept = pool();
    if (!kept.is_full() && slot->may_be_kept() && slot->clear()) {
        const std::lock_guard lock(kept.mutex);
        if (!kept.is_full()) {
            slot->next = std::exchange(kept.first, slot);
            kept.count.fetch_add(1, std::memory_order_relaxed);
            return;
        }
    }
    delete slot;
}

}  // namespace

std::shared_ptr<Reservation> take_slot(size_t reserved, size_t accessible) {
    MemorySlot* slot = pop(reserved, accessible);
    if (slot != nullptr && !slot->fit(accessible)) {
        delete std::exchange(slot, nullptr);
    }
    if (slot == nullptr) {
        slot = MemorySlot::make(reserved);
        if (slot != nullptr && !slot->fit(accessible)) {
            delete std::exchange(slot, nullptr);
        }
    }
    if (slot == nullptr) return nullptr;
    return {slot, give_back};
}

size_t trim_slots() noexcept {
    Pool& kept = pool();
    MemorySlot* all = nullptr;
    {
        const std::lock_guard lock(kept.mutex);
        all = std::exchange(kept.first, nullptr);
        kept.count.store(0, std::memory_order_relaxed);
    }
    return unmap(all);
}

void set_slot_limit(size_t slots) noexcept {
    Pool& kept = pool();
    MemorySlot* excess = nullptr;
    {
        const std::lock_guard lock(kept.mutex);
        kept.limit.store(slots, std::memory_order_relaxed);
        MemorySlot** link = &kept.first;
        for (size_t i = 0; i < slots && *link != nullptr; ++i) {
            link = &(*link)->next;
        }
        excess = std::exchange(*link, nullptr);
        kept.count.store(std::min(kept.count.load(std::memory_order_relaxed), slots),
                         std::memory_order_relaxed);
    }
    unmap(excess);
}

size_t kept_slots() noexcept {
    return pool().count.load(std::memory_order_relaxed);
}

}  // namespace epsilon::platform
