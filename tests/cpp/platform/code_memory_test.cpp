// SPDX-License-Identifier: Apache-2.0
#include "platform/code_memory.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <iterator>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "platform/virtual_memory.h"

using namespace epsilon::platform;

namespace {

constexpr size_t region = size_t{1} << 20;

// Writes a function that returns the number.
void write_function(uint8_t* at, uint16_t number) {
#if defined(__aarch64__)
    const uint32_t code[] = {0x52800000u | uint32_t{number} << 5, 0xd65f03c0u};  // mov, ret
    std::memcpy(at, code, sizeof code);
#else
    const uint8_t code[] = {
        0xb8, static_cast<uint8_t>(number), static_cast<uint8_t>(number >> 8), 0, 0,
        0xc3};  // mov, ret
    std::memcpy(at, code, sizeof code);
#endif
}

CodeBlock make_function(uint16_t number, size_t bytes = 16) {
    CodeBlock block = CodeBlock::allocate(bytes);
    if (!block) return block;
    std::memset(block.writable(), 0, block.size());
    write_function(block.writable(), number);
    block.finish();
    return block;
}

unsigned call(const CodeBlock& block) {
    return reinterpret_cast<unsigned (*)()>(reinterpret_cast<uintptr_t>(block.code()))();
}

struct Mappings {
    int executable = 0;  // shared ones, which only code memory has
    int writable = 0;
    int both = 0;
};

// Emulators have mappings of their own.
#if defined(EPSILON_TEST_EMULATED)
constexpr bool emulated = true;
#else
constexpr bool emulated = false;
#endif

Mappings mappings() {
    Mappings found;
    std::ifstream maps("/proc/self/maps");
    for (std::string line; std::getline(maps, line);) {
        const std::string rights = line.substr(line.find(' ') + 1, 4);
        const bool is_ours = rights[3] == 's' && line.find("/dev/zero") != std::string::npos;
        if (is_ours && rights[2] == 'x') ++found.executable;
        if (is_ours && rights[1] == 'w') ++found.writable;
        if (rights[1] == 'w' && rights[2] == 'x') ++found.both;
    }
    return found;
}

// The wait status of a forked child that exits with what the body says.
int run_in_child(const std::function<int()>& body) {
    const pid_t child = fork();
    if (child == 0) {
        alarm(20);
        _exit(body());
    }
    int status = -1;
    return child > 0 && waitpid(child, &status, 0) == child ? status : -1;
}

struct Pipe {
    Pipe() { REQUIRE(pipe(ends) == 0); }
    ~Pipe() {
        close(ends[0]);
        close(ends[1]);
    }
    void signal() { CHECK(write(ends[1], "x", 1) == 1); }
    bool wait() {
        char byte = 0;
        return read(ends[0], &byte, 1) == 1;
    }
    int ends[2];
};

class LimitGuard {
public:
    explicit LimitGuard(size_t bytes) { set_code_memory_limit(bytes); }
    ~LimitGuard() { set_code_memory_limit(default_code_memory_limit); }
    LimitGuard(const LimitGuard&) = delete;
    LimitGuard& operator=(const LimitGuard&) = delete;
};

}  // namespace

TEST_CASE("Code runs where it can't be written", "[platform]") {
    REQUIRE(code_memory_available());
    CodeBlock block = make_function(4711);
    REQUIRE(block);
    CHECK(block.size() == 16);
    CHECK(reinterpret_cast<uintptr_t>(block.code()) % 64 == 0);
    CHECK(block.writable() != block.code());
    CHECK(std::memcmp(block.writable(), block.code(), block.size()) == 0);
    CHECK(call(block) == 4711);
    const Mappings all = mappings();
    CHECK((emulated || all.executable >= 1));
    CHECK((emulated || all.writable == all.executable));
    CHECK((emulated || all.both == 0));

    CodeBlock moved = std::move(block);
    CHECK_FALSE(block);
    CHECK(block.code() == nullptr);
    CHECK(block.size() == 0);
    CHECK(block.writable() == nullptr);
    CHECK(block.fault_sites() == nullptr);
    block.finish();
    CHECK(call(moved) == 4711);
    moved = make_function(4712);
    CHECK(call(moved) == 4712);
}

TEST_CASE("There are no code blocks of impossible sizes", "[platform]") {
    CHECK_FALSE(CodeBlock::allocate(0));
    CHECK_FALSE(CodeBlock::allocate((size_t{1} << 30) + 1));
    CHECK_FALSE(CodeBlock::allocate(SIZE_MAX));
    CHECK_FALSE(CodeBlock::allocate(SIZE_MAX - 63));
    CHECK_FALSE(CodeBlock::allocate(64, SIZE_MAX));
    CHECK_FALSE(CodeBlock::allocate(64, SIZE_MAX / 8));
}

