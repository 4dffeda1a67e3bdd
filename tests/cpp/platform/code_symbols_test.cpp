// SPDX-License-Identifier: Apache-2.0
#include "platform/code_symbols.h"

#include <elf.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>
#include <unwind.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <iterator>
#include <new>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "catch.hpp"
#include "platform/code_memory.h"
#include "platform/fault_handler.h"

using namespace epsilon::platform;

extern "C" {
struct jit_code_entry {
    jit_code_entry* next_entry;
    jit_code_entry* prev_entry;
    const char* symfile_addr;
    uint64_t symfile_size;
};
extern struct {
    uint32_t version;
    uint32_t action_flag;
    jit_code_entry* relevant_entry;
    jit_code_entry* first_entry;
} __jit_debug_descriptor;
}

namespace {

std::string perf_map_of(pid_t process) {
    return "/tmp/perf-" + std::to_string(process) + ".map";
}

std::string contents_of(const std::string& path) {
    std::ifstream file(path);
    std::stringstream all;
    all << file.rdbuf();
    return all.str();
}

std::string perf_line(const CodeBlock& block, const std::string& name) {
    std::stringstream line;
    line << std::hex << reinterpret_cast<uintptr_t>(block.code()) << ' ' << block.size() << ' '
         << name << '\n';
    return line.str();
}

CodeBlock make_named(std::string_view name, size_t bytes = 48) {
    CodeBlock block = CodeBlock::allocate(bytes);
    if (!block) return block;
    std::memset(block.writable(), 0, bytes);
    block.finish();
    block.set_name(name);
    return block;
}

bool succeeds_in_child(const std::function<bool()>& body) {
    const pid_t child = fork();
    if (child == 0) {
        alarm(20);
        _exit(body() ? 0 : 1);
    }
    int status = -1;
    return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

size_t debug_entries() {
    size_t count = 0;
    for (const jit_code_entry* entry = __jit_debug_descriptor.first_entry; entry != nullptr;
         entry = entry->next_entry) {
        if (entry->next_entry != nullptr && entry->next_entry->prev_entry != entry) abort();
        ++count;
    }
    return count;
}

class Debugging {
public:
    Debugging() { set_code_debugging(true); }
    ~Debugging() { set_code_debugging(false); }
    Debugging(const Debugging&) = delete;
    Debugging& operator=(const Debugging&) = delete;
};

}  // namespace

TEST_CASE("Names of code are written for perf when asked for", "[platform]") {
    const std::string path = perf_map_of(getpid());
    unlink(path.c_str());
    CHECK_FALSE(code_names_wanted());
    const CodeBlock before = make_named("before");
    CHECK(access(path.c_str(), F_OK) != 0);

    REQUIRE(set_perf_map(true));
    CHECK(code_names_wanted());
    const CodeBlock first = make_named("a function: \xc3\xa9t\xc3\xa9");
    const CodeBlock second = make_named("evil\n0 ffffffff \x1b[31m\x7f");
    const CodeBlock third = make_named(std::string(1000, 'x'));
    const CodeBlock fourth = make_named("");
    std::string expected = perf_line(first, "a function: \xc3\xa9t\xc3\xa9") +
                           perf_line(second, "evil?0 ffffffff ?[31m?") +
                           perf_line(third, std::string(longest_code_name, 'x')) +
                           perf_line(fourth, "");
    CHECK(contents_of(path) == expected);
    CodeBlock().set_name("nothing");

    // A child's names are in a file of its own.
    CHECK(succeeds_in_child([&] {
        const std::string own = perf_map_of(getpid());
        const CodeBlock block = make_named("child's");
        const bool good = contents_of(own) == perf_line(block, "child's");
        unlink(own.c_str());
        return good;
    }));
    CHECK(contents_of(path) == expected);

    // What is there is kept.
    REQUIRE(set_perf_map(false));
    const CodeBlock unseen = make_named("unseen");
    REQUIRE(set_perf_map(true));
    const CodeBlock last = make_named("last");
    expected += perf_line(last, "last");
    CHECK(contents_of(path) == expected);
    REQUIRE(set_perf_map(false));
    CHECK_FALSE(code_names_wanted());
    struct stat info{};
    REQUIRE(stat(path.c_str(), &info) == 0);
    CHECK((info.st_mode & 0777) == 0600);
    unlink(path.c_str());
}

TEST_CASE("Threads write whole lines for perf", "[platform]") {
    const std::string path = perf_map_of(getpid());
    unlink(path.c_str());
    REQUIRE(set_perf_map(true));
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([] {
            for (int i = 0; i < 100; ++i)
                make_named("some function");
        });
    }
    for (std::thread& thread : threads)
        thread.join();
    REQUIRE(set_perf_map(false));
    std::istringstream lines(contents_of(path));
    int good = 0;
    for (std::string line; std::getline(lines, line);)
        good += line.substr(line.find(' ')) == " 30 some function" ? 1 : 0;
    CHECK(good == 400);
    unlink(path.c_str());
}

