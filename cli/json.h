// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

namespace cli {

// Writes JSON piece by piece, on one line: what it writes may be larger than fits into memory. Each
// value inside an object follows its key.
class JsonWriter {
public:
    explicit JsonWriter(std::FILE* file) : file_(file) {}

    void begin_object() { begin('{', '}'); }
    void begin_array() { begin('[', ']'); }
    // Ends the innermost object or array; with the outermost one, the line.
    void end();
    void key(std::string_view name);

    void value(std::string_view text);
    void value(const char* text) { value(std::string_view(text)); }
    void value(bool is_true) { put(is_true ? "true" : "false"); }
    void value(uint64_t number);
    void null() { put("null"); }

    template <typename T>
    void member(std::string_view name, const T& content) {
        key(name);
        value(content);
    }
    void null_member(std::string_view name) {
        key(name);
        null();
    }

private:
    void begin(char opening, char closing);
    void put(std::string_view token);
    void flush();

    std::FILE* file_;
    std::string buffer_;
    std::string closing_;  // what ends the objects and arrays that are open
    bool needs_comma_ = false;
};

}  // namespace cli
