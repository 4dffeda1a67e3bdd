// SPDX-License-Identifier: Apache-2.0
#include "quantities.h"

#include <charconv>
#include <cmath>
#include <utility>

namespace cli {

namespace {

constexpr uint64_t page_size = 65536;
constexpr uint64_t max_pages = 65536;

// A decimal number and the text after it.
std::optional<std::pair<double, std::string_view>> split_number(std::string_view text) {
    double number = 0;
    const auto [end, status] =
        std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
    if (status != std::errc() || !std::isfinite(number) || std::signbit(number)) {
        return std::nullopt;
    }
    return std::pair(number, text.substr(static_cast<size_t>(end - text.data())));
}

// A number with a unit of powers of 1024.
std::optional<double> parse_unit(std::string_view text) {
    const auto number = split_number(text);
    if (!number || number->second.empty()) {
        return std::nullopt;
    }
    std::string_view unit = number->second;
    const size_t power = std::string_view("KMG").find(unit.front());
    unit.remove_prefix(1);
    if (power == std::string_view::npos || !(unit.empty() || unit == "B" || unit == "iB")) {
        return std::nullopt;
    }
    return std::ldexp(number->first, 10 * (static_cast<int>(power) + 1));
}

}  // namespace

std::optional<uint64_t> parse_count(std::string_view text) {
    uint64_t count = 0;
    const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (status != std::errc() || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return count;
}

std::optional<uint64_t> parse_pages(std::string_view text) {
    if (const std::optional<uint64_t> count = parse_count(text)) {
        return *count <= max_pages ? count : std::nullopt;
    }
    const double pages = std::floor(parse_unit(text).value_or(0) / page_size);
    if (pages < 1 || pages > max_pages) {
        return std::nullopt;
    }
    return static_cast<uint64_t>(pages);
}

std::optional<uint64_t> parse_bytes(std::string_view text) {
    if (const std::optional<uint64_t> count = parse_count(text)) {
        return count;
    }
    const double bytes = parse_unit(text).value_or(0);
    if (bytes < 1 || bytes > 1e15) {
        return std::nullopt;
    }
    return static_cast<uint64_t>(bytes);
}

std::optional<uint64_t> parse_duration(std::string_view text) {
    const auto number = split_number(text);
    if (!number) {
        return std::nullopt;
    }
    double factor = 0;
    if (number->second.empty() || number->second == "ms") {
        factor = 1;
    } else if (number->second == "s") {
        factor = 1000;
    } else if (number->second == "m") {
        factor = 60'000;
    } else if (number->second == "h") {
        factor = 3'600'000;
    } else {
        return std::nullopt;
    }
    const double milliseconds = std::ceil(number->first * factor);
    if (milliseconds > 1e15) {
        return std::nullopt;
    }
    return static_cast<uint64_t>(milliseconds);
}

}  // namespace cli
