// SPDX-License-Identifier: Apache-2.0
#include "platform/virtual_memory.h"

#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <utility>

#include "catch.hpp"

using epsilon::platform::MemoryFailureGuard;
using epsilon::platform::page_size;
using epsilon::platform::Reservation;

namespace {

// The protection of the mapping an address lies in, as /proc/self/maps writes it ("rw-p").
std::string protection_of(const void* address) {
    const auto wanted = reinterpret_cast<uintptr_t>(address);
    std::FILE* maps = std::fopen("/proc/self/maps", "r");
    if (maps == nullptr) return "unknown";
    char line[512];
    std::string found = "unmapped";
    while (std::fgets(line, sizeof line, maps) != nullptr) {
        unsigned long low = 0;
        unsigned long high = 0;
        char protection[8] = {};
        if (std::sscanf(line, "%lx-%lx %7s", &low, &high, protection) == 3 && wanted >= low &&
            wanted < high) {
            found = protection;
        }
    }
    std::fclose(maps);
    return found;
}

}  // namespace

TEST_CASE("A reservation is inaccessible until committed", "[platform]") {
    const size_t page = page_size();
    REQUIRE((page & (page - 1)) == 0);
    auto reservation = Reservation::reserve(size_t{1} << 32);
    REQUIRE(reservation);
    uint8_t* base = reservation->base();
    REQUIRE(reservation->size() == size_t{1} << 32);
    CHECK(protection_of(base) == "---p");

    REQUIRE(reservation->commit(0, 65536));
    CHECK(protection_of(base) == "rw-p");
    CHECK(protection_of(base + 65536) == "---p");
    CHECK(base[0] == 0);
    CHECK(base[65535] == 0);
    base[65535] = 42;

    SECTION("committing again keeps contents and may extend") {
        REQUIRE(reservation->commit(0, 2 * 65536));
        CHECK(base[65535] == 42);
        CHECK(base[65536] == 0);
    }
    SECTION("a commit widens to whole pages") {
        REQUIRE(reservation->commit(65536 + 1, 1));
        CHECK(protection_of(base + 65536 + page - 1) == "rw-p");
        CHECK(protection_of(base + 65536 + page) == "---p");
    }
    SECTION("decommitted pages are inaccessible, and zero when they come back") {
        REQUIRE(reservation->decommit(0, 65536));
        CHECK(protection_of(base) == "---p");
        REQUIRE(reservation->commit(0, 65536));
        CHECK(base[65535] == 0);
    }
    SECTION("discarded pages are zero") {
        REQUIRE(reservation->discard(65536 - page, page));
        CHECK(protection_of(base) == "rw-p");
        CHECK(base[65535] == 0);
    }
    SECTION("moving keeps the mapping, destruction unmaps it") {
        {
            Reservation moved = std::move(*reservation);
            CHECK(reservation->base() == nullptr);
            CHECK(moved.base() == base);
            CHECK(base[65535] == 42);
            reservation.reset();
            CHECK(base[65535] == 42);
        }
        CHECK(protection_of(base) == "unmapped");
    }
    SECTION("assignment unmaps what was there") {
        auto other = Reservation::reserve(page);
        REQUIRE(other);
        *reservation = std::move(*other);
        CHECK(protection_of(base) == "unmapped");
        CHECK(reservation->size() == page);
    }
}

TEST_CASE("A reservation refuses ranges outside of itself", "[platform]") {
    const size_t page = page_size();
    auto reservation = Reservation::reserve(3 * page - 1);
    REQUIRE(reservation);
    CHECK(reservation->size() == 3 * page);
    CHECK(reservation->commit(3 * page, 0));
    CHECK_FALSE(reservation->commit(3 * page + 1, 0));
    CHECK_FALSE(reservation->commit(0, 3 * page + 1));
    CHECK_FALSE(reservation->commit(page, SIZE_MAX));
    CHECK_FALSE(reservation->decommit(4 * page, page));
    CHECK_FALSE(reservation->discard(SIZE_MAX & ~(page - 1), page));
    CHECK_FALSE(reservation->decommit(1, page));
    CHECK_FALSE(reservation->discard(0, page - 1));
}

TEST_CASE("Impossible reservations fail cleanly", "[platform]") {
    CHECK_FALSE(Reservation::reserve(0));
    CHECK_FALSE(Reservation::reserve(SIZE_MAX));
    CHECK_FALSE(Reservation::reserve(SIZE_MAX / 2));
}

TEST_CASE("Refusals of the system can be simulated", "[platform]") {
    const size_t page = page_size();
    {
        const MemoryFailureGuard guard(0);
        CHECK_FALSE(Reservation::reserve(page));
    }
    {
        const MemoryFailureGuard guard(2);
        auto reservation = Reservation::reserve(2 * page);
        REQUIRE(reservation);
        CHECK(reservation->commit(0, page));
        CHECK_FALSE(reservation->commit(page, page));
        CHECK_FALSE(reservation->decommit(0, page));
        CHECK_FALSE(reservation->discard(0, page));
        CHECK(protection_of(reservation->base()) == "rw-p");
    }
    CHECK(Reservation::reserve(page));
}
