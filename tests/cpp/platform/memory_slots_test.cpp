// SPDX-License-Identifier: Apache-2.0
#include "platform/memory_slots.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <thread>
#include <vector>

#include "catch.hpp"
#include "platform/fault_handler.h"

using namespace epsilon::platform;

namespace {

constexpr size_t KiB = 1024;
constexpr size_t MiB = 1024 * KiB;

// Small, so that tests may have many; what they are is the same.
size_t reserved() {
    return 64 * MiB;
}

// Begins and ends with nothing kept.
class EmptyPool {
public:
    EmptyPool() { trim_slots(); }
    ~EmptyPool() {
        set_slot_limit(default_slot_limit);
        trim_slots();
    }
};

bool is_zero(const Reservation& range) {
    return std::all_of(range.base(), range.base() + range.accessible(),
                       [](uint8_t byte) { return byte == 0; });
}

// Whether the system would read there.
bool is_readable(const uint8_t* at) {
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    const bool readable = write(ends[1], at, 1) == 1;
    close(ends[0]);
    close(ends[1]);
    return readable;
}

size_t resident_bytes(const Reservation& range) {
    std::vector<unsigned char> pages(range.size() / page_size());
    REQUIRE(mincore(range.base(), range.size(), pages.data()) == 0);
    return page_size() * size_t(std::count_if(pages.begin(), pages.end(),
                                              [](unsigned char page) { return (page & 1) != 0; }));
}

void write_over(Reservation& range, size_t from, size_t to) {
    std::memset(range.base() + from, 0xEE, to - from);
}

}  // namespace

TEST_CASE("A slot is kept and serves again", "[platform]") {
    if (!fault_handler_supported) return;
    const EmptyPool empty;
    auto slot = take_slot(reserved(), 64 * KiB);
    REQUIRE(slot);
    uint8_t* const base = slot->base();
    CHECK(slot->size() == reserved());
    CHECK(slot->accessible() == 64 * KiB);
    CHECK(is_registered_address(reinterpret_cast<uintptr_t>(base) + reserved() - 1));
    CHECK(kept_slots() == 0);
    slot.reset();
    CHECK(kept_slots() == 1);
    slot = take_slot(reserved(), 64 * KiB);
    CHECK(slot->base() == base);
    CHECK(kept_slots() == 0);
    slot.reset();
    CHECK(trim_slots() == 1);
    CHECK(trim_slots() == 0);
    CHECK(kept_slots() == 0);
    CHECK_FALSE(is_registered_address(reinterpret_cast<uintptr_t>(base)));
    CHECK_FALSE(is_readable(base));
}

TEST_CASE("Whoever shares a slot keeps it from the next", "[platform]") {
    if (!fault_handler_supported) return;
    const EmptyPool empty;
    auto slot = take_slot(reserved(), 64 * KiB);
    std::shared_ptr<void> view = slot;
    uint8_t* const base = slot->base();
    slot.reset();
    CHECK(kept_slots() == 0);
    base[5] = 5;  // by the view
    CHECK(take_slot(reserved(), 64 * KiB)->base() != base);
    view.reset();
    CHECK(kept_slots() == 2);
    const auto again = take_slot(reserved(), 64 * KiB);
    CHECK(again->base() == base);
    CHECK(base[5] == 0);
}

