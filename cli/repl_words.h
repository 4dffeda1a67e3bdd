// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace cli {

// A command of the REPL that failed, with what is to be said of it; nothing if that was said.
class Failure : public std::runtime_error {
public:
    explicit Failure(const std::string& message) : std::runtime_error(message) {}
};

// A word of a line: what stands between spaces, or in double quotes, with the escapes of
// WebAssembly's text format (\n, \0a, \u{202e}, \"), the form in which names are printed.
struct Word {
    std::string text;
    std::vector<size_t> dots;  // where in the text a dot is that was not in quotes
    size_t begin = 0;          // where in the line it begins
    bool is_open = false;      // its quotes have no end
    std::string wrong;         // what is wrong with it, if anything is
};

// The words of a line, whatever is wrong with them.
std::vector<Word> split_words(std::string_view line);

// A word for a message: its beginning, in quotes.
std::string in_short_quotes(std::string_view text);

// A name in the form in which it is one word: as it is, or in quotes. A dot in a path needs none.
enum class Dots { separate, belong };
bool needs_quotes(std::string_view name, Dots dots);
std::string as_word(std::string_view name, Dots dots = Dots::separate);

}  // namespace cli
