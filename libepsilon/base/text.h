// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

namespace epsilon {

namespace detail {
inline void append_part(std::string& text, std::string_view part) {
    text += part;
}
template <class T>
    requires std::is_integral_v<T>
void append_part(std::string& text, T number) {
    text += std::to_string(number);
}
}  // namespace detail

// Texts and integers (in decimal), one after the other.
template <class... Parts>
std::string concat(const Parts&... parts) {
    std::string text;
    (detail::append_part(text, parts), ...);
    return text;
}

// Lower-case hexadecimal digits, at least two, without a prefix.
std::string hex(uint64_t number);

// Text from a module, in double quotes, fit for a message on a terminal: control characters,
// quotes and backslashes escaped as in WebAssembly's text format, cut when very long.
std::string quoted(std::string_view text);

}  // namespace epsilon