TEST_CASE("No byte of a slot's last memory is ever seen", "[platform]") {
    if (!fault_handler_supported) return;
    const EmptyPool empty;
    const size_t page = page_size();
    // Bytes to have, and where to write: sparse, dense, at both ends, in many places.
    struct Use {
        size_t bytes;
        std::vector<size_t> touched;
    };
    std::vector<size_t> everywhere;
    std::vector<size_t> scattered;
    for (size_t at = 0; at < 3 * MiB; at += page) {
        everywhere.push_back(at);
        if (at / page % 3 == 1) scattered.push_back(at);
    }
    const std::vector<Use> uses = {
        {64 * KiB, {0}},
        {64 * KiB, {64 * KiB - page}},
        {MiB + 64 * KiB, {MiB - page, MiB, MiB + 60 * KiB}},
        {64 * KiB, everywhere},
        {0, {}},
        {2 * MiB - 64 * KiB, scattered},
        {2 * MiB - 64 * KiB, everywhere},
        {2 * MiB, everywhere},
        {3 * MiB, {0, 3 * MiB - page}},
        {16 * MiB, everywhere},
    };
    uint8_t* base = nullptr;
    unsigned seed = 1;
    for (int round = 0; round < 600; ++round) {
        seed = seed * 1664525 + 1013904223;
        const Use& use = uses[(seed >> 16) % uses.size()];
        auto slot = take_slot(reserved(), use.bytes);
        REQUIRE(slot);
        if (base == nullptr) base = slot->base();
        REQUIRE(slot->base() == base);
        INFO("round " << round << ", " << use.bytes << " bytes");
        REQUIRE(slot->accessible() == use.bytes);
        REQUIRE(is_zero(*slot));
        REQUIRE_FALSE(is_readable(base + use.bytes));
        for (const size_t at : use.touched) {
            if (at < use.bytes) write_over(*slot, at, at + page);
        }
        // A growth, of which all is zero too; some of it gets dirty.
        if ((seed >> 24) % 3 == 0) {
            const size_t grown = use.bytes + MiB;
            REQUIRE(slot->commit(use.bytes, MiB));
            REQUIRE(std::all_of(base + use.bytes, base + grown,
                                [](uint8_t byte) { return byte == 0; }));
            write_over(*slot, grown - 2 * page, grown);
            if (round % 2 == 0) write_over(*slot, use.bytes, grown);
        }
        slot.reset();
        if (kept_slots() == 0) {
            REQUIRE(use.bytes == 16 * MiB);  // it had grown too large
            base = nullptr;
        }
    }
}

TEST_CASE("What a kept slot holds is bounded", "[platform]") {
    if (!fault_handler_supported) return;
    const EmptyPool empty;
    for (const size_t bytes : {64 * KiB, MiB, 2 * MiB - 64 * KiB, 2 * MiB, 16 * MiB}) {
        INFO(bytes);
        auto slot = take_slot(reserved(), bytes);
        REQUIRE(slot);
        Reservation& range = *slot;  // it stays while the pool keeps it
        for (int use = 0; use < 40; ++use) {
            if (use % 3 == 0) {
                write_over(range, 0, bytes);
            } else {
                write_over(range, bytes - page_size(), bytes);
                write_over(range, bytes / 2, bytes / 2 + page_size());
            }
            slot.reset();
            REQUIRE(kept_slots() == 1);
            CHECK(resident_bytes(range) <= (bytes < 2 * MiB ? slot_resident_bytes : 0));
            slot = take_slot(reserved(), bytes);
            REQUIRE(slot.get() == &range);
        }
        slot.reset();
        trim_slots();
    }
    // More than that isn't worth keeping.
    auto large = take_slot(reserved(), 16 * MiB + 64 * KiB);
    large.reset();
    CHECK(kept_slots() == 0);
}

TEST_CASE("The pages that a slot's memory uses stay where they were", "[platform]") {
    if (!fault_handler_supported || page_size() != 4096) return;
    const EmptyPool empty;
    auto slot = take_slot(reserved(), MiB);
    write_over(*slot, 16 * KiB, 24 * KiB);
    write_over(*slot, 900 * KiB, 904 * KiB);
    Reservation& range = *slot;
    slot.reset();
    CHECK(resident_bytes(range) == 12 * KiB);
    // A smaller memory takes none of them beyond its end.
    slot = take_slot(reserved(), 64 * KiB);
    REQUIRE(slot.get() == &range);
    CHECK(resident_bytes(range) == 8 * KiB);
}

