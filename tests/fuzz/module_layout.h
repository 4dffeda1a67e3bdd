// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

// The binary format's outline: sections and function bodies, taken apart and put together again,
// whatever is in them.
namespace fuzz {

using Bytes = std::vector<uint8_t>;

void write_u32(Bytes& to, uint32_t value);
void write_s64(Bytes& to, int64_t value);
void write_name(Bytes& to, std::string_view name);

struct Section {
    uint8_t id;
    Bytes content;
};

namespace section {
constexpr uint8_t custom = 0, exports = 7, code = 10;
}

// Nothing if the bytes have no such outline.
std::optional<std::vector<Section>> take_apart(std::span<const uint8_t> module);
Bytes put_together(const std::vector<Section>& sections);

// Bodies without their sizes: the locals, then the code.
std::optional<std::vector<Bytes>> bodies_of(const Section& code);
void set_bodies(Section& code, const std::vector<Bytes>& bodies);

// The custom section that holds the choices of the run target; made if there is none.
Section& choices_of(std::vector<Section>& sections);
std::span<const uint8_t> content_of_choices(const Section& choices);
void set_choices(Section& choices, std::span<const uint8_t> content);

}  // namespace fuzz
