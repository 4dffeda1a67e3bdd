// SPDX-License-Identifier: Apache-2.0
// Faults of machine code.
#include "platform/code_memory.h"

#if defined(__x86_64__)

#include <cstring>
#include <initializer_list>
#include <vector>

#include "catch.hpp"
#include "platform/fault_handler.h"

#if EPSILON_FAULT_HANDLER

#include <signal.h>

#include <atomic>
#include <thread>

#include "platform/fault_test_support.h"

using namespace epsilon::platform;
using namespace fault_test;

namespace {

// Never read.
uint8_t cells[8 << 20];

// As fault_test_load, of machine code: changes registers that C++ wants back, then loads the byte
// at mem + acc into fp[0], `count` times by as many instructions, and returns. Cell n * 16 is that
// of the nth.
CodeBlock make_loads(unsigned count, bool with_sites = true) {
    const uint8_t begin[] = {0x31, 0xdb, 0x31, 0xed, 0x45, 0x31, 0xff};  // rbx, rbp, r15 = 0
    const uint8_t load[] = {0x0f, 0xb6, 0x04, 0x0a, 0x48, 0x89, 0x06};   // movzx, mov
    CodeBlock block =
        CodeBlock::allocate(sizeof begin + count * sizeof load + 1, with_sites ? count : 0);
    if (!block) return block;
    uint8_t* at = block.writable();
    std::memcpy(at, begin, sizeof begin);
    at += sizeof begin;
    for (unsigned i = 0; i < count; ++i) {
        std::memcpy(at, load, sizeof load);
        if (with_sites)
            block.fault_sites()[i] = {static_cast<uint32_t>(at - block.writable()), i * 16};
        at += sizeof load;
    }
    *at = 0xc3;
    block.finish(cells);
    return block;
}

constexpr size_t first_load = 7;
constexpr size_t load_bytes = 7;

Landing entry_of(const CodeBlock& block) {
    return reinterpret_cast<Landing>(reinterpret_cast<uintptr_t>(block.code()));
}

}  // namespace

TEST_CASE("A fault of machine code lands with pc at the cell", "[platform]") {
    REQUIRE(check_installed());
    GuardedMemory memory;
    Frame frame;
    uint64_t slots[4] = {};
    const CodeBlock block = make_loads(1);
    REQUIRE(block);
    memory.base()[16] = 200;
    REQUIRE(enter_and_check_registers(nullptr, slots, memory.base(), 16, 7, &frame,
                                      entry_of(block)) == 1);
    CHECK(slots[0] == 200);
    CHECK(frame.landings == 0);

    const uint64_t outside = memory.committed() + 5;
    REQUIRE(enter_and_check_registers(nullptr, slots, memory.base(), outside, 7, &frame,
                                      entry_of(block)) == 1);
    CHECK(frame.landings == 1);
    CHECK(frame.seen.pc == cells);
    CHECK(frame.seen.fp == slots);
    CHECK(frame.seen.acc == outside);
    CHECK(frame.fault.fault_address == reinterpret_cast<uintptr_t>(memory.base()) + outside);
    CHECK(frame.fault.fault_instruction == reinterpret_cast<uintptr_t>(block.code()) + first_load);
    CHECK(frame.fault.entry_sp == nullptr);
}

TEST_CASE("Each fault site of machine code has its cell", "[platform]") {
    const CodeBlock before = make_loads(3);
    const CodeBlock block = make_loads(16);
    const CodeBlock behind = make_loads(1);
    const auto base = reinterpret_cast<uintptr_t>(block.code());
    for (unsigned i = 0; i < 16; ++i) {
        const uintptr_t instruction = base + first_load + i * load_bytes;
        REQUIRE(fault_cell_of_code(instruction) == cells + i * 16);
        REQUIRE(fault_cell_of_code(instruction + 1) == nullptr);
        REQUIRE(fault_cell_of_code(instruction - 1) == nullptr);
    }
    CHECK(fault_cell_of_code(base) == nullptr);
    for (uintptr_t offset = block.size(); offset < block.size() + 200; ++offset) {
        if (base + offset == reinterpret_cast<uintptr_t>(behind.code()) + first_load) continue;
        REQUIRE(fault_cell_of_code(base + offset) == nullptr);
    }
    CHECK(fault_cell_of_code(0) == nullptr);
    CHECK(fault_cell_of_code(UINTPTR_MAX) == nullptr);
    CHECK(fault_cell_of_code(reinterpret_cast<uintptr_t>(block.writable()) + first_load) ==
          nullptr);
}

TEST_CASE("A block has no fault sites before it is finished, nor once it is freed", "[platform]") {
    const CodeBlock neighbour = make_loads(1);
    CodeBlock block = CodeBlock::allocate(64, 1);
    block.fault_sites()[0] = {0, 0};
    const auto address = reinterpret_cast<uintptr_t>(block.code());
    CHECK(fault_cell_of_code(address) == nullptr);
    block.finish(cells);
    CHECK(fault_cell_of_code(address) == cells);
    block = CodeBlock();
    CHECK(fault_cell_of_code(address) == nullptr);
}

