// SPDX-License-Identifier: Apache-2.0
#include "memory_dump.h"

#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include "handles.h"
#include "interrupts.h"
#include "repl_words.h"
#include "report.h"

namespace cli {

namespace {

constexpr size_t per_line = 16;

void append_hex(std::string& text, uint64_t number, unsigned digits) {
    for (unsigned i = digits; i-- > 0;) {
        text += "0123456789abcdef"[number >> (4 * i) & 0xF];
    }
}

std::string line_of(uint64_t offset, std::span<const uint8_t> bytes) {
    std::string text;
    append_hex(text, offset, 8);
    for (size_t i = 0; i < per_line; ++i) {
        text += i % 8 == 0 ? "  " : " ";
        if (i < bytes.size()) {
            append_hex(text, bytes[i], 2);
        } else {
            text += "  ";
        }
    }
    text += "  |";
    for (const uint8_t byte : bytes) {
        text += byte >= 0x20 && byte < 0x7F ? static_cast<char>(byte) : '.';
    }
    return text + '|';
}

}  // namespace

void dump(const epsilon_memory_t* memory, uint64_t offset, uint64_t length,
          const std::function<void(std::string_view line)>& print) {
    constexpr uint64_t chunk = uint64_t{64} << 10;
    std::vector<uint8_t> bytes(std::min(length, chunk));
    while (length > 0) {
        const size_t count = std::min<uint64_t>(length, bytes.size());
        const Error error(epsilon_memory_read(memory, offset, bytes.data(), count));
        if (error != nullptr) {
            throw Failure(describe_error(error.get()));
        }
        for (size_t i = 0; i < count; i += per_line) {
            if (Interrupts::came()) {
                throw Failure("interrupted");
            }
            print(line_of(offset + i, std::span(bytes).subspan(i, std::min(per_line, count - i))));
        }
        offset += count;
        length -= count;
    }
}

}  // namespace cli
