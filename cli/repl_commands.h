// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "repl_session.h"
#include "repl_words.h"

namespace cli {

// How what commands print looks.
struct Display {
    bool in_colour = false;
    // Whether commands without results say what they did.
    bool with_notes = false;
};

// What a command of the REPL takes and how it is described.
struct ReplCommand {
    std::string_view name;
    std::string_view arguments;
    std::string_view summary;
    std::string_view description;
    size_t fewest;  // words behind the name
    size_t most;
    void (*run)(Session& session, const Display& display, std::span<const Word> words);
};

// All but QUIT are run by execute.
std::span<const ReplCommand> repl_commands();

// The command of this name, in small or large letters.
const ReplCommand* find_repl_command(std::string_view name);

enum class Next { go_on, quit };

// Does what a line says; throws a Failure. Nothing for empty lines and comments.
Next execute(Session& session, const Display& display, std::string_view line);

}  // namespace cli
