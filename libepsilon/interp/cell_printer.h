// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace epsilon::interp {

// The cells of a function as text, one per line: distance, name of the operation with its form,
// and the fields as words of 16 and 32 bits. For diagnostics and tests.
std::string print_cells(const uint8_t* entry);

}  // namespace epsilon::interp
