// SPDX-License-Identifier: Apache-2.0
// An encoder that compares what it has just written with what was expected.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "baseline/target.h"
#include "catch.hpp"

namespace baseline_test {

class Encoded : public epsilon::baseline::Assembler {
public:
    using Assembler::Assembler;

    void clear() {
        Assembler::clear();
        checked_ = 0;
    }

    // The instructions since the last call are these bytes. The text is what a disassembler makes
    // of them; check_encodings.py asks one.
    void is(std::string_view text, std::string_view expected) {
        std::string bytes;
        for (const uint8_t byte : code().subspan(checked_)) {
            bytes += "0123456789abcdef"[byte >> 4];
            bytes += "0123456789abcdef"[byte & 15];
        }
        checked_ = position();
        INFO(text);
        CHECK(bytes == expected);
    }

private:
    size_t checked_ = 0;
};

}  // namespace baseline_test
