// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace cli {

// What was read from standard input.
struct Input {
    enum class Kind {
        line,
        too_long,     // a line longer than max_line; it was passed over
        interrupted,  // Ctrl-C; what was typed is forgotten
        end,
        failed,  // with an errno
    };
    Kind kind = Kind::end;
    std::string line;
    int error = 0;
};

inline constexpr size_t max_line = size_t{1} << 20;

// What could stand in a line from `begin` to the cursor.
struct Completion {
    struct Candidate {
        std::string text;
        bool is_whole = true;  // the next word can begin behind it
    };
    size_t begin = 0;
    std::vector<Candidate> candidates;
};

// Completes what is before the cursor.
using Completer = std::function<Completion(std::string_view before)>;

class LineEditor {
public:
    LineEditor() = default;
    LineEditor(const LineEditor&) = delete;
    LineEditor& operator=(const LineEditor&) = delete;
    virtual ~LineEditor() = default;

    virtual Input read() = 0;
};

// Lines as they are, behind a prompt if there is any.
std::unique_ptr<LineEditor> make_plain_editor(std::string prompt);

// Lines that are edited on a terminal, with history and completion. Null where this program was
// built without a library for it, or the terminal cannot do it.
std::unique_ptr<LineEditor> make_terminal_editor(const std::string& prompt, bool in_colour,
                                                 Completer completer);

}  // namespace cli
