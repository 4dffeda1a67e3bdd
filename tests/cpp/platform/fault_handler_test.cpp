// SPDX-License-Identifier: Apache-2.0
#include "platform/fault_handler.h"

#include "catch.hpp"
#include "platform/fault_table.h"

using namespace epsilon::platform;

#if !EPSILON_FAULT_HANDLER

TEST_CASE("Without support the fault handler refuses and does nothing", "[platform]") {
    CHECK_FALSE(fault_handler_supported);
    CHECK_FALSE(install());
    CHECK_FALSE(check_installed());
    CHECK(stop_region_base() == nullptr);
    int object = 0;
    CHECK_FALSE(register_range(&object, sizeof object));
    unregister_range(&object);
}

#else

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xmmintrin.h>

#include <atomic>
#include <chrono>
#include <cstring>
#include <memory>
#include <thread>
#include <vector>

#include "platform/fault_test_support.h"
#include "platform/virtual_memory.h"

using namespace fault_test;

TEST_CASE("A fault by a recorded instruction lands with all registers as they were", "[platform]") {
    REQUIRE(check_installed());
    REQUIRE(fault_table_size() >= 2);
    GuardedMemory memory;
    Frame frame;
    uint64_t slots[4] = {};
    const uint8_t cell = 0;

    REQUIRE(enter_and_check_registers(&cell, slots, memory.base(), 16, 7, &frame,
                                      &fault_test_load) == 1);
    CHECK(slots[0] == 0);  // the access succeeded
    CHECK(frame.landings == 0);

    const uint64_t outside = memory.committed() + 5;
    // The handler has changed callee-saved registers and the stack pointer when it faults.
    REQUIRE(enter_and_check_registers(&cell, slots, memory.base(), outside, 7, &frame,
                                      &fault_test_load) == 1);
    CHECK(frame.landings == 1);
    CHECK(frame.seen.pc == &cell);
    CHECK(frame.seen.fp == slots);
    CHECK(frame.seen.mem == memory.base());
    CHECK(frame.seen.acc == outside);
    CHECK(frame.seen.local0 == 7);
    CHECK(frame.seen.vacc == 2.5f);  // what the handler had put there
    CHECK(frame.fault.fault_address == reinterpret_cast<uintptr_t>(memory.base()) + outside);
    CHECK(is_fault_instruction(frame.fault.fault_instruction));
    CHECK(frame.fault.entry_sp == nullptr);  // as before the entry
}

TEST_CASE("Instructions recorded in templates are found", "[platform]") {
    REQUIRE(check_installed());
    GuardedMemory memory;
    Frame frame;
    uint64_t slots[4] = {};
    memory.base()[8] = 99;
    enter_handlers(nullptr, slots, memory.base(), 8, 0, &frame.fault, as_landing(&store_load<1>));
    CHECK(slots[0] == 99);
    enter_handlers(nullptr, slots, memory.base(), memory.committed(), 0, &frame.fault,
                   as_landing(&store_load<1>));
    enter_handlers(nullptr, slots, memory.base(), memory.committed(), 0, &frame.fault,
                   as_landing(&store_load<2>));
    CHECK(frame.landings == 2);
    CHECK_FALSE(is_fault_instruction(0));
    CHECK_FALSE(is_fault_instruction(UINTPTR_MAX));
    CHECK_FALSE(is_fault_instruction(reinterpret_cast<uintptr_t>(&fault_test_load)));
}

TEST_CASE("A page that lost its file is a memory fault too", "[platform]") {
    REQUIRE(check_installed());
    const size_t page = page_size();
    const int file = memfd_create("lost", MFD_CLOEXEC);
    REQUIRE(file >= 0);
    REQUIRE(ftruncate(file, static_cast<off_t>(page)) == 0);
    auto* base =
        static_cast<uint8_t*>(mmap(nullptr, page, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0));
    REQUIRE(base != MAP_FAILED);
    REQUIRE(register_range(base, page));
    REQUIRE(ftruncate(file, 0) == 0);
    Frame frame;
    uint64_t slots[4] = {};
    enter_handlers(nullptr, slots, base, 0, 0, &frame.fault, &fault_test_load);
    CHECK(frame.landings == 1);  // SIGBUS
    unregister_range(base);
    munmap(base, page);
    close(file);
}

