// SPDX-License-Identifier: Apache-2.0
#include "json.h"

#include <fmt/format.h>

#include "text.h"

namespace cli {

void JsonWriter::begin(char opening, char closing) {
    put(std::string_view(&opening, 1));
    closing_ += closing;
    needs_comma_ = false;
}

void JsonWriter::end() {
    buffer_ += closing_.back();
    closing_.pop_back();
    needs_comma_ = true;
    if (closing_.empty()) {
        buffer_ += '\n';
        needs_comma_ = false;
        flush();
    }
}

void JsonWriter::key(std::string_view name) {
    put(json_string(name));
    buffer_ += ':';
    needs_comma_ = false;
}

void JsonWriter::value(std::string_view text) {
    put(json_string(text));
}

void JsonWriter::value(uint64_t number) {
    put(fmt::format_int(number).str());
}

void JsonWriter::put(std::string_view token) {
    if (needs_comma_) {
        buffer_ += ',';
    }
    buffer_ += token;
    needs_comma_ = true;
    constexpr size_t enough = size_t{64} << 10;
    if (buffer_.size() >= enough) {
        flush();
    }
}

void JsonWriter::flush() {
    fmt::print(file_, "{}", buffer_);
    buffer_.clear();
}

}  // namespace cli
