// SPDX-License-Identifier: Apache-2.0
#include "decode/name_section.h"

#include <algorithm>

#include "base/byte_reader.h"

namespace epsilon {

namespace {

struct Names {
    std::string_view module;
    std::unordered_map<uint32_t, std::string_view> functions;
};

Result<void> read_function_names(ByteReader& reader, size_t functions, Names& names) {
    EPSILON_TRY_ASSIGN(const uint32_t count, reader.u32("count of names"));
    names.functions.reserve(std::min({size_t{count}, reader.remaining() / 2, functions}));
    for (uint32_t i = 0; i < count; ++i) {
        EPSILON_TRY_ASSIGN(const uint32_t index, reader.u32("function index"));
        EPSILON_TRY_ASSIGN(const std::string_view name, reader.name("function name"));
        if (index < functions) {
            names.functions.emplace(index, name);
        }
    }
    return {};
}

Result<void> read_names(ByteReader& reader, const Module& module, Names& names) {
    constexpr uint8_t module_subsection = 0;
    constexpr uint8_t function_subsection = 1;
    while (!reader.at_end()) {
        EPSILON_TRY_ASSIGN(const uint8_t id, reader.u8("subsection id"));
        EPSILON_TRY_ASSIGN(const uint32_t size, reader.u32("subsection size"));
        const size_t begin = reader.position();
        EPSILON_TRY(reader.bytes(size, "subsection"));
        ByteReader subsection(reader.whole(), begin, reader.position());
        if (id == module_subsection) {
            EPSILON_TRY_ASSIGN(names.module, subsection.name("module name"));
        } else if (id == function_subsection) {
            EPSILON_TRY(read_function_names(subsection, module.functions.size(), names));
        } else {
            continue;
        }
        if (!subsection.at_end()) {
            return subsection.malformed("section size mismatch", "subsection of names");
        }
    }
    return {};
}

}  // namespace

bool read_name_section(const CustomSection& section, Module& module) {
    ByteReader reader(*module.bytes, section.begin, size_t{section.begin} + section.size);
    Names names;
    if (!read_names(reader, module, names)) {
        return false;
    }
    module.name = names.module;
    module.function_names = std::move(names.functions);
    return true;
}

}  // namespace epsilon
