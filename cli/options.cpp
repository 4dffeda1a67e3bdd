// SPDX-License-Identifier: Apache-2.0
#include "options.h"

#include <unistd.h>

#include <cstdio>
#include <span>
#include <string_view>

#include <epsilon.h>
#include <fmt/format.h>

#include "grammar.h"
#include "hints.h"
#include "text.h"

namespace cli {

namespace {

int print(const std::string& text) {
    fmt::print("{}", text);
    return exit_success;
}

int usage_error(const CommandSpec& command, std::string_view message, std::string_view meant = {}) {
    fmt::print(stderr, "epsilon: {}", message);
    if (!meant.empty()) {
        fmt::print(stderr, "; did you mean {}?", meant);
    }
    fmt::print(stderr, "\nTry 'epsilon {}{}--help'.\n", command.name,
               command.name.empty() ? "" : " ");
    return exit_usage;
}

std::string nearest_command(std::string_view word) {
    std::vector<std::string> names;
    for (const CommandSpec& command : commands()) {
        names.emplace_back(command.name);
    }
    return nearest(word, names);
}

int unknown_option(const CommandSpec& command, std::string_view name) {
    std::vector<std::string> names;
    for (const OptionSpec* option : options_of(command)) {
        names.emplace_back(option->name);
    }
    return usage_error(command, fmt::format("unknown option {}", printable(name)),
                       nearest(name, names));
}

// An option as it was written: -oOUT, --output=OUT, or the name alone.
struct Written {
    std::string_view name;
    std::optional<std::string_view> value;
};

Written split(std::string_view argument) {
    if (argument.starts_with("--")) {
        const size_t sign = argument.find('=');
        return sign == std::string_view::npos
                   ? Written{argument, std::nullopt}
                   : Written{argument.substr(0, sign), argument.substr(sign + 1)};
    }
    constexpr size_t length = 2;  // of -o
    return argument.size() == length ? Written{argument, std::nullopt}
                                     : Written{argument.substr(0, length), argument.substr(length)};
}

const OptionSpec* find_option(const CommandSpec& command, std::string_view name) {
    for (const OptionSpec* option : options_of(command)) {
        const char letter[] = {'-', option->letter};
        if (option->name == name ||
            (option->letter != 0 && std::string_view(letter, sizeof letter) == name)) {
            return option;
        }
    }
    return nullptr;
}

// Takes the arguments one after the other. Each step may end it all: with help, or a mistake.
class Parser {
public:
    Parser(std::span<const char* const> arguments, Options& options)
        : arguments_(arguments), options_(options) {}

    std::optional<int> parse() {
        std::optional<int> status = take_options();
        const CommandSpec* named =
            rest_.empty() || is_marked_ ? nullptr : find_command(rest_.front());
        if (!status && named != nullptr) {
            if (!first_option_.empty() && !named->runs_program) {
                return unknown_option(*named, first_option_);
            }
            command_ = named;
            rest_.clear();
            status = take_options();
        }
        if (status) {
            return status;
        }
        options_.command = command_->command;
        if (options_.command == Command::help) {
            return print_help();
        }
        return command_->runs_program ? take_program() : take_files();
    }

private:
    // Takes the options of the command; what is left over goes to rest_: all from the first one on
    // that is no option, if that is where a program or a command begins.
    std::optional<int> take_options() {
        while (!arguments_.empty()) {
            const std::string_view argument = arguments_.front();
            if (is_marked_ || argument.size() < 2 || argument.front() != '-') {
                rest_.emplace_back(argument);
                arguments_ = arguments_.subspan(1);
                if (command_->runs_program) {
                    return take_rest();
                }
            } else if (argument == "--") {
                is_marked_ = true;
                arguments_ = arguments_.subspan(1);
            } else if (const std::optional<int> status = take_option(argument)) {
                return status;
            }
        }
        return std::nullopt;
    }

    // A command has options of its own; all that follows a file is for the program.
    std::optional<int> take_rest() {
        const bool is_command =
            command_->name.empty() && !is_marked_ && find_command(rest_.front()) != nullptr;
        if (!is_command) {
            rest_.insert(rest_.end(), arguments_.begin(), arguments_.end());
            arguments_ = {};
        }
        return std::nullopt;
    }

    std::optional<int> take_option(std::string_view argument) {
        Written written = split(argument);
        arguments_ = arguments_.subspan(1);
        const OptionSpec* option = find_option(*command_, written.name);
        if (option == nullptr) {
            return unknown_option(*command_, written.name);
        }
        if (option->placeholder == nullptr) {
            if (written.value) {
                return usage_error(*command_, fmt::format("{} takes no value", written.name));
            }
        } else if (!written.value) {
            if (arguments_.empty()) {
                return usage_error(*command_, fmt::format("{} needs a value", written.name));
            }
            written.value = arguments_.front();
            arguments_ = arguments_.subspan(1);
        }
        if (option->apply == nullptr) {
            return option->name == "--help" ? print(help_of(*command_)) : print_version();
        }
        if (first_option_.empty()) {
            first_option_ = option->name;
        }
        const std::string_view value = written.value.value_or(std::string_view());
        if (!option->apply(options_, value)) {
            return usage_error(*command_, fmt::format("{} {}: expected {}", option->name,
                                                      printable(value), option->form));
        }
        return std::nullopt;
    }

    static int print_version() {
        return print(fmt::format("epsilon {} ({})\n", epsilon_version(), epsilon_build_info()));
    }

    int print_help() const {
        if (rest_.size() > 1) {
            return usage_error(*command_, "help takes one command at most");
        }
        if (rest_.empty()) {
            return print(help_of(short_form()));
        }
        const CommandSpec* wanted = find_command(rest_.front());
        return wanted != nullptr
                   ? print(help_of(*wanted))
                   : usage_error(*command_, fmt::format("no command {}", in_quotes(rest_.front())),
                                 nearest_command(rest_.front()));
    }

    std::optional<int> take_files() {
        if (rest_.empty()) {
            return usage_error(*command_, "no file given");
        }
        if (options_.command == Command::wat && rest_.size() > 1) {
            return usage_error(*command_, "wat takes one file");
        }
        options_.files = std::move(rest_);
        return std::nullopt;
    }

    // The file, in the short form the function, and the program's arguments.
    std::optional<int> take_program() {
        if (rest_.empty()) {
            return usage_error(*command_, "no file given");
        }
        const bool is_short = command_->name.empty();
        const std::string& file = rest_.front();
        if (is_short && file != "-" && ::access(file.c_str(), F_OK) != 0) {
            const std::string meant = nearest_command(file);
            if (!meant.empty()) {
                return usage_error(
                    *command_, fmt::format("no file and no command {}", in_quotes(file)), meant);
            }
        }
        options_.files = {file};
        auto next = rest_.begin() + 1;
        if (is_short && next != rest_.end()) {
            options_.function = *next++;
        }
        options_.arguments.assign(next, rest_.end());
        return std::nullopt;
    }

    std::span<const char* const> arguments_;
    Options& options_;
    const CommandSpec* command_ = &short_form();
    std::vector<std::string> rest_;
    bool is_marked_ = false;         // "--" was seen: no options after it
    std::string_view first_option_;  // of those that set anything
};

}  // namespace

std::optional<int> parse_options(int argc, const char* const* argv, Options& options) {
    const auto count = static_cast<size_t>(argc);
    return Parser(std::span(argv, count).subspan(count == 0 ? 0 : 1), options).parse();
}

}  // namespace cli
