// SPDX-License-Identifier: Apache-2.0
#include "text.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

namespace cli {

namespace {

bool is_control(char32_t code) {
    return code < 0x20 || (code >= 0x7F && code < 0xA0);
}

// Line and paragraph separators, and the marks that turn the direction of what follows.
bool is_misleading(char32_t code) {
    return (code >= 0x2028 && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069) ||
           code == 0x200E || code == 0x200F || code == 0x061C || code == 0xFEFF;
}

// How many bytes a character takes that begins with this one; 0 if none does.
size_t length_of(uint8_t first) {
    if (first < 0x80) {
        return 1;
    }
    if (first >= 0xC2 && first < 0xE0) {
        return 2;
    }
    if (first >= 0xE0 && first < 0xF0) {
        return 3;
    }
    return first >= 0xF0 && first < 0xF5 ? 4 : 0;
}

void append_printable(std::string& result, const Character& character, bool in_quotes) {
    const char32_t code = character.code;
    if (!character.valid || is_control(code)) {
        for (const char byte : character.bytes) {
            fmt::format_to(std::back_inserter(result), "\\{:02x}", static_cast<uint8_t>(byte));
        }
    } else if (is_misleading(code)) {
        fmt::format_to(std::back_inserter(result), "\\u{{{:x}}}", static_cast<uint32_t>(code));
    } else {
        if (code == '\\' || (in_quotes && code == '"')) {
            result += '\\';
        }
        result += character.bytes;
    }
}

std::string escaped(std::string_view text, bool in_quotes) {
    std::string result;
    while (!text.empty()) {
        append_printable(result, take_character(text), in_quotes);
    }
    return result;
}

}  // namespace

Character take_character(std::string_view& text) {
    const auto byte = [&](size_t index) { return static_cast<uint8_t>(text[index]); };
    const size_t length = length_of(byte(0));
    Character result;
    result.valid = length != 0 && length <= text.size();
    if (result.valid) {
        constexpr uint8_t first_masks[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
        result.code = byte(0) & first_masks[length];
        for (size_t i = 1; i < length; ++i) {
            result.valid = result.valid && (byte(i) & 0xC0) == 0x80;
            result.code = result.code << 6 | (byte(i) & 0x3F);
        }
        const bool is_surrogate = result.code >= 0xD800 && result.code < 0xE000;
        constexpr char32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
        result.valid = result.valid && !is_surrogate && result.code >= smallest[length] &&
                       result.code <= 0x10FFFF;
    }
    result.bytes = text.substr(0, result.valid ? length : 1);
    text.remove_prefix(result.bytes.size());
    return result;
}

std::string printable(std::string_view text) {
    return escaped(text, false);
}

std::string in_quotes(std::string_view text) {
    return fmt::format("\"{}\"", escaped(text, true));
}

std::string printable_lines(std::string_view text) {
    std::string result;
    while (!text.empty()) {
        const Character character = take_character(text);
        if (character.code == '\n' || character.code == '\\') {
            result += character.bytes;
        } else {
            append_printable(result, character, false);
        }
    }
    return result;
}

std::string json_string(std::string_view text) {
    std::string result = "\"";
    const auto append_unit = [&](char32_t unit) {
        fmt::format_to(std::back_inserter(result), "\\u{:04x}", static_cast<uint32_t>(unit));
    };
    while (!text.empty()) {
        const Character character = take_character(text);
        const char32_t code = character.valid ? character.code : 0xFFFD;
        if (code == '"' || code == '\\') {
            result += '\\';
            result += static_cast<char>(code);
        } else if (code >= 0x20 && code < 0x7F) {
            result += static_cast<char>(code);
        } else if (code < 0x10000) {
            append_unit(code);
        } else {
            append_unit(0xD800 + ((code - 0x10000) >> 10));
            append_unit(0xDC00 + ((code - 0x10000) & 0x3FF));
        }
    }
    return result + '"';
}

}  // namespace cli
