// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"

namespace epsilon {

std::string hex(uint64_t number) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    do {
        text.insert(text.begin(), digits[number & 15]);
        number >>= 4;
    } while (number != 0 || text.size() < 2);
    return text;
}

std::string quoted(std::string_view text) {
    constexpr size_t longest = 200;
    bool cut = false;
    if (text.size() > longest) {
        size_t size = longest;
        // Not in the middle of a character.
        while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80) {
            --size;
        }
        text = text.substr(0, size);
        cut = true;
    }
    std::string result = "\"";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte == 0x7f || c == '"' || c == '\\') {
            result += '\\';
            result += hex(byte);
        } else {
            result += c;
        }
    }
    result += cut ? "\"..." : "\"";
    return result;
}

}  // namespace epsilon