TEST_CASE("Names for perf aren't written through links or into what isn't ours", "[platform]") {
    CHECK(succeeds_in_child([] {
        const std::string path = perf_map_of(getpid());
        const std::string other = path + ".other";
        unlink(path.c_str());
        const int file = open(other.c_str(), O_CREAT | O_WRONLY | O_TRUNC, 0600);
        const auto refused = [&] {
            const bool good = !set_perf_map(true) && !code_names_wanted();
            unlink(path.c_str());
            return good;
        };
        bool good = file >= 0 && symlink(other.c_str(), path.c_str()) == 0 && refused();
        good = good && link(other.c_str(), path.c_str()) == 0 && refused();
        good = good && mkfifo(path.c_str(), 0600) == 0 && refused();
        good = good && mkdir(path.c_str(), 0700) == 0 && refused();
        rmdir(path.c_str());
        // Put there later: nothing is written, and nothing else happens.
        good = good && set_perf_map(true) && unlink(path.c_str()) == 0 &&
               symlink(other.c_str(), path.c_str()) == 0 && make_named("lost");
        good = good && contents_of(other).empty();
        unlink(path.c_str());
        unlink(other.c_str());
        return good;
    }));
}

TEST_CASE("Debuggers are given an object file for each named block", "[platform]") {
    const size_t before = debug_entries();
    const CodeBlock unseen = make_named("unseen");
    CHECK(debug_entries() == before);
    const Debugging debugging;
    CHECK(code_names_wanted());
    CodeBlock block = make_named("shown\n", 100);
    const CodeBlock second = make_named(std::string(2000, 'y'));
    block.set_name("again");  // only once
    REQUIRE(debug_entries() == before + 2);
    CHECK(__jit_debug_descriptor.version == 1);

    const jit_code_entry* entry = __jit_debug_descriptor.first_entry->next_entry;
    const std::string file(entry->symfile_addr, entry->symfile_size);
    CHECK(file.compare(0, SELFMAG, ELFMAG) == 0);
    CHECK(file.substr(file.size() - 8) == std::string("\0shown?\0", 8));
    Elf64_Ehdr header;
    std::memcpy(&header, file.data(), sizeof header);
    std::vector<Elf64_Shdr> sections(header.e_shnum);
    std::memcpy(sections.data(), file.data() + header.e_shoff,
                sections.size() * sizeof sections[0]);
    const char* names = file.data() + sections[header.e_shstrndx].sh_offset;
    std::vector<std::string> all;
    for (const Elf64_Shdr& section : sections) {
        all.emplace_back(names + section.sh_name);
        if (section.sh_type != SHT_NOBITS)
            CHECK(section.sh_offset + section.sh_size <= file.size());
        if (all.back() == ".text") {
            CHECK(section.sh_addr == reinterpret_cast<uintptr_t>(block.code()));
            CHECK(section.sh_size == 100);
        }
    }
    CHECK(all ==
          std::vector<std::string>{"", ".text", ".eh_frame", ".symtab", ".strtab", ".shstrtab"});
    block = CodeBlock();
    CHECK(debug_entries() == before + 1);
    CHECK(succeeds_in_child([before] {
        const CodeBlock own = make_named("child's");
        return debug_entries() == before + 2;
    }));
}

TEST_CASE("Threads give debuggers names and take them back", "[platform]") {
    const size_t before = debug_entries();
    const Debugging debugging;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([] {
            std::vector<CodeBlock> blocks(10);
            for (size_t i = 0; i < 500; ++i)
                blocks[i * 7 % 10] = make_named("some function", 16 + i * 40);
        });
    }
    for (std::thread& thread : threads)
        thread.join();
    CHECK(debug_entries() == before);
}

#if defined(__x86_64__)

namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool sanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool sanitized = true;
#else
constexpr bool sanitized = false;
#endif
#else
constexpr bool sanitized = false;
#endif

// Stops by a breakpoint and returns; where enter_handlers() keeps registers, they are changed
// first.
CodeBlock make_breakpoint() {
#if EPSILON_FAULT_HANDLER
    const uint8_t code[] = {0x31, 0xdb, 0x31, 0xed, 0x45, 0x31, 0xff, 0x90, 0xcc, 0x90, 0xc3};
#else
    const uint8_t code[] = {0x90, 0xcc, 0x90, 0xc3};
#endif
    CodeBlock block = CodeBlock::allocate(sizeof code);
    if (!block) return block;
    std::memcpy(block.writable(), code, sizeof code);
    block.finish();
    block.set_name("function_of_a_module");
    return block;
}

volatile int after_call = 0;

__attribute__((noinline)) void enter_code(const CodeBlock& block) {
    const auto handler = reinterpret_cast<Landing>(reinterpret_cast<uintptr_t>(block.code()));
#if EPSILON_FAULT_HANDLER
    FaultFrame frame;
    enter_handlers(nullptr, nullptr, nullptr, 0, 0, &frame, handler);
#else
    handler();
#endif
    after_call = after_call + 1;
}

