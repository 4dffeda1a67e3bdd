// SPDX-License-Identifier: Apache-2.0
#include "repl_words.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>

#include <fmt/format.h>

#include "text.h"

namespace cli {

namespace {

bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\v' || c == '\f';
}

void append_utf8(std::string& text, uint32_t code) {
    const auto put = [&](uint32_t byte) { text += static_cast<char>(byte); };
    if (code < 0x80) {
        put(code);
    } else if (code < 0x800) {
        put(0xC0 | code >> 6);
        put(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
        put(0xE0 | code >> 12);
        put(0x80 | (code >> 6 & 0x3F));
        put(0x80 | (code & 0x3F));
    } else {
        put(0xF0 | code >> 18);
        put(0x80 | (code >> 12 & 0x3F));
        put(0x80 | (code >> 6 & 0x3F));
        put(0x80 | (code & 0x3F));
    }
}

std::optional<uint32_t> parse_hex(std::string_view digits) {
    uint32_t number = 0;
    const char* begin = digits.data();
    const char* end = begin + digits.size();
    const auto [stop, status] = std::from_chars(begin, end, number, 16);
    return status == std::errc() && stop == end ? std::optional(number) : std::nullopt;
}

// Takes what follows a backslash off the rest of the line; false if it is no escape.
bool take_escape(std::string_view& rest, std::string& text) {
    constexpr std::string_view letters = "tnr\"'\\";
    constexpr std::string_view meanings = "\t\n\r\"'\\";
    if (rest.empty()) {
        return false;
    }
    const size_t letter = letters.find(rest.front());
    if (letter != std::string_view::npos) {
        text += meanings[letter];
        rest.remove_prefix(1);
        return true;
    }
    if (rest.starts_with("u{")) {
        const size_t end = rest.find('}');
        const auto code =
            end == std::string_view::npos ? std::nullopt : parse_hex(rest.substr(2, end - 2));
        if (!code || *code > 0x10FFFF || (*code >= 0xD800 && *code < 0xE000)) {
            return false;
        }
        append_utf8(text, *code);
        rest.remove_prefix(end + 1);
        return true;
    }
    const auto byte = rest.size() < 2 ? std::nullopt : parse_hex(rest.substr(0, 2));
    if (byte) {
        text += static_cast<char>(*byte);
        rest.remove_prefix(2);
    }
    return byte.has_value();
}

void take_quoted(std::string_view& rest, Word& word) {
    while (!rest.empty() && rest.front() != '"') {
        const std::string_view before = rest;
        const char c = rest.front();
        rest.remove_prefix(1);
        if (c != '\\') {
            word.text += c;
        } else if (!take_escape(rest, word.text)) {
            if (word.wrong.empty()) {
                word.wrong =
                    fmt::format("{} is no escape in quotes", printable_lines(before.substr(0, 2)));
            }
            word.text += c;
        }
    }
    if (rest.empty()) {
        word.is_open = true;
        if (word.wrong.empty()) {
            word.wrong = "quotes without an end";
        }
    } else {
        rest.remove_prefix(1);
    }
}

}  // namespace

std::vector<Word> split_words(std::string_view line) {
    std::vector<Word> words;
    std::string_view rest = line;
    while (true) {
        while (!rest.empty() && is_space(rest.front())) {
            rest.remove_prefix(1);
        }
        if (rest.empty()) {
            return words;
        }
        Word& word = words.emplace_back();
        word.begin = line.size() - rest.size();
        while (!rest.empty() && !is_space(rest.front())) {
            const char c = rest.front();
            rest.remove_prefix(1);
            if (c == '"') {
                take_quoted(rest, word);
                continue;
            }
            if (c == '.') {
                word.dots.push_back(word.text.size());
            }
            word.text += c;
        }
    }
}

std::string in_short_quotes(std::string_view text) {
    constexpr size_t longest = 100;
    return text.size() <= longest ? in_quotes(text)
                                  : fmt::format("{}...", in_quotes(text.substr(0, longest)));
}

bool needs_quotes(std::string_view name, Dots dots) {
    return name.empty() || name.front() == '#' || printable(name) != name ||
           std::any_of(name.begin(), name.end(), [&](char c) {
               return is_space(c) || c == '"' || (c == '.' && dots == Dots::separate);
           });
}

std::string as_word(std::string_view name, Dots dots) {
    return needs_quotes(name, dots) ? in_quotes(name) : std::string(name);
}

}  // namespace cli