TEST_CASE("The pool keeps as many slots as it is told to", "[platform]") {
    if (!fault_handler_supported) return;
    const EmptyPool empty;
    const auto take_many = [](size_t count) {
        std::vector<std::shared_ptr<Reservation>> slots;
        for (size_t i = 0; i < count; ++i)
            slots.push_back(take_slot(reserved(), 64 * KiB));
        return slots;
    };
    take_many(100);
    CHECK(kept_slots() == default_slot_limit);
    set_slot_limit(5);
    CHECK(kept_slots() == 5);
    take_many(10);
    CHECK(kept_slots() == 5);
    set_slot_limit(0);
    CHECK(kept_slots() == 0);
    take_many(10);
    CHECK(kept_slots() == 0);
    set_slot_limit(SIZE_MAX);
    take_many(70);
    CHECK(kept_slots() == 70);
    CHECK(trim_slots() == 70);
}

TEST_CASE("The slot that fits is taken, others are made to fit", "[platform]") {
    if (!fault_handler_supported) return;
    const EmptyPool empty;
    std::vector<std::shared_ptr<Reservation>> slots;
    std::vector<uint8_t*> bases;
    for (const size_t bytes : {64 * KiB, 128 * KiB, 192 * KiB}) {
        slots.push_back(take_slot(reserved(), bytes));
        bases.push_back(slots.back()->base());
    }
    slots.clear();  // in any order
    for (const size_t i : {1, 0, 2}) {
        slots.push_back(take_slot(reserved(), (i + 1) * 64 * KiB));
        CHECK(slots.back()->base() == bases[i]);
    }
    slots.clear();
    // Another size of range: never one of these.
    CHECK(take_slot(reserved() + page_size(), 64 * KiB)->size() == reserved() + page_size());
    CHECK(kept_slots() == 4);
    CHECK(take_slot(reserved(), 320 * KiB)->accessible() == 320 * KiB);
    CHECK(kept_slots() == 4);
}

TEST_CASE("A slot of which the system refused something isn't kept, and refusals leak nothing",
          "[platform]") {
    if (!fault_handler_supported) return;
    const EmptyPool empty;
    for (uint64_t successes = 0; successes < 2; ++successes) {
        const MemoryFailureGuard failure(successes);
        CHECK(take_slot(reserved(), 64 * KiB) == nullptr);
        CHECK(kept_slots() == 0);
    }
    {
        const MemoryFailureGuard failure(2);
        auto slot = take_slot(reserved(), 64 * KiB);
        REQUIRE(slot);
        CHECK_FALSE(slot->commit(64 * KiB, 64 * KiB));
        CHECK(slot->is_in_doubt());
        slot.reset();
        CHECK(kept_slots() == 0);
    }
    {
        const MemoryFailureGuard failure(2);
        auto slot = take_slot(reserved(), 64 * KiB);
        REQUIRE(slot);
        slot.reset();  // its pages can't be discarded
        CHECK(kept_slots() == 0);
    }
    {
        const MemoryFailureGuard failure(3);
        take_slot(reserved(), 64 * KiB).reset();
        CHECK(kept_slots() == 1);
        CHECK(take_slot(reserved(), 128 * KiB) == nullptr);
        CHECK(kept_slots() == 0);
    }
    {
        // Needs nothing of the system.
        const MemoryFailureGuard failure(3);
        take_slot(reserved(), 64 * KiB).reset();
        CHECK(take_slot(reserved(), 64 * KiB) != nullptr);
    }
}

TEST_CASE("Kept slots make room before anything is refused", "[platform]") {
    if (!fault_handler_supported) return;
    const EmptyPool empty;
    {
        std::vector<std::shared_ptr<Reservation>> slots;
        for (int i = 0; i < 4; ++i)
            slots.push_back(take_slot(reserved(), 64 * KiB));
    }
    CHECK(kept_slots() == 4);
    rlimit before{};
    REQUIRE(getrlimit(RLIMIT_AS, &before) == 0);
    rlimit none = before;
    none.rlim_cur = 0;  // everything that asks for address space is refused
    REQUIRE(setrlimit(RLIMIT_AS, &none) == 0);
    const auto refused = Reservation::reserve(64 * MiB);
    const size_t left = kept_slots();
    setrlimit(RLIMIT_AS, &before);
    CHECK_FALSE(refused);
    CHECK(left == 0);
}