TEST_CASE("Entering runs handlers with WebAssembly's floating-point modes", "[platform]") {
    Frame frame;
    uint64_t modes = 0;
    const unsigned outer = _mm_getcsr();
    const unsigned flushing = outer | 0x8040;  // flush to zero, denormals are zero
    _mm_setcsr(flushing);
    enter_handlers(nullptr, &modes, nullptr, 0, 0, &frame.fault, as_landing(&read_modes));
    const unsigned after = _mm_getcsr();
    _mm_setcsr(outer);
    CHECK((modes & 0xffc0) == 0x1f80);
    CHECK((after & 0xffc0) == (flushing & 0xffc0));
}

TEST_CASE("Nested entries keep the outer entry's stack pointer", "[platform]") {
    REQUIRE(check_installed());
    GuardedMemory memory;
    Frame frame;
    uint64_t slots[4] = {};
    // Enters again from inside, faults there, then faults itself.
    enter_handlers(nullptr, slots, memory.base(), memory.committed(), 0, &frame.fault,
                   as_landing(&nest_then_fault));
    CHECK(frame.landings == 2);
    CHECK(slots[1] == 1);  // the inner entry came back first
}

TEST_CASE("Ranges are found until unregistered, in any number", "[platform]") {
    std::vector<std::unique_ptr<char[]>> blocks;
    for (int i = 0; i < 1000; ++i) {
        blocks.push_back(std::make_unique<char[]>(64));
        REQUIRE(register_range(blocks.back().get(), 64));
    }
    const auto found = [](const char* at) {
        return is_registered_address(reinterpret_cast<uintptr_t>(at));
    };
    for (const auto& block : blocks) {
        CHECK(found(block.get()));
        CHECK(found(block.get() + 63));
    }
    for (size_t i = 0; i < blocks.size(); i += 2)
        unregister_range(blocks[i].get());
    for (size_t i = 0; i < blocks.size(); ++i)
        CHECK(found(blocks[i].get()) == (i % 2 == 1));
    for (const auto& block : blocks)
        unregister_range(block.get());
    CHECK_FALSE(found(blocks[1].get()));
    CHECK_FALSE(register_range(nullptr, 64));
    CHECK_FALSE(register_range(blocks[0].get(), 0));
    CHECK_FALSE(is_registered_address(0));
}

TEST_CASE("Ranges are registered and unregistered by many threads", "[platform]") {
    std::atomic<int> failures{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&failures] {
            char block[128];
            for (int i = 0; i < 5000; ++i) {
                if (!register_range(block, sizeof block)) ++failures;
                if (!is_registered_address(reinterpret_cast<uintptr_t>(block + 100))) ++failures;
                unregister_range(block);
                if (is_registered_address(reinterpret_cast<uintptr_t>(block + 100))) ++failures;
            }
        });
    }
    for (std::thread& thread : threads)
        thread.join();
    CHECK(failures == 0);
}

