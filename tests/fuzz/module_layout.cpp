// SPDX-License-Identifier: Apache-2.0
#include "module_layout.h"

#include <algorithm>

#include "base/leb128.h"

namespace fuzz {

namespace {

constexpr uint8_t header[] = {0, 'a', 's', 'm', 1, 0, 0, 0};
constexpr uint8_t choices_name[] = {7, 'c', 'h', 'o', 'i', 'c', 'e', 's'};

// A size, and that many bytes, which `at` is then behind.
std::optional<std::span<const uint8_t>> read_sized(const uint8_t*& at, const uint8_t* end) {
    uint32_t size = 0;
    if (epsilon::read_leb128(at, end, size) != epsilon::LebStatus::ok || size > size_t(end - at)) {
        return std::nullopt;
    }
    at += size;
    return std::span(at - size, size);
}

void append(Bytes& to, std::span<const uint8_t> bytes) {
    to.insert(to.end(), bytes.begin(), bytes.end());
}

bool is_choices(const Section& section) {
    return section.id == section::custom && section.content.size() >= sizeof choices_name &&
           std::equal(std::begin(choices_name), std::end(choices_name), section.content.begin());
}

}  // namespace

void write_u32(Bytes& to, uint32_t value) {
    for (; value >= 0x80; value >>= 7) {
        to.push_back(uint8_t(value | 0x80));
    }
    to.push_back(uint8_t(value));
}

void write_s64(Bytes& to, int64_t value) {
    while (value < -0x40 || value >= 0x40) {
        to.push_back(uint8_t(value | 0x80));
        value >>= 7;
    }
    to.push_back(uint8_t(value & 0x7f));
}

void write_name(Bytes& to, std::string_view name) {
    write_u32(to, uint32_t(name.size()));
    to.insert(to.end(), name.begin(), name.end());
}

std::optional<std::vector<Section>> take_apart(std::span<const uint8_t> module) {
    if (module.size() < sizeof header ||
        !std::equal(std::begin(header), std::end(header), module.begin())) {
        return std::nullopt;
    }
    std::vector<Section> sections;
    const uint8_t* at = module.data() + sizeof header;
    const uint8_t* const end = module.data() + module.size();
    while (at != end) {
        const uint8_t id = *at++;
        const auto content = read_sized(at, end);
        if (!content) {
            return std::nullopt;
        }
        sections.push_back({id, Bytes(content->begin(), content->end())});
    }
    return sections;
}

Bytes put_together(const std::vector<Section>& sections) {
    Bytes module(std::begin(header), std::end(header));
    for (const Section& section : sections) {
        module.push_back(section.id);
        write_u32(module, uint32_t(section.content.size()));
        append(module, section.content);
    }
    return module;
}

std::optional<std::vector<Bytes>> bodies_of(const Section& code) {
    const uint8_t* at = code.content.data();
    const uint8_t* const end = at + code.content.size();
    uint32_t count = 0;
    if (epsilon::read_leb128(at, end, count) != epsilon::LebStatus::ok) {
        return std::nullopt;
    }
    std::vector<Bytes> bodies;
    for (; count > 0; --count) {
        const auto body = read_sized(at, end);
        if (!body) {
            return std::nullopt;
        }
        bodies.emplace_back(body->begin(), body->end());
    }
    return bodies;
}

void set_bodies(Section& code, const std::vector<Bytes>& bodies) {
    code.content.clear();
    write_u32(code.content, uint32_t(bodies.size()));
    for (const Bytes& body : bodies) {
        write_u32(code.content, uint32_t(body.size()));
        append(code.content, body);
    }
}

Section& choices_of(std::vector<Section>& sections) {
    const auto found = std::find_if(sections.begin(), sections.end(), is_choices);
    if (found != sections.end()) {
        return *found;
    }
    return *sections.insert(sections.begin(), {section::custom, Bytes(std::begin(choices_name),
                                                                      std::end(choices_name))});
}

std::span<const uint8_t> content_of_choices(const Section& choices) {
    return std::span(choices.content).subspan(sizeof choices_name);
}

void set_choices(Section& choices, std::span<const uint8_t> content) {
    Bytes bytes(std::begin(choices_name), std::end(choices_name));
    append(bytes, content);
    choices.content = std::move(bytes);
}

}  // namespace fuzz
