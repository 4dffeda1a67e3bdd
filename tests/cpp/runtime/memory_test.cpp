// SPDX-License-Identifier: Apache-2.0
#include "runtime/memory.h"

#include <sys/resource.h>

#include <algorithm>
#include <fstream>

#include "platform/fault_handler.h"
#include "platform/memory_slots.h"
#include "runtime/bulk.h"
#include "runtime_support.h"

using namespace epsilon;
using namespace runtime_support;
namespace mb = module_bytes;

namespace {

StoreOptions with_strategy(MemoryStrategy strategy) {
    StoreOptions options;
    options.memory_strategy = strategy;
    return options;
}

// Those that work here.
std::vector<MemoryStrategy> strategies() {
    std::vector<MemoryStrategy> all = {MemoryStrategy::explicit_checks, MemoryStrategy::automatic};
    if (platform::fault_handler_supported) {
        all.push_back(MemoryStrategy::guard);
    }
    return all;
}

bool all_zero(const Memory& memory, uint64_t from) {
    return std::all_of(memory.base + from, memory.base + memory.bytes,
                       [](uint8_t byte) { return byte == 0; });
}

// Leaves the process so much more address space.
class AddressSpaceLimit {
public:
    explicit AddressSpaceLimit(size_t more) {
        platform::trim_slots();
        size_t pages = 0;
        std::ifstream("/proc/self/statm") >> pages;
        getrlimit(RLIMIT_AS, &before_);
        rlimit now = before_;
        now.rlim_cur = pages * platform::page_size() + more;
        setrlimit(RLIMIT_AS, &now);
    }
    ~AddressSpaceLimit() { setrlimit(RLIMIT_AS, &before_); }
    AddressSpaceLimit(const AddressSpaceLimit&) = delete;
    AddressSpaceLimit& operator=(const AddressSpaceLimit&) = delete;

private:
    rlimit before_;
};

struct CapCase {
    std::optional<uint64_t> store;
    std::optional<uint64_t> given;  // to instantiate
    uint64_t min;
    std::optional<uint64_t> max;
    std::optional<uint64_t> may_grow_to;  // nothing: refused
};

std::string describe(const CapCase& c) {
    const auto text = [](const std::optional<uint64_t>& n) {
        return n ? std::to_string(*n) : std::string("none");
    };
    return "store cap " + text(c.store) + ", given " + text(c.given) + ", memory " +
           std::to_string(c.min) + " " + text(c.max);
}

}  // namespace

TEST_CASE("memories read zero, keep what is written and know their bounds", "[runtime]") {
    for (const MemoryStrategy strategy : strategies()) {
        const auto store = new_store(with_strategy(strategy));
        Memory& memory = **store->new_memory(memory_type(1, 10));
        CHECK(memory.guarded() ==
              (strategy != MemoryStrategy::explicit_checks && platform::fault_handler_supported));
        CHECK(memory.bytes == 65536);
        CHECK(all_zero(memory, 0));

        const uint8_t data[] = {1, 2, 3};
        CHECK(memory.write(65533, data).ok());
        uint8_t back[3] = {};
        CHECK(memory.read(65533, back).ok());
        CHECK(std::equal(data, data + 3, back));
        CHECK(memory.write(65534, data).error().message ==
              "out of bounds memory access: 3 bytes at offset 65534 of a memory of 65536 bytes");
        CHECK(memory.read(UINT64_MAX, back).error().kind == ErrorKind::misuse);
        CHECK(memory.read(65536, {}).ok());
        CHECK_FALSE(memory.read(65537, {}).ok());
        store->release_handle(memory);
    }
}

