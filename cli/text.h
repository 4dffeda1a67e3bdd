// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace cli {

// Names in modules are any UTF-8, and names of files any bytes: what follows makes them fit for
// terminals, for messages and for JSON.

// One character taken off the front of a text; its bytes where they are not UTF-8, one at a time.
struct Character {
    char32_t code = 0;
    bool valid = false;
    std::string_view bytes;
};
Character take_character(std::string_view& text);

// The text with everything escaped that a terminal does not show as itself: control characters,
// those that change the direction of writing, and bytes that are not UTF-8. As in WebAssembly's
// text format: \0a, \u{202e}, and \\ for a backslash.
std::string printable(std::string_view text);

// The same in double quotes, with those in it escaped.
std::string in_quotes(std::string_view text);

// A message of several lines from another program: as printable, but lines stay lines.
std::string printable_lines(std::string_view text);

// A JSON string of ASCII characters, in its quotes. Bytes that are not UTF-8 become U+FFFD.
std::string json_string(std::string_view text);

}  // namespace cli