TEST_CASE("Code blocks don't overlap, and what is freed is used again", "[platform]") {
    const size_t before = code_memory_use().blocks;
    std::vector<std::pair<CodeBlock, uint16_t>> blocks;
    std::minstd_rand random(1);
    uint16_t number = 0;
    for (int step = 0; step < 30000; ++step) {
        if (blocks.size() > 400 || (random() % 3 == 0 && !blocks.empty())) {
            std::swap(blocks[random() % blocks.size()], blocks.back());
            blocks.pop_back();
        } else {
            const size_t bytes = 16 + (random() % 16 == 0 ? random() % 20000 : random() % 1000);
            blocks.emplace_back(make_function(number, bytes), number);
            REQUIRE(blocks.back().first);
            std::memset(blocks.back().first.writable() + 8, 0x77, bytes - 8);
            ++number;
        }
        REQUIRE(code_memory_use().blocks == before + blocks.size());
    }
    for (const auto& [block, expected] : blocks) {
        REQUIRE(call(block) == expected);
        for (size_t i = 8; i < block.size(); ++i)
            REQUIRE(block.code()[i] == 0x77);
    }
    // 400 blocks of 1000 bytes on average.
    CHECK(code_memory_use().mapped <= 4 * region);
    blocks.clear();
    CHECK(code_memory_use().blocks == before);
}

TEST_CASE("Freed code traps", "[platform]") {
    const CodeBlock neighbour = make_function(1);  // so that the region stays
    CodeBlock block = make_function(2, 1000);
    const uint8_t* code = block.code();
    block = CodeBlock();
#if defined(__x86_64__)
    for (size_t i = 0; i < 1200; ++i)
        REQUIRE(code[i] == 0xcc);
#else
    for (size_t i = 0; i < 1000; ++i)
        REQUIRE(code[i] == 0);
#endif
    CHECK(make_function(3, 1000).code() == code);
}

TEST_CASE("Address space of freed code is given back", "[platform]") {
    const Mappings before = mappings();
    const size_t mapped = code_memory_use().mapped;
    {
        std::vector<CodeBlock> blocks;
        for (int i = 0; i < 5000; ++i) {
            blocks.push_back(make_function(static_cast<uint16_t>(i), 2000));
            REQUIRE(blocks.back());
        }
        CHECK(code_memory_use().mapped >= 9 * region);
        for (int i = 0; i < 5000; ++i)
            REQUIRE(call(blocks[static_cast<size_t>(i)]) == static_cast<unsigned>(i));
        // Holes that are too small are no good; those of the right size are.
        for (size_t i = 0; i < 5000; i += 2)
            blocks[i] = CodeBlock();
        const size_t with_holes = code_memory_use().mapped;
        for (size_t i = 0; i < 5000; i += 2)
            blocks[i] = make_function(static_cast<uint16_t>(i), 2000);
        CHECK(code_memory_use().mapped == with_holes);
    }
    // One small empty region may stay.
    CHECK(code_memory_use().mapped <= mapped + region);
    CHECK(mappings().executable <= before.executable + 1);
    CHECK(mappings().writable <= before.writable + 1);
}

TEST_CASE("A block larger than a region has one of its own", "[platform]") {
    const size_t mapped = code_memory_use().mapped;
    for (const size_t bytes : {region - 48, region, 3 * region}) {
        CodeBlock block = make_function(7, bytes);
        REQUIRE(block);
        CHECK(block.size() == bytes);
        write_function(block.writable() + bytes - 16, 9);
        CHECK(call(block) == 7);
        CHECK(code_memory_use().mapped >= mapped);
    }
    CHECK(code_memory_use().mapped <= mapped + region);
}

TEST_CASE("Code memory has a limit", "[platform]") {
    const size_t mapped = code_memory_use().mapped;
    const LimitGuard limit(mapped + 3 * region);
    std::vector<CodeBlock> blocks;
    for (;;) {
        blocks.push_back(make_function(5, 100000));
        if (!blocks.back()) break;
        REQUIRE(blocks.size() < 1000);
    }
    CHECK(blocks.size() > 30);
    CHECK(code_memory_use().mapped == mapped + 3 * region);
    CHECK_FALSE(CodeBlock::allocate(5 * region));
    blocks.pop_back();
    blocks.pop_back();
    CHECK(make_function(6, 100000));  // what was freed
    set_code_memory_limit(0);
    CHECK(make_function(6, 100000));
    blocks.clear();
    CHECK_FALSE(make_function(6, region));
    // An empty region gives way to a larger one.
    set_code_memory_limit(code_memory_use().mapped + 2 * region);
    CHECK(make_function(6));
    CHECK(make_function(6, region));
}