TEST_CASE("growth gives the old size, zeroed pages, and stops at the maximum", "[runtime]") {
    for (const MemoryStrategy strategy : strategies()) {
        const auto store = new_store(with_strategy(strategy));
        Memory& memory = **store->new_memory(memory_type(1, 10));
        memory.base[65535] = 7;
        CHECK(memory.grow(0) == 1u);
        CHECK(memory.grow(2) == 1u);
        CHECK(memory.pages() == 3);
        CHECK(memory.base[65535] == 7);
        CHECK(all_zero(memory, 65536));
        CHECK(memory.grow(8) == std::nullopt);
        CHECK(memory.grow(UINT64_MAX) == std::nullopt);
        CHECK(memory.grow(UINT32_MAX) == std::nullopt);
        CHECK(memory.pages() == 3);
        CHECK(memory.grow(7) == 3u);
        CHECK(memory.grow(0) == 10u);
        CHECK(memory.grow(1) == std::nullopt);
        CHECK(memory.current_type().limits.min == 10);
        CHECK(memory.type().limits.min == 1);
        store->release_handle(memory);
    }
}

TEST_CASE("memories of no pages and of 4 GiB", "[runtime]") {
    for (const MemoryStrategy strategy : strategies()) {
        const auto store = new_store(with_strategy(strategy));
        Memory& empty = **store->new_memory(memory_type(0));
        CHECK(empty.bytes == 0);
        uint8_t byte = 0;
        CHECK_FALSE(empty.read(0, {&byte, 1}).ok());
        CHECK(empty.read(0, {}).ok());
        CHECK(memory_fill(empty, 0, 0, 0) == Trap::none);
        CHECK(memory_fill(empty, 0, 0, 1) == Trap::out_of_bounds_memory_access);
        CHECK(empty.grow(1) == 0u);
        CHECK(all_zero(empty, 0));
        store->release_handle(empty);
    }
    const auto store = new_store();
    Memory& large = **store->new_memory(memory_type(65536, 65536));
    CHECK(large.bytes == uint64_t(1) << 32);
    const uint8_t last = 9;
    CHECK(large.write(UINT32_MAX, {&last, 1}).ok());
    CHECK_FALSE(large.write(uint64_t(1) << 32, {&last, 1}).ok());
    CHECK(large.grow(1) == std::nullopt);
    store->release_handle(large);
}

TEST_CASE("a guarded memory never moves, and what is beyond its end is registered", "[runtime]") {
    if (!platform::fault_handler_supported) {
        return;
    }
    const auto store = new_store(with_strategy(MemoryStrategy::guard));
    Memory& memory = **store->new_memory(memory_type(1));
    const uint8_t* const base = memory.base;
    CHECK(memory.grow(1000) == 1u);
    CHECK(memory.base == base);
    const auto begin = reinterpret_cast<uintptr_t>(base);
    CHECK(platform::is_registered_address(begin + UINT32_MAX + guarded_offset_limit + 16));
    store->release_handle(memory);
    platform::trim_slots();
    CHECK_FALSE(platform::is_registered_address(begin));
}

TEST_CASE("growth that moves keeps the old bytes for those who hold them", "[runtime]") {
    const auto store = new_store(with_strategy(MemoryStrategy::explicit_checks));
    Memory& memory = **store->new_memory(memory_type(1));
    const std::shared_ptr<void> held = memory.keep_alive();
    uint8_t* const old = memory.base;
    old[0] = 1;
    CHECK(memory.grow(1) == 1u);
    CHECK(memory.base != old);
    memory.base[0] = 2;
    CHECK(old[0] == 1);
    store->release_handle(memory);
    CHECK(old[0] == 1);
}

TEST_CASE("many small steps of growth don't copy each time", "[runtime]") {
    const auto store = new_store(with_strategy(MemoryStrategy::explicit_checks));
    Memory& memory = **store->new_memory(memory_type(1));
    int moves = 0;
    for (int i = 0; i < 500; ++i) {
        const uint8_t* const old = memory.base;
        REQUIRE(memory.grow(1));
        moves += memory.base != old;
    }
    CHECK(moves < 20);
    store->release_handle(memory);
}

TEST_CASE("guard pages that cannot be had are an error, or replaced by checks", "[runtime]") {
    StoreOptions options = with_strategy(MemoryStrategy::guard);
    options.signals = false;
    const auto refused = Store::create(options);
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().kind == ErrorKind::unsupported);

    options.memory_strategy = MemoryStrategy::automatic;
    const auto store = new_store(options);
    Memory& memory = **store->new_memory(memory_type(1));
    CHECK_FALSE(memory.guarded());
    store->release_handle(memory);
}

