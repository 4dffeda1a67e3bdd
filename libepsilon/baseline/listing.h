// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "interp/module_cells.h"

// What the compiler makes of a function, for people who look at it.
namespace epsilon::baseline {

// A place in the code, or in what lies behind it, and what is there.
struct CodePlace {
    enum class Kind : uint8_t {
        entry,      // what comes from outside begins here
        operation,  // of a plain cell
        aside,      // what happens apart from the rest
        data,       // from the first of these on it is no code
        address,    // eight bytes, that differ from process to process
    };
    uint32_t offset;
    Kind kind;
    std::string text;
};

struct Listing {
    std::string plain_cells;        // as text
    std::vector<uint8_t> code;      // empty if the function can't be compiled
    std::vector<CodePlace> places;  // in order of offsets
};

// Of a defined function. Nothing is kept or run; no memory for code is needed. Fails as translating
// does.
Result<Listing> list_code(const interp::ModuleCells& module, uint32_t function, uint32_t variant);

}  // namespace epsilon::baseline
