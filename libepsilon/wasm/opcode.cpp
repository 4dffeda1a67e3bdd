// SPDX-License-Identifier: Apache-2.0
#include "wasm/opcode.h"

#include <array>

#include "wasm/opcode_tables.h"

namespace epsilon {

namespace {

using opcode_tables::infos;
using opcode_tables::opcode_count;

constexpr bool is_value_letter(char c) {
    return c == 'i' || c == 'l' || c == 'f' || c == 'd' || c == 'v';
}

// At most three operands, '_', at most one result; or "special".
constexpr bool signature_is_well_formed(std::string_view signature) {
    if (signature == "special") {
        return true;
    }
    const size_t bar = signature.find('_');
    if (bar == std::string_view::npos || bar > 3 || signature.size() > bar + 2) {
        return false;
    }
    for (size_t i = 0; i < signature.size(); ++i) {
        if (i != bar && !is_value_letter(signature[i])) {
            return false;
        }
    }
    return true;
}

constexpr bool accesses_memory(Immediates immediates) {
    return immediates == Immediates::memory_argument || immediates == Immediates::memory_lane;
}

constexpr bool row_is_well_formed(const OpcodeInfo& row) {
    const bool is_prefixed = row.prefix == 0xfc || row.prefix == 0xfd;
    const bool width_is_power_of_two =
        row.width != 0 && row.width <= 16 && (row.width & (row.width - 1)) == 0;
    return (row.prefix == 0 || is_prefixed) && row.code <= 0xff &&
           !(row.prefix == 0 && row.code >= 0xfb) && !row.text.empty() &&
           signature_is_well_formed(row.signature) &&
           (accesses_memory(row.immediates) ? width_is_power_of_two : row.width == 0) &&
           row.feature < Feature::count;
}

constexpr bool rows_are_well_formed() {
    for (const OpcodeInfo& row : infos) {
        if (!row_is_well_formed(row)) {
            return false;
        }
    }
    return true;
}

// Each encoding appears once: every row is found again under its own encoding.
constexpr bool encodings_are_unique() {
    for (size_t i = 0; i < opcode_count; ++i) {
        const auto& table = infos[i].prefix == 0      ? opcode_tables::single_byte
                            : infos[i].prefix == 0xfc ? opcode_tables::prefix_fc
                                                      : opcode_tables::prefix_fd;
        if (table[infos[i].code] != Opcode(i)) {
            return false;
        }
    }
    return true;
}

static_assert(rows_are_well_formed(), "a row of opcodes.def is malformed");
static_assert(encodings_are_unique(), "two rows of opcodes.def have the same encoding");

}  // namespace

const OpcodeInfo& opcode_info(Opcode opcode) {
    return infos[size_t(opcode)];
}

Opcode opcode_from_byte(uint8_t code) {
    return opcode_tables::single_byte[code];
}

Opcode opcode_from_prefixed(uint8_t prefix, uint32_t code) {
    if (code > 0xff) {
        return Opcode::count;
    }
    return prefix == 0xfc   ? opcode_tables::prefix_fc[code]
           : prefix == 0xfd ? opcode_tables::prefix_fd[code]
                            : Opcode::count;
}

}  // namespace epsilon