TEST_CASE("what the system refuses leaves no trace", "[runtime]") {
    for (const MemoryStrategy strategy : strategies()) {
        StoreOptions options = with_strategy(strategy);
        options.limits.max_total_memory_bytes = 4 * 65536;
        const auto store = new_store(options);
        for (uint64_t successes = 0; successes < 2; ++successes) {
            const platform::MemoryFailureGuard failure(successes);
            CHECK(outcome(store->new_memory(memory_type(1))) ==
                  "no_memory: the system refused 1 page of memory");
        }
        CHECK(store->count(ObjectKind::memory) == 0);

        // All of the budget is still there.
        Memory& memory = **store->new_memory(memory_type(2, 4));
        memory.base[0] = 5;
        uint8_t* const base = memory.base;
        for (uint64_t successes = 0; successes < 2; ++successes) {
            const platform::MemoryFailureGuard failure(memory.guarded() ? 0 : successes);
            CHECK(memory.grow(2) == std::nullopt);
            CHECK(memory.base == base);
            CHECK(memory.pages() == 2);
        }
        CHECK(memory.base[0] == 5);
        CHECK(memory.grow(2) == 2u);
        CHECK(memory.base[0] == 5);
        store->release_handle(memory);
    }
}

TEST_CASE("without room for the reservation, explicit checks take over", "[runtime]") {
    if (!platform::fault_handler_supported) {
        return;
    }
    const auto store = new_store();
    Memory* memory = nullptr;
    {
        const AddressSpaceLimit limit(size_t{1} << 30);
        memory = *store->new_memory(memory_type(1));
    }
    CHECK_FALSE(memory->guarded());
    memory->base[65535] = 1;
    CHECK(memory->grow(1) == 1u);
    CHECK(memory->base[65535] == 1);
    store->release_handle(*memory);

    // Where guard pages are demanded that is an error.
    const auto strict = new_store(with_strategy(MemoryStrategy::guard));
    const AddressSpaceLimit limit(size_t{1} << 30);
    CHECK(outcome(strict->new_memory(memory_type(1))) ==
          "no_memory: the system refused 1 page of memory");
}

TEST_CASE("caps on memory pages", "[runtime]") {
    const std::optional<uint64_t> none;
    const CapCase cases[] = {
        // None given: a declared maximum is honoured, otherwise 32768 or the minimum.
        {none, none, 1, 5, 5},
        {none, none, 1, 65536, 65536},
        {none, none, 1, none, 32768},
        {none, none, 0, none, 32768},
        {none, none, 40000, none, 40000},
        // The runtime's.
        {10, none, 1, none, 10},
        {10, none, 1, 5, 5},
        {10, none, 1, 65536, 10},
        {10, none, 10, none, 10},
        {10, none, 11, none, none},
        {10, none, 11, 11, none},
        {40000, none, 1, none, 40000},
        {0, none, 1, none, 65536},
        // Given to instantiate: replaces the runtime's.
        {10, 20, 1, none, 20},
        {10, 20, 15, none, 20},
        {20, 10, 15, none, none},
        {none, 10, 1, 100, 10},
        {none, 50000, 1, none, 50000},
        {none, 100000, 1, none, 65536},
        // Zero lifts the page limits, also that for memories without a maximum.
        {none, 0, 1, none, 65536},
        {none, 0, 1, 5, 5},
        {10, 0, 20, none, 65536},
        {10, 0, 1, 65536, 65536},
    };
    for (const CapCase& c : cases) {
        INFO(describe(c));
        StoreLimits caps;
        caps.max_memory_pages = c.store;
        const auto store = store_with(caps);
        InstantiateOptions options;
        options.max_memory_pages = c.given;
        const auto declared =
            c.max ? limits(uint32_t(c.min), uint32_t(*c.max)) : limits(uint32_t(c.min));
        // The caps hold for every memory: it is the second one here.
        auto made = try_instance(
            *store, mb::module({mb::section(mb::memories, {limits(0), declared})}), {}, options);
        REQUIRE(made.ok() == c.may_grow_to.has_value());
        if (!made) {
            CHECK(made.error().kind == ErrorKind::limit);
            CHECK(made.error().message ==
                  "memory 1: the minimum of " + std::to_string(c.min) +
                      " pages is above the cap of " +
                      std::to_string(c.given.value_or(c.store.value_or(0))) + " pages");
            CHECK(store->count(ObjectKind::memory) == 0);
            continue;
        }
        Memory& memory = *(*made)->memories[1];
        CHECK(memory.max_pages() == *c.may_grow_to);
        CHECK(memory.grow(*c.may_grow_to - c.min + 1) == std::nullopt);
        CHECK(memory.grow(*c.may_grow_to - c.min) == c.min);
        CHECK(memory.grow(1) == std::nullopt);
        store->release_handle(**made);
        CHECK(store->count(ObjectKind::memory) == 0);
    }
}

