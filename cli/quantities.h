// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace cli {

// Numbers with units, as options take them. Nothing for what is none, or is out of range.

// A plain decimal number.
std::optional<uint64_t> parse_count(std::string_view text);

// Pages of 64 KiB, or bytes with a unit (K, M or G, perhaps with B or iB); parts of a page don't
// count.
std::optional<uint64_t> parse_pages(std::string_view text);

// Bytes, with or without a unit. Never 0 for what is more than that.
std::optional<uint64_t> parse_bytes(std::string_view text);

// Milliseconds, or a number with ms, s, m or h. Never 0 for a time that is more than that.
std::optional<uint64_t> parse_duration(std::string_view text);

}  // namespace cli
