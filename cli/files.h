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

// The file's name for messages.
std::string display_name(const std::string& path);

}  // namespace cli