TEST_CASE("a cap holds for imported memories", "[runtime]") {
    const auto store = new_store();
    Memory& memory = **store->new_memory(memory_type(3, 100));
    const Imports imports = {{"m.memory", &memory}};
    const auto module = [](uint32_t min) {
        return mb::module(
            {mb::section(mb::imports, {import("m", "memory", mb::Bytes{2} + limits(min))})});
    };
    InstantiateOptions options;
    options.max_memory_pages = 1;
    CHECK(outcome(try_instance(*store, module(2), imports, options)) ==
          "limit: memory 0: the minimum of 2 pages is above the cap of 1 page");
    CHECK(memory.max_pages() == 100);
    options.max_memory_pages = 5;
    Instance& instance = instance_of(*store, module(2), imports, options);
    CHECK(memory.grow(3) == std::nullopt);
    CHECK(memory.grow(2) == 3u);
    store->release_handle(instance);
    store->release_handle(memory);
}

TEST_CASE("the limit on all memories and tables together", "[runtime]") {
    StoreLimits caps;
    caps.max_total_memory_bytes = 10 * 65536;
    const auto store = store_with(caps);
    Memory& first = **store->new_memory(memory_type(4, 100));
    Memory& second = **store->new_memory(memory_type(4, 100));
    CHECK(outcome(store->new_memory(memory_type(3))) ==
          "limit: the minimum of 3 pages exceeds the limit on all memories and tables together: "
          "524288 of "
          "655360 bytes are in use");
    CHECK(first.grow(3) == std::nullopt);
    CHECK(first.grow(2) == 4u);
    CHECK(second.grow(1) == std::nullopt);
    store->release_handle(first);
    CHECK(second.grow(6) == 4u);
    store->release_handle(second);
    InstantiateOptions options;
    options.max_memory_pages = 0;  // lifts the page limits only
    CHECK(outcome(try_instance(*store, mb::module({mb::section(mb::memories, {limits(11)})}), {},
                               options)) ==
          "limit: memory 0: the minimum of 11 pages exceeds the limit on all memories and tables "
          "together: 0 "
          "of 655360 bytes are in use");
}

TEST_CASE("memory types that are not valid", "[runtime]") {
    const auto store = new_store();
    CHECK(outcome(store->new_memory(memory_type(2, 1))) ==
          "misuse: size minimum must not be greater than maximum");
    CHECK(outcome(store->new_memory(memory_type(65537))) ==
          "limit: the minimum of 65537 pages is above the cap of 65536 pages");
    MemoryType shared = memory_type(1, 1);
    shared.limits.shared = true;
    CHECK(outcome(store->new_memory(shared)) ==
          "unsupported: memories of this type are not supported");
    MemoryType wide = memory_type(1);
    wide.limits.address = AddressType::i64;
    CHECK(outcome(store->new_memory(wide)) ==
          "unsupported: memories of this type are not supported");
}