TEST_CASE("Where machine code is forbidden there is none", "[platform]") {
    const CodeBlock before = make_function(8);
    {
        const CodeMemoryRefusal refusal;
        CHECK_FALSE(code_memory_available());
        CHECK_FALSE(CodeBlock::allocate(16));
        CHECK(call(before) == 8);
    }
    CHECK(code_memory_available());
    CHECK(CodeBlock::allocate(16));
}

#if defined(__x86_64__) || defined(__aarch64__)

namespace {

// As security modules and service managers do: mapping executable memory is refused from now on.
bool forbid_executable_mappings() {
    constexpr auto load = static_cast<uint16_t>(BPF_LD | BPF_W | BPF_ABS);
    constexpr auto answer = static_cast<uint16_t>(BPF_RET | BPF_K);
    sock_filter filter[] = {
        {load, 0, 0, offsetof(seccomp_data, nr)},
        {static_cast<uint16_t>(BPF_JMP | BPF_JEQ | BPF_K), 0, 3, __NR_mmap},
        {load, 0, 0, offsetof(seccomp_data, args[2])},
        {static_cast<uint16_t>(BPF_JMP | BPF_JSET | BPF_K), 0, 1, PROT_EXEC},
        {answer, 0, 0, SECCOMP_RET_ERRNO | EPERM},
        {answer, 0, 0, SECCOMP_RET_ALLOW},
    };
    sock_fprog program = {static_cast<unsigned short>(std::size(filter)), filter};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

// Runs a hidden test in a process in which nothing has happened yet.
bool passes_alone(const char* test) {
    char program[4096];
    const ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    REQUIRE(length > 0);
    program[length] = 0;
    const pid_t child = fork();
    if (child == 0) {
        setenv("EPSILON_TEST_ALONE", "1", 1);
        execl(program, program, test, static_cast<char*>(nullptr));
        _exit(127);
    }
    int status = -1;
    return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

}  // namespace

TEST_CASE("Alone: the system refuses code", "[.alone]") {
    if (std::getenv("EPSILON_TEST_ALONE") == nullptr) return;
    if (!forbid_executable_mappings()) return;
    CHECK_FALSE(code_memory_available());
    CHECK_FALSE(CodeBlock::allocate(16));
    CHECK(code_memory_use().mapped == 0);
    CHECK_FALSE(code_memory_available());
}

TEST_CASE("Alone: the system begins to refuse code", "[.alone]") {
    if (std::getenv("EPSILON_TEST_ALONE") == nullptr) return;
    const CodeBlock block = make_function(4);
    if (!forbid_executable_mappings()) return;
    CHECK(call(block) == 4);
    CHECK(make_function(5));
    CHECK_FALSE(make_function(6, region));
    CHECK(code_memory_use().mapped == region);
}

TEST_CASE("Alone: memory is short for a while", "[.alone]") {
    if (std::getenv("EPSILON_TEST_ALONE") == nullptr) return;
    {
        const MemoryFailureGuard guard(0);
        CHECK_FALSE(code_memory_available());
        CHECK_FALSE(CodeBlock::allocate(16));
    }
    CHECK(code_memory_use().mapped == 0);
    CHECK(code_memory_available());
    CHECK(make_function(4));
}

TEST_CASE("Systems that refuse code are errors, and remembered; a lack of memory isn't",
          "[platform]") {
    CHECK(passes_alone("Alone: the system refuses code"));
    CHECK(passes_alone("Alone: the system begins to refuse code"));
    CHECK(passes_alone("Alone: memory is short for a while"));
}

#endif

TEST_CASE("Without memory there is no code block", "[platform]") {
    const size_t mapped = code_memory_use().mapped;
    {
        const MemoryFailureGuard guard(0);
        CHECK_FALSE(CodeBlock::allocate(2 * region));
    }
    CHECK(code_memory_use().mapped <= mapped);
    CHECK(CodeBlock::allocate(2 * region));
}

TEST_CASE("Code is made where writable memory must not become executable", "[platform]") {
#if !defined(PR_SET_MDWE)
    constexpr int PR_SET_MDWE = 65;
#endif
    const int status = run_in_child([] {
        if (prctl(PR_SET_MDWE, 1, 0, 0, 0) != 0) return 0;  // Linux before 6.3
        void* const page = mmap(nullptr, page_size(), PROT_READ | PROT_WRITE | PROT_EXEC,
                                MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (page != MAP_FAILED) return 1;
        const CodeBlock block = make_function(12, region);
        return block && call(block) == 12 ? 0 : 2;
    });
    CHECK(status == 0);
}

TEST_CASE("Many threads make and free code", "[platform]") {
    const size_t before = code_memory_use().blocks;
    std::atomic<int> failures{0};
    std::vector<std::thread> threads;
    for (unsigned t = 0; t < 4; ++t) {
        threads.emplace_back([t, &failures] {
            std::minstd_rand random(t + 1);
            std::array<CodeBlock, 32> blocks;
            std::array<uint16_t, 32> expected{};
            for (int i = 0; i < 3000; ++i) {
                const size_t at = random() % blocks.size();
                if (blocks[at] && call(blocks[at]) != expected[at]) ++failures;
                expected[at] = static_cast<uint16_t>(random());
                const size_t bytes = i % 100 == 0 ? 200000 : 16 + random() % 3000;
                blocks[at] = make_function(expected[at], bytes);
                if (!blocks[at] || call(blocks[at]) != expected[at]) ++failures;
            }
        });
    }
    for (std::thread& thread : threads)
        thread.join();
    CHECK(failures == 0);
    CHECK(code_memory_use().blocks == before);
}

TEST_CASE("A child of fork runs the parent's code and makes its own", "[platform]") {
    std::vector<CodeBlock> blocks;
    for (uint16_t i = 0; i < 100; ++i)
        blocks.push_back(make_function(i));
    const int status = run_in_child([&blocks] {
        for (size_t i = 0; i < blocks.size(); ++i) {
            if (call(blocks[i]) != i) return 1;
        }
        if (!emulated && mappings().writable != 0) return 2;  // the parent's aren't there
        for (size_t i = 0; i < blocks.size(); ++i) {
            blocks[i] = make_function(static_cast<uint16_t>(1000 + i));
            if (!blocks[i] || call(blocks[i]) != 1000 + i) return 3;
        }
        if (!emulated && mappings().writable != 1) return 4;
        blocks.clear();
        if (!emulated && mappings().executable > 1) return 5;
        return code_memory_use().blocks == 0 ? 0 : 6;
    });
    CHECK(status == 0);
    for (size_t i = 0; i < blocks.size(); ++i)
        REQUIRE(call(blocks[i]) == i);
}

TEST_CASE("A parent doesn't disturb the code that its child runs", "[platform]") {
    std::vector<CodeBlock> blocks;
    for (uint16_t i = 0; i < 100; ++i)
        blocks.push_back(make_function(i, 500));
    Pipe parent_done;
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        alarm(20);
        if (!parent_done.wait()) _exit(1);
        for (size_t i = 0; i < blocks.size(); ++i) {
            if (call(blocks[i]) != i) _exit(2);
        }
        blocks.clear();
        _exit(0);
    }
    for (uint16_t i = 0; i < 100; i += 2)
        blocks[i] = CodeBlock();
    for (uint16_t i = 0; i < 100; i += 2)
        blocks[i] = make_function(static_cast<uint16_t>(i + 500), 500);
    for (size_t i = 0; i < blocks.size(); ++i)
        CHECK(call(blocks[i]) == (i % 2 == 0 ? i + 500 : i));
    parent_done.signal();
    int status = -1;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(status == 0);
}

TEST_CASE("Code memory doesn't grow by forks, nor is it lost by them", "[platform]") {
    const size_t mapped = code_memory_use().mapped;
    const CodeBlock stays = make_function(77);
    for (int round = 0; round < 40; ++round) {
        std::vector<CodeBlock> blocks;
        for (uint16_t i = 0; i < 10; ++i)
            blocks.push_back(make_function(i, 10000));
        REQUIRE(run_in_child([&] { return call(blocks[3]) == 3 && call(stays) == 77 ? 0 : 1; }) ==
                0);
    }
    // Each round loses 100 KB until their region is empty; that of `stays` isn't.
    CHECK(code_memory_use().mapped <= mapped + 3 * region);
}

TEST_CASE("Forks while other threads make code", "[platform]") {
    std::atomic<bool> done{false};
    std::atomic<int> failures{0};
    std::vector<std::thread> threads;
    for (unsigned t = 0; t < 2; ++t) {
        threads.emplace_back([&done, &failures, t] {
            std::minstd_rand random(t + 1);
            std::array<CodeBlock, 16> blocks;
            while (!done) {
                const size_t at = random() % blocks.size();
                blocks[at] = make_function(static_cast<uint16_t>(at), 16 + random() % 4000);
                if (!blocks[at] || call(blocks[at]) != at) ++failures;
            }
        });
    }
    int bad_children = 0;
    for (int i = 0; i < 50; ++i) {
        const int status = run_in_child([] {
            const CodeBlock block = make_function(31);
            return block && call(block) == 31 ? 0 : 1;
        });
        bad_children += status == 0 ? 0 : 1;
    }
    done = true;
    for (std::thread& thread : threads)
        thread.join();
    CHECK(bad_children == 0);
    CHECK(failures == 0);
}