// What a handler of the breakpoint's signal finds on the stack.
struct Trace {
    uintptr_t pcs[64];
    size_t count;
};
Trace trace;

_Unwind_Reason_Code note(_Unwind_Context* context, void*) {
    if (trace.count == std::size(trace.pcs)) return _URC_END_OF_STACK;
    int is_before = 0;
    const uintptr_t pc = _Unwind_GetIPInfo(context, &is_before);
    trace.pcs[trace.count++] = is_before != 0 ? pc : pc - 1;
    return _URC_NO_REASON;
}

void trace_breakpoint(const CodeBlock& block) {
    trace.count = 0;
    struct sigaction action = {};
    struct sigaction former = {};
    action.sa_handler = [](int) { _Unwind_Backtrace(note, nullptr); };
    sigaction(SIGTRAP, &action, &former);
    enter_code(block);
    sigaction(SIGTRAP, &former, nullptr);
}

// Where in the trace the code is, and where what entered it; the trace's end if not.
size_t position_of(const CodeBlock& block) {
    const auto begin = reinterpret_cast<uintptr_t>(block.code());
    return static_cast<size_t>(
        std::find_if(trace.pcs, trace.pcs + trace.count,
                     [&](uintptr_t pc) { return pc - begin < block.size(); }) -
        trace.pcs);
}
size_t position_of(void (*function)(const CodeBlock&)) {
    const auto is_in = [function](uintptr_t pc) {
        return _Unwind_FindEnclosingFunction(reinterpret_cast<void*>(pc)) ==
               reinterpret_cast<void*>(function);
    };
    return static_cast<size_t>(std::find_if(trace.pcs, trace.pcs + trace.count, is_in) - trace.pcs);
}

}  // namespace

TEST_CASE("Unwinders see through machine code when asked for", "[platform]") {
    const CodeBlock early = make_breakpoint();
    trace_breakpoint(early);
    CHECK(position_of(early) < trace.count);
    CHECK(position_of(enter_code) == trace.count);

    const auto is_seen = [](const CodeBlock& block) {
        trace_breakpoint(block);
        return position_of(block) < position_of(enter_code) &&
               position_of(enter_code) + 2 < trace.count;
    };
    {
        const Debugging debugging;
        CHECK(is_seen(early));
        CHECK(is_seen(make_breakpoint()));
        std::vector<CodeBlock> blocks;
        for (int i = 0; i < 3; ++i)
            blocks.push_back(CodeBlock::allocate(size_t{1} << 20));  // each in a region
        CHECK(is_seen(make_breakpoint()));
        CHECK(succeeds_in_child([&] { return is_seen(early) && is_seen(make_breakpoint()); }));
    }
    CHECK_FALSE(is_seen(early));
    CHECK_FALSE(is_seen(make_breakpoint()));
    trace_breakpoint(early);
}

TEST_CASE("Exceptions are thrown while unwinders are told of code", "[platform]") {
    std::atomic<bool> done{false};
    std::atomic<int> caught{0};
    std::thread thrower([&] {
        while (!done) {
            try {
                throw std::bad_alloc();
            } catch (const std::bad_alloc&) {
                ++caught;
            }
        }
    });
    const Debugging debugging;
    for (int i = 0; i < 50 || caught == 0; ++i)
        CHECK(CodeBlock::allocate(size_t{1} << 20));
    done = true;
    thrower.join();
    CHECK(caught > 0);
}

TEST_CASE("What gdb is run on", "[.gdb]") {
    if (std::getenv("EPSILON_TEST_UNDER_GDB") == nullptr) return;
    const Debugging debugging;
    const CodeBlock block = make_breakpoint();
    enter_code(block);
}

TEST_CASE("gdb names machine code and finds its callers", "[platform]") {
    if (sanitized) return;  // they don't like being watched
    if (std::system("gdb --version >/dev/null 2>&1") != 0) {
        WARN("no gdb here");
        return;
    }
    char program[4096];
    const ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    REQUIRE(length > 0);
    program[length] = 0;
    const std::string command =
        "EPSILON_TEST_UNDER_GDB=1 DEBUGINFOD_URLS= gdb -nx -batch -ex run -ex bt -ex 'info symbol "
        "$pc' -ex kill "
        "--args '" +
        std::string(program) + "' 'What gdb is run on' 2>&1";
    FILE* pipe = popen(command.c_str(), "r");
    REQUIRE(pipe != nullptr);
    std::string output;
    char piece[4096];
    for (size_t got; (got = fread(piece, 1, sizeof piece, pipe)) != 0;)
        output.append(piece, got);
    pclose(pipe);
    INFO(output);
    if (output.find("SIGTRAP") == std::string::npos) {
        WARN("gdb can't run programs here");
        return;
    }
    const size_t innermost = output.find("#0");
    const size_t named = output.find("function_of_a_module", innermost);
    const size_t entered = output.find("enter_code", innermost);
    const size_t outermost = output.find("in main", innermost);
    CHECK(innermost < named);
    CHECK(named < entered);
    CHECK(entered < outermost);
    CHECK(outermost != std::string::npos);
}

#endif
