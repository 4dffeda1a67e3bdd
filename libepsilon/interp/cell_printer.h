// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace epsilon::interp {

// A cell as text: the operation's name and its operands. Slots are fp[n], counted from the frame's
// begin, parameters negative; acc is the accumulator. Cells of rarer forms have the form's number
// behind the name, and their fields as words of 16 and 32 bits.
struct CellText {
    uint32_t at;  // distance from the first one
    std::string text;
};

// The cells of a function, in order. For diagnostics and tests.
std::vector<CellText> describe_cells(const uint8_t* entry);
// The same, one per line, each behind its distance.
std::string print_cells(const std::vector<CellText>& cells);

}  // namespace epsilon::interp
