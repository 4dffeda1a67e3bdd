// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cli {

// The bytes of a file, or of standard input for "-". Says on standard error why it cannot be read,
// and gives nothing.
std::optional<std::vector<uint8_t>> read_file(const std::string& path);

// Writes a file, or standard output for "-". Says on standard error why it cannot be written,
// leaves no part of it, and gives false.
bool write_file(const std::string& path, const std::vector<uint8_t>& bytes);

// The file's name for messages: fit for a terminal.
std::string display_name(const std::string& path);

}  // namespace cli