TEST_CASE("A store to the handler base stops a loop at its next dispatch", "[platform]") {
    REQUIRE(check_installed());
    REQUIRE(stop_region_base() != nullptr);
    Frame frame;
    frame.fault.real_handler_base = fault_test_anchor;
    uint64_t slots[4] = {};
    // The program: one cell that runs itself for ever, counting in acc.
    alignas(8) uint8_t cell[8] = {};
    const auto offset =
        static_cast<int32_t>(reinterpret_cast<const char*>(&fault_test_loop) - fault_test_anchor);
    std::memcpy(cell, &offset, sizeof offset);

    const int rounds = 200;
    std::atomic<int> round{-1};
    std::thread stopper([&] {
        for (int i = 0; i < rounds; ++i) {
            while (round < i)
                std::this_thread::yield();
            std::this_thread::sleep_for(std::chrono::microseconds(i * 5));
            frame.fault.handler_base.store(stop_region_base());
        }
    });
    uint64_t acc = 0;
    for (int i = 0; i < rounds; ++i) {
        frame.fault.handler_base.store(fault_test_anchor);
        round = i;
        enter_handlers(cell, slots, nullptr, acc, 3, &frame.fault, &fault_test_loop);
        REQUIRE(frame.stops == i + 1);
        REQUIRE(frame.fault.handler_base.load() == fault_test_anchor);
        REQUIRE(frame.seen.pc == cell);
        REQUIRE(frame.seen.fp == slots);
        REQUIRE(frame.seen.local0 == 3);
        REQUIRE(frame.seen.acc > acc);
        acc = frame.seen.acc;
    }
    stopper.join();
    CHECK(frame.landings == 0);
}

TEST_CASE("Threads get an alternate stack that dies with them", "[platform]") {
    REQUIRE(check_installed());
    struct Result {
        bool had_none = false;
        bool has_one = false;
        bool trapped = false;
        void* stack = nullptr;
    } result;
    std::thread([&result] {
        stack_t stack = {};
        sigaltstack(nullptr, &stack);
        result.had_none = (stack.ss_flags & SS_DISABLE) != 0;
        if (!ensure_alternate_stack() || !ensure_alternate_stack()) return;
        sigaltstack(nullptr, &stack);
        result.has_one = (stack.ss_flags & SS_DISABLE) == 0 && stack.ss_size >= 65536;
        result.stack = stack.ss_sp;
        result.trapped = traps_now();
    }).join();
    CHECK(result.had_none);
    CHECK(result.has_one);
    CHECK(result.trapped);
    unsigned char resident = 0;
    CHECK(mincore(result.stack, 1, &resident) != 0);  // not mapped any more
}

TEST_CASE("A thread's own alternate stack is left alone", "[platform]") {
    std::vector<char> own(65536);
    void* found = nullptr;
    std::thread([&] {
        stack_t stack = {};
        stack.ss_sp = own.data();
        stack.ss_size = own.size();
        sigaltstack(&stack, nullptr);
        if (ensure_alternate_stack() && sigaltstack(nullptr, &stack) == 0) found = stack.ss_sp;
        stack.ss_flags = SS_DISABLE;
        sigaltstack(&stack, nullptr);
    }).join();
    CHECK(found == own.data());
}

TEST_CASE("Without memory there is no alternate stack, and faults still land", "[platform]") {
    REQUIRE(check_installed());
    bool refused = false;
    bool trapped = false;
    bool later = false;
    std::thread([&] {
        {
            const MemoryFailureGuard guard(1);
            refused = !ensure_alternate_stack();
        }
        trapped = traps_now();
        later = ensure_alternate_stack();
    }).join();
    CHECK(refused);
    CHECK(trapped);
    CHECK(later);
}

TEST_CASE("A thread that had the signals blocked can trap", "[platform]") {
    REQUIRE(check_installed());
    bool trapped = false;
    std::thread([&trapped] {
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, nullptr);
        if (!ensure_alternate_stack()) return;
        trapped = traps_now();
    }).join();
    CHECK(trapped);
}

TEST_CASE("Many threads trap and stop at the same time", "[platform]") {
    REQUIRE(check_installed());
    std::atomic<int> trapped{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&trapped] {
            if (!ensure_alternate_stack()) return;
            for (int i = 0; i < 500; ++i)
                trapped += traps_now() ? 1 : 0;
        });
    }
    for (std::thread& thread : threads)
        thread.join();
    CHECK(trapped == 4 * 500);
}

TEST_CASE("The handler works in a forked child", "[platform]") {
    REQUIRE(check_installed());
    const int status = run_in_child([] { return traps_now() && check_installed() ? 0 : 1; });
    CHECK(exited_with(status, 0));
}

#endif
