// SPDX-License-Identifier: Apache-2.0
#include "options.h"

#include <charconv>
#include <cmath>
#include <cstdio>
#include <memory>
#include <string_view>
#include <utility>

#include <epsilon.h>
#include <fmt/format.h>
#include <CLI/CLI.hpp>

namespace cli {

namespace {

constexpr uint64_t page_size = 65536;
constexpr uint64_t max_pages = 65536;

// Options whose text has a form of its own, as it was given.
struct Texts {
    std::string invoke;
    std::string max_memory;
    std::string max_total_memory;
    std::string max_stack;
    std::string timeout;
    std::string max_call_depth;
    std::string fuel;
};

int usage_error(std::string_view message) {
    fmt::print(stderr, "epsilon: {}\nTry 'epsilon --help'.\n", message);
    return exit_usage;
}

// A decimal number and the text after it.
std::optional<std::pair<double, std::string_view>> split_number(std::string_view text) {
    double number = 0;
    const auto [end, status] =
        std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
    if (status != std::errc() || !std::isfinite(number) || std::signbit(number)) {
        return std::nullopt;
    }
    return std::pair(number, text.substr(static_cast<size_t>(end - text.data())));
}

std::optional<uint64_t> parse_count(std::string_view text) {
    uint64_t count = 0;
    const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (status != std::errc() || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return count;
}

// A number with a unit of powers of 1024.
std::optional<double> parse_unit(std::string_view text) {
    const auto number = split_number(text);
    if (!number || number->second.empty()) {
        return std::nullopt;
    }
    std::string_view unit = number->second;
    const size_t power = std::string_view("KMG").find(unit.front());
    unit.remove_prefix(1);
    if (power == std::string_view::npos || !(unit.empty() || unit == "B" || unit == "iB")) {
        return std::nullopt;
    }
    return std::ldexp(number->first, 10 * (static_cast<int>(power) + 1));
}

// Pages, or bytes with a unit; parts of a page don't count.
std::optional<uint64_t> parse_pages(std::string_view text) {
    if (const std::optional<uint64_t> count = parse_count(text)) {
        return *count <= max_pages ? count : std::nullopt;
    }
    const double pages = std::floor(parse_unit(text).value_or(0) / page_size);
    if (pages < 1 || pages > max_pages) {
        return std::nullopt;
    }
    return static_cast<uint64_t>(pages);
}

// Bytes, with or without a unit. Never 0 for what is more than that.
std::optional<uint64_t> parse_bytes(std::string_view text) {
    if (const std::optional<uint64_t> count = parse_count(text)) {
        return count;
    }
    const double bytes = parse_unit(text).value_or(0);
    if (bytes < 1 || bytes > 1e15) {
        return std::nullopt;
    }
    return static_cast<uint64_t>(bytes);
}

// Milliseconds, or a number with a unit. Never 0 for a time that is more than that.
std::optional<uint64_t> parse_duration(std::string_view text) {
    const auto number = split_number(text);
    if (!number) {
        return std::nullopt;
    }
    double factor = 0;
    if (number->second.empty() || number->second == "ms") {
        factor = 1;
    } else if (number->second == "s") {
        factor = 1000;
    } else if (number->second == "m") {
        factor = 60'000;
    } else if (number->second == "h") {
        factor = 3'600'000;
    } else {
        return std::nullopt;
    }
    const double milliseconds = std::ceil(number->first * factor);
    if (milliseconds > 1e15) {
        return std::nullopt;
    }
    return static_cast<uint64_t>(milliseconds);
}

std::optional<int> parse_texts(const Texts& texts, Options& options) {
    const auto parse = [](const char* name, const std::string& text, const char* form, auto parser,
                          uint64_t& target) -> std::optional<int> {
        if (text.empty()) {
            return std::nullopt;
        }
        const std::optional<uint64_t> value = parser(text);
        if (!value) {
            return usage_error(fmt::format("--{} {}: expected {}", name, text, form));
        }
        target = *value;
        return std::nullopt;
    };
    std::optional<int> status =
        parse("max-memory", texts.max_memory,
              "pages of 64 KiB (up to 65536), or bytes such as 640K, 16M or 4G", parse_pages,
              options.max_memory_pages);
    constexpr const char* bytes_form = "bytes, such as 1048576, 640K, 16M or 4G";
    if (!status) {
        status = parse("max-total-memory", texts.max_total_memory, bytes_form, parse_bytes,
                       options.max_total_memory_bytes);
    }
    if (!status) {
        status =
            parse("max-stack", texts.max_stack, bytes_form, parse_bytes, options.max_stack_bytes);
    }
    if (!status) {
        status = parse("timeout", texts.timeout,
                       "milliseconds, or a number with a unit such as 500ms, 1.5s, 2m",
                       parse_duration, options.timeout_ms);
    }
    if (!status) {
        status = parse("max-call-depth", texts.max_call_depth, "a number of frames", parse_count,
                       options.max_call_depth);
    }
    if (!status && !texts.fuel.empty()) {
        status = parse("fuel", texts.fuel, "a number of instructions", parse_count,
                       options.fuel.emplace());
    }
    return status;
}

// CLI11's help, with synopses of ours: it cannot know what prefix_command leaves to the program.
class HelpFormatter : public CLI::Formatter {
public:
    std::string make_usage(const CLI::App* app, std::string /* name */) const override {
        if (app->get_name() == "run") {
            return "Usage: epsilon run [OPTION...] FILE [ARG...]\n";
        }
        if (app->get_name() == "validate") {
            return "Usage: epsilon validate FILE...\n";
        }
        return "Usage: epsilon run [OPTION...] FILE [ARG...]\n"
               "       epsilon [OPTION...] FILE [FUNCTION] [ARG...]\n"
               "       epsilon validate FILE...\n";
    }
};

void add_run_options(CLI::App& app, Texts& texts) {
    app.add_option("--max-memory", texts.max_memory,
                   "Cap of each memory: pages of 64 KiB, or bytes (640K, 16M, 4G)");
    app.add_option("--max-total-memory", texts.max_total_memory,
                   "Cap of all memories and tables together: bytes, or 640K, 16M, 4G");
    app.add_option("--max-stack", texts.max_stack,
                   "Size of the program's stack: bytes, or 64K, 16M (default: 64M)");
    app.add_option("--timeout", texts.timeout,
                   "Stop the program after this time: milliseconds, or 500ms, 1.5s, 2m");
    app.add_option("--max-call-depth", texts.max_call_depth,
                   "Trap beyond this many frames of WebAssembly");
    app.add_option("--fuel", texts.fuel, "Stop the program after about this many instructions");
    // Everything from the file on belongs to the program, whatever it looks like.
    app.prefix_command();
}

// The file, and what follows it, which is left over because it may look like options.
std::optional<int> take_program(std::vector<std::string> rest, bool names_function,
                                Options& options) {
    if (rest.empty()) {
        return usage_error("no file given");
    }
    if (rest.front().size() > 1 && rest.front().front() == '-') {
        return usage_error(fmt::format("unknown option {}", rest.front()));
    }
    options.files = {rest.front()};
    auto next = rest.begin() + 1;
    if (names_function && next != rest.end()) {
        options.function = *next++;
    }
    options.arguments.assign(next, rest.end());
    return std::nullopt;
}

constexpr char footer[] =
    "\nepsilon FILE FUNCTION [ARG...] is short for epsilon run --invoke FUNCTION FILE [ARG...].\n"
    "FILE - is standard input. Arguments are read by the function's own type: i32 and i64 as\n"
    "decimal or 0x hexadecimal, f32 and f64 also as inf, nan and nan:0x400000, v128 as 0x and up "
    "to\n"
    "32 digits or as i32x4:1,2,3,4, references as null. Results are printed one a line.\n"
    "\nExit status: 0; 1 for an error; 2 for a mistake in the command line.";

}  // namespace

std::optional<int> parse_options(int argc, const char* const* argv, Options& options) {
    Texts texts;
    CLI::App app("Runs WebAssembly programs.", "epsilon");
    app.footer(footer);
    app.set_version_flag("--version", [] {
        return fmt::format("epsilon {} ({})", epsilon_version(), epsilon_build_info());
    });
    app.formatter(std::make_shared<HelpFormatter>());
    app.require_subcommand(0, 1);
    add_run_options(app, texts);

    CLI::App* run = app.add_subcommand("run", "Run a program, or call a function of it");
    run->add_option("--invoke", texts.invoke,
                    "Function to call (default: _start, if there is one)");
    add_run_options(*run, texts);

    CLI::App* validate = app.add_subcommand("validate", "Check modules without running them");
    validate->add_option("FILE", options.files, "Modules; - is standard input")->required();

    try {
        app.parse(argc, argv);
    } catch (const CLI::Success& request) {
        return app.exit(request);
    } catch (const CLI::ParseError& mistake) {
        return usage_error(mistake.what());
    }
    if (validate->parsed()) {
        options.command = Command::validate;
        return std::nullopt;
    }
    if (run->parsed() && run->count("--invoke") > 0) {
        options.function = texts.invoke;
    }
    std::optional<int> status = parse_texts(texts, options);
    if (!status) {
        status = take_program(run->parsed() ? run->remaining() : app.remaining(), !run->parsed(),
                              options);
    }
    return status;
}

}  // namespace cli
