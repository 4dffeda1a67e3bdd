// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace cli {

// Whether this is a module in text form: the first thing that is neither white space nor a comment
// is a parenthesis.
bool is_text(std::span<const uint8_t> bytes);

enum class Form { binary, text };

// The module in the other form, made by a converter that is on the PATH: wasm-tools, or else wabt's
// wat2wasm and wasm2wat. Says on standard error why there is none, and gives nothing. Nothing is
// validated.
std::optional<std::vector<uint8_t>> convert(std::span<const uint8_t> module, Form wanted,
                                            const std::string& file);

// The bytes of a module in binary form: those of the file, converted if they are text. Says on
// standard error why there are none.
std::optional<std::vector<uint8_t>> read_module(const std::string& file);

}  // namespace cli