TEST_CASE("Nothing is kept where address space is limited", "[platform]") {
    if (!fault_handler_supported) return;
    rlimit before{};
    REQUIRE(getrlimit(RLIMIT_AS, &before) == 0);
    if (before.rlim_cur != RLIM_INFINITY) return;
    const EmptyPool empty;
    rlimit limited = before;
    limited.rlim_cur = size_t{1} << 46;
    if (limited.rlim_cur > before.rlim_max) return;
    REQUIRE(setrlimit(RLIMIT_AS, &limited) == 0);
    take_slot(reserved(), 64 * KiB);
    const size_t kept = kept_slots();
    setrlimit(RLIMIT_AS, &before);
    CHECK(kept == 0);
}

TEST_CASE("Threads take and give back slots at once", "[platform]") {
    if (!fault_handler_supported) return;
    const EmptyPool empty;
    set_slot_limit(3);
    std::atomic<int> failures{0};
    std::vector<std::thread> threads;
    for (unsigned t = 0; t < 4; ++t) {
        threads.emplace_back([&failures, t] {
            for (unsigned i = 0; i < 500; ++i) {
                const size_t bytes = ((t + i) % 3 + 1) * 64 * KiB;
                const auto slot = take_slot(reserved(), bytes);
                if (slot == nullptr || slot->accessible() != bytes) {
                    ++failures;
                    continue;
                }
                uint64_t* const words = reinterpret_cast<uint64_t*>(slot->base());
                for (const size_t at : {size_t{0}, size_t{1000}, bytes / 8 - 1}) {
                    failures += words[at] != 0;
                    words[at] = t + 1;
                }
                for (const size_t at : {size_t{0}, size_t{1000}, bytes / 8 - 1})
                    failures += words[at] != t + 1;
                if (i % 50 == t) trim_slots();
                if (i % 70 == t) set_slot_limit(i % 5);
            }
        });
    }
    for (std::thread& thread : threads)
        thread.join();
    CHECK(failures == 0);
}

TEST_CASE("A forked child has the pool, whatever threads do with it", "[platform]") {
    if (!fault_handler_supported) return;
    const EmptyPool empty;
    std::atomic<bool> done{false};
    std::vector<std::thread> threads;
    for (int t = 0; t < 2; ++t) {
        threads.emplace_back([&done] {
            while (!done)
                take_slot(reserved(), 64 * KiB);
        });
    }
    for (int round = 0; round < 20; ++round) {
        auto shared = take_slot(reserved(), 64 * KiB);
        shared->base()[0] = 1;
        const pid_t child = fork();
        REQUIRE(child >= 0);
        if (child == 0) {
            alarm(20);
            shared->base()[0] = 2;
            shared.reset();
            for (int i = 0; i < 40; ++i) {
                auto one = take_slot(reserved(), 64 * KiB);
                auto other = take_slot(reserved(), 128 * KiB);
                if (one == nullptr || other == nullptr || !is_zero(*one) || !is_zero(*other)) {
                    _exit(1);
                }
                one->base()[i] = other->base()[i] = 3;
            }
            trim_slots();
            _exit(kept_slots() == 0 ? 0 : 2);
        }
        int status = 0;
        REQUIRE(waitpid(child, &status, 0) == child);
        CHECK(WIFEXITED(status));
        CHECK(WEXITSTATUS(status) == 0);
        CHECK(shared->base()[0] == 1);
    }
    done = true;
    for (std::thread& thread : threads)
        thread.join();
}
