// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "epsilon.h"
#include "wasi.h"

namespace cli {

// Exit statuses. A program that ends itself with a status gives its own.
inline constexpr int exit_success = 0;
inline constexpr int exit_failure = 1;
inline constexpr int exit_usage = 2;

enum class Command { run, repl, validate, inspect, wat };

struct Options {
    Command command = Command::run;
    // What to run or convert, or all that is to be looked at; "-" is standard input.
    std::vector<std::string> files;
    // The function to call; without one "_start", if there is one.
    std::optional<std::string> function;
    std::vector<std::string> arguments;
    WasiOptions wasi;
    // 0 in each: no limit of the user's.
    uint64_t max_memory_pages = 0;
    uint64_t max_total_memory_bytes = 0;
    uint64_t max_stack_bytes = 0;
    uint64_t timeout_ms = 0;
    uint64_t max_call_depth = 0;
    uint64_t tiers = EPSILON_TIERS_TIERED;
    bool perf_map = false;
    // None: the program is not metered.
    std::optional<uint64_t> fuel;
    // For inspect.
    bool json = false;
    // Functions whose cells, or machine code, it prints, by name or index.
    std::vector<std::string> cells_of;
    std::vector<std::string> asm_of;
    // For wat: the file to write; "-" is standard output.
    std::string output = "-";
};

// Whether standard input and output are a terminal: the program without anything else to do is the
// REPL there, and the REPL has prompts, colours and Ctrl-C there.
bool is_on_terminal();

// Reads the command line. Where that is all there is to do (--help, --version, a mistake) it prints
// what there is to say and gives the exit status.
std::optional<int> parse_options(int argc, const char* const* argv, Options& options);

}  // namespace cli
