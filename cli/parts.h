// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include <epsilon.h>

// The parts of a compiled module, for those who go through them. Texts and types live as long as
// the compiled module. These throw where there is no memory.
namespace cli {

// A function, table, memory or global.
struct Item {
    epsilon_externkind_t kind = 0;
    uint32_t index = 0;
    bool imported = false;
    const epsilon_type_t* type = nullptr;
};

struct Import {
    std::string_view module;
    std::string_view name;
    Item item;
};

struct Export {
    std::string_view name;
    Item item;
};

struct Function {
    uint32_t type = 0;
    std::string_view name;  // no data where it has none
    uint64_t offset = 0;
    uint64_t size = 0;
};

struct Section {
    uint8_t id = 0;
    std::string_view custom_name;
    uint64_t offset = 0;
    uint64_t size = 0;
};

struct ElementSegment {
    epsilon_segment_mode_t mode = 0;
    uint32_t table = 0;
    epsilon_valtype_t element = 0;
    uint64_t count = 0;
};

struct DataSegment {
    epsilon_segment_mode_t mode = 0;
    uint32_t memory = 0;
    uint64_t offset = 0;
    uint64_t size = 0;
};

Item item_at(const epsilon_compiled_t* compiled, epsilon_externkind_t kind, size_t index);
// A function type.
const epsilon_type_t* type_at(const epsilon_compiled_t* compiled, size_t index);
Export export_at(const epsilon_compiled_t* compiled, size_t index);
Function function_at(const epsilon_compiled_t* compiled, size_t index);
ElementSegment element_segment_at(const epsilon_compiled_t* compiled, size_t index);
DataSegment data_segment_at(const epsilon_compiled_t* compiled, size_t index);
std::vector<Import> imports_of(const epsilon_compiled_t* compiled);
std::vector<Section> sections_of(const epsilon_compiled_t* compiled);

std::string_view name_of(const epsilon_compiled_t* compiled);
std::string_view section_name(uint8_t id);
std::string_view mode_name(epsilon_segment_mode_t mode);

// The names of the proposals without which the module would not be valid.
std::vector<std::string_view> features_of(const epsilon_compiled_t* compiled);

}  // namespace cli
