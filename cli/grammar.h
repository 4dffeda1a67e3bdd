// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "options.h"

// The commands and their options as data: what is parsed, what is suggested, and what help says.
namespace cli {

struct OptionSpec {
    std::string_view name;              // with its dashes
    char letter = 0;                    // of the short form, if there is one
    const char* placeholder = nullptr;  // of its value; an option without one takes none
    const char* description = nullptr;
    // Sets what the option stands for; false for a value that is none. Options without this ask for
    // help or the version.
    bool (*apply)(Options& options, std::string_view value) = nullptr;
    const char* form = nullptr;  // what the value should be, for messages
};

struct CommandSpec {
    std::string_view name = {};  // empty for the program itself
    Command command = Command::run;
    const char* description = nullptr;
    const char* synopsis = nullptr;
    std::span<const OptionSpec> own_options = {};
    // Everything from the file on belongs to the program that is run, whatever it looks like.
    bool runs_program = false;
    const char* footer = nullptr;
};

// The program used without a command: it runs a file.
const CommandSpec& short_form();
std::span<const CommandSpec> commands();
// None of this name: null.
const CommandSpec* find_command(std::string_view name);

std::vector<const OptionSpec*> options_of(const CommandSpec& command);

std::string help_of(const CommandSpec& command);

}  // namespace cli
