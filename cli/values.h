// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <epsilon.h>

namespace cli {

// Reads a value of this type. Integers: decimal or 0x hexadecimal, in the signed or the unsigned
// range of the type. Floats: decimal, hexadecimal, inf, nan, nan:0x and the payload. v128: 0x and
// up to 32 digits of one number whose low byte is byte 0, or a shape and its lanes, as
// i32x4:1,2,3,4. Underscores may be between digits. References: null. Nothing if the text is not
// such a value.
std::optional<epsilon_value_t> parse_value(std::string_view text, epsilon_valtype_t type);

// What parse_value reads for this type, for messages.
std::string_view expected_form(epsilon_valtype_t type);

// A value in a form that parse_value reads back to the same bits, references apart: integers are
// signed, floats the shortest decimals, v128 0x and 32 digits. The runtime is the one that the
// value comes from.
std::string format_value(const epsilon_value_t& value, epsilon_valtype_t type,
                         epsilon_runtime_t* runtime);

}  // namespace cli
