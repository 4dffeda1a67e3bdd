// SPDX-License-Identifier: Apache-2.0
#include "grammar.h"

#include <cstdint>
#include <optional>

#include <fmt/format.h>

#include "quantities.h"

namespace cli {

namespace {

using std::string_view;

bool set(uint64_t& target, std::optional<uint64_t> value) {
    target = value.value_or(0);
    return value.has_value();
}

constexpr const char* bytes_form = "bytes, such as 1048576, 640K, 16M or 4G";

const OptionSpec limit_options[] = {
    {.name = "--max-memory",
     .placeholder = "SIZE",
     .description = "Cap of each memory: pages of 64 KiB, or bytes (640K, 16M, 4G)",
     .apply = [](Options& options,
                 string_view value) { return set(options.max_memory_pages, parse_pages(value)); },
     .form = "pages of 64 KiB (up to 65536), or bytes such as 640K, 16M or 4G"},
    {.name = "--max-total-memory",
     .placeholder = "SIZE",
     .description = "Cap of all memories and tables together: bytes, or 640K, 16M, 4G",
     .apply =
         [](Options& options, string_view value) {
             return set(options.max_total_memory_bytes, parse_bytes(value));
         },
     .form = bytes_form},
    {.name = "--max-stack",
     .placeholder = "SIZE",
     .description = "Size of the program's stack: bytes, or 64K, 16M (default: 64M)",
     .apply = [](Options& options,
                 string_view value) { return set(options.max_stack_bytes, parse_bytes(value)); },
     .form = bytes_form},
    {.name = "--timeout",
     .placeholder = "TIME",
     .description = "Stop the program after this time: milliseconds, or 500ms, 1.5s, 2m",
     .apply = [](Options& options,
                 string_view value) { return set(options.timeout_ms, parse_duration(value)); },
     .form = "milliseconds, or a number with a unit such as 500ms, 1.5s, 2m"},
    {.name = "--max-call-depth",
     .placeholder = "N",
     .description = "Trap beyond this many frames of WebAssembly",
     .apply = [](Options& options,
                 string_view value) { return set(options.max_call_depth, parse_count(value)); },
     .form = "a number of frames"},
    {.name = "--fuel",
     .placeholder = "N",
     .description = "Stop the program after about this many instructions",
     .apply = [](Options& options,
                 string_view value) { return set(options.fuel.emplace(), parse_count(value)); },
     .form = "a number of instructions"},
};

const OptionSpec help_option = {.name = "--help", .letter = 'h', .description = "Print this help"};

const OptionSpec version_options[] = {
    {.name = "--version", .description = "Print the version and how it was built"}};

const OptionSpec run_options[] = {
    {.name = "--invoke",
     .placeholder = "NAME",
     .description = "Function to call (default: _start, if there is one)",
     .apply =
         [](Options& options, string_view value) {
             options.function = value;
             return true;
         }},
};

const OptionSpec inspect_options[] = {
    {.name = "--json",
     .description = "Print a JSON object for each, one a line",
     .apply =
         [](Options& options, string_view /* value */) {
             options.json = true;
             return true;
         }},
};

const OptionSpec wat_options[] = {
    {.name = "--output",
     .letter = 'o',
     .placeholder = "OUT",
     .description = "File to write (default: standard output)",
     .apply =
         [](Options& options, string_view value) {
             options.output = value;
             return !value.empty();
         },
     .form = "a file"},
};

const CommandSpec command_specs[] = {
    {.name = "run",
     .command = Command::run,
     .description = "Run a program, or call a function of it",
     .synopsis = "epsilon run [OPTION...] FILE [ARG...]",
     .own_options = run_options,
     .runs_program = true,
     .footer =
         "Everything after FILE belongs to the program, whatever it looks like.\n"
         "\n"
         "Arguments are read by the function's own type: i32 and i64 as decimal or 0x "
         "hexadecimal,\n"
         "f32 and f64 also as inf, nan and nan:0x400000, v128 as 0x and up to 32 digits or as\n"
         "i32x4:1,2,3,4, references as null. Results are printed one a line.\n"
         "\n"
         "Examples:\n"
         "  epsilon run --invoke add add.wasm 5 37\n"
         "  epsilon run --timeout 500ms --fuel 1000000 untrusted.wasm\n"},
    {.name = "validate",
     .command = Command::validate,
     .description = "Check modules without running them",
     .synopsis = "epsilon validate FILE...",
     .footer = "Examples:\n"
               "  epsilon validate a.wasm b.wat\n"
               "  epsilon validate - <a.wasm\n"},
    {.name = "inspect",
     .command = Command::inspect,
     .description = "Print what modules contain",
     .synopsis = "epsilon inspect [--json] FILE...",
     .own_options = inspect_options,
     .footer =
         "Examples:\n"
         "  epsilon inspect prog.wasm\n"
         "  epsilon inspect --json prog.wasm | jq -r '.imports[] | .module + \".\" + .name'\n"},
    {.name = "wat",
     .command = Command::wat,
     .description = "Convert a module to text, or from text",
     .synopsis = "epsilon wat [-o OUT] FILE",
     .own_options = wat_options,
     .footer = "Text becomes binary, binary becomes text, by wasm-tools or wabt, whichever is on "
               "the PATH.\n"
               "\n"
               "Examples:\n"
               "  epsilon wat prog.wasm | less\n"
               "  epsilon wat prog.wat -o prog.wasm\n"},
    {.name = "help",
     .command = Command::help,
     .description = "Print help, for all or for a command",
     .synopsis = "epsilon help [COMMAND]",
     .footer = "Examples:\n"
               "  epsilon help\n"
               "  epsilon help run\n"},
};

const CommandSpec short_form_spec = {
    .description = "Runs WebAssembly programs, checks and shows modules.",
    .synopsis = "epsilon [OPTION...] FILE [FUNCTION] [ARG...]",
    .own_options = version_options,
    .runs_program = true,
    .footer =
        "epsilon FILE FUNCTION [ARG...] is short for epsilon run --invoke FUNCTION FILE [ARG...].\n"
        "FILE is a module in binary or in text form; - is standard input.\n"
        "\n"
        "Examples:\n"
        "  epsilon run --timeout 1s --max-memory 16M prog.wasm\n"
        "  epsilon add.wasm add 5 37\n"
        "\n"
        "Exit status: 0; 1 for an error; 2 for a mistake in the command line.\n"};

// A line of a list.
std::string entry(string_view what, const char* description) {
    return fmt::format("  {:<28}{}\n", what, description);
}

std::string option_entry(const OptionSpec& option) {
    std::string what = option.letter == 0 ? std::string() : fmt::format("-{}, ", option.letter);
    what += option.name;
    if (option.placeholder != nullptr) {
        what += fmt::format(" {}", option.placeholder);
    }
    return entry(what, option.description);
}

}  // namespace

const CommandSpec& short_form() {
    return short_form_spec;
}

std::span<const CommandSpec> commands() {
    return command_specs;
}

const CommandSpec* find_command(string_view name) {
    for (const CommandSpec& command : command_specs) {
        if (command.name == name) {
            return &command;
        }
    }
    return nullptr;
}

std::vector<const OptionSpec*> options_of(const CommandSpec& command) {
    std::vector<const OptionSpec*> options;
    for (const OptionSpec& option : command.own_options) {
        options.push_back(&option);
    }
    if (command.runs_program) {
        for (const OptionSpec& option : limit_options) {
            options.push_back(&option);
        }
    }
    options.push_back(&help_option);
    return options;
}

std::string help_of(const CommandSpec& command) {
    const bool is_whole = command.name.empty();
    std::string text = fmt::format("{}\n\nUsage: {}\n", command.description, command.synopsis);
    if (is_whole) {
        for (const CommandSpec& other : command_specs) {
            text += fmt::format("       {}\n", other.synopsis);
        }
        text += "\nCommands:\n";
        for (const CommandSpec& other : command_specs) {
            text += entry(other.name, other.description);
        }
    }
    text += "\nOptions:\n";
    for (const OptionSpec* option : options_of(command)) {
        text += option_entry(*option);
    }
    return fmt::format("{}\n{}", text, command.footer);
}

}  // namespace cli