TEST_CASE("Fault sites are found in the last and the largest blocks", "[platform]") {
    std::vector<CodeBlock> blocks;
    for (int i = 0; i < 1000; ++i)
        blocks.push_back(make_loads(300));
    blocks.push_back(make_loads(300000));
    for (const CodeBlock& block : blocks) {
        const size_t last = (block.size() - first_load) / load_bytes - 1;
        const auto base = reinterpret_cast<uintptr_t>(block.code()) + first_load;
        REQUIRE(fault_cell_of_code(base) == cells);
        REQUIRE(fault_cell_of_code(base + last * load_bytes) == cells + last * 16);
    }
}

TEST_CASE("Faults of machine code that aren't recorded are crashes", "[platform]") {
    REQUIRE(check_installed());
    const CodeBlock recorded = make_loads(1);
    const CodeBlock unrecorded = make_loads(1, false);
    CHECK(killed_by(run_in_child([&] {
                        GuardedMemory memory;
                        Frame frame;
                        uint64_t slots[4] = {};
                        signal(SIGSEGV, SIG_DFL);
                        if (!check_installed()) return 1;
                        enter_handlers(nullptr, slots, memory.base(), memory.committed(), 0,
                                       &frame.fault, entry_of(unrecorded));
                        return 2;
                    }),
                    SIGSEGV));
    // Nor is what isn't a memory's address.
    CHECK(killed_by(run_in_child([&] {
                        Frame frame;
                        uint64_t slots[4] = {};
                        signal(SIGSEGV, SIG_DFL);
                        if (!check_installed()) return 1;
                        enter_handlers(nullptr, slots, nullptr, 64, 0, &frame.fault,
                                       entry_of(recorded));
                        return 2;
                    }),
                    SIGSEGV));
}

TEST_CASE("Freed machine code is deadly to run", "[platform]") {
    const CodeBlock neighbour = make_loads(1);
    CodeBlock block = make_loads(1);
    const Landing freed = entry_of(block);
    block = CodeBlock();
    CHECK(killed_by(run_in_child([freed] {
                        signal(SIGTRAP, SIG_DFL);
                        freed();
                        return 1;
                    }),
                    SIGTRAP));
}

TEST_CASE("A crash reporter that raises again doesn't turn machine code's trap into a crash",
          "[platform]") {
    const CodeBlock block = make_loads(1);
    for (const bool marked : {false, true}) {
        CHECK(exited_with(run_in_child([&] {
                              if (!check_installed()) return 1;
                              GuardedMemory memory;
                              Frame frame;
                              uint64_t slots[4] = {};
                              // Restores ours and raises; the signal comes once it returns, at the
                              // faulting instruction.
                              static struct sigaction former;
                              struct sigaction reporter = {};
                              reporter.sa_handler = [](int signal) {
                                  sigaction(signal, &former, nullptr);
                                  raise(signal);
                              };
                              sigaction(SIGSEGV, &reporter, &former);
                              FaultFrame* outer =
                                  marked ? exchange_active_frame(&frame.fault) : nullptr;
                              enter_handlers(nullptr, slots, memory.base(), memory.committed(), 0,
                                             &frame.fault, entry_of(block));
                              if (marked) exchange_active_frame(outer);
                              return frame.landings == 1 && frame.seen.pc == cells ? 0 : 2;
                          }),
                          0));
    }
}

TEST_CASE("A forked child's machine code traps", "[platform]") {
    REQUIRE(check_installed());
    const CodeBlock block = make_loads(2);
    const auto traps = [](const CodeBlock& code) {
        GuardedMemory memory;
        Frame frame;
        uint64_t slots[4] = {};
        enter_handlers(nullptr, slots, memory.base(), memory.committed(), 0, &frame.fault,
                       entry_of(code));
        return frame.landings == 1 && frame.seen.pc == cells;
    };
    CHECK(
        exited_with(run_in_child([&] { return traps(block) && traps(make_loads(1)) ? 0 : 1; }), 0));
    CHECK(traps(block));
}

TEST_CASE("Machine code traps while other threads make and free code", "[platform]") {
    REQUIRE(check_installed());
    std::atomic<bool> done{false};
    std::atomic<int> failures{0};
    std::vector<std::thread> makers;
    for (unsigned t = 0; t < 2; ++t) {
        makers.emplace_back([&done, &failures, t] {
            while (!done) {
                std::vector<CodeBlock> blocks;
                for (unsigned i = 0; i < 50; ++i) {
                    blocks.push_back(make_loads(1 + i * (t + 1)));
                    if (!blocks.back()) ++failures;
                }
                blocks.push_back(make_loads(200000));
            }
        });
    }
    std::vector<std::thread> runners;
    for (int t = 0; t < 2; ++t) {
        runners.emplace_back([&failures] {
            if (!ensure_alternate_stack()) ++failures;
            GuardedMemory memory;
            uint64_t slots[4] = {};
            for (unsigned i = 0; i < 2000; ++i) {
                const CodeBlock block = make_loads(1 + i % 100);
                Frame frame;
                enter_handlers(nullptr, slots, memory.base(), memory.committed() + i, 0,
                               &frame.fault, entry_of(block));
                if (frame.landings != 1 || frame.seen.pc != cells) ++failures;
            }
        });
    }
    for (std::thread& thread : runners)
        thread.join();
    done = true;
    for (std::thread& thread : makers)
        thread.join();
    CHECK(failures == 0);
}

#endif
#endif
