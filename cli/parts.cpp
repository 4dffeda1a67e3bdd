// SPDX-License-Identifier: Apache-2.0
#include "parts.h"

#include <iterator>
#include <new>
#include <stdexcept>

#include "handles.h"

namespace cli {

namespace {

void require(epsilon_error_t* result) {
    const Error error(result);
    if (error != nullptr) {
        throw std::runtime_error(epsilon_error_message(error.get(), nullptr));
    }
}

bool is_imported(const epsilon_compiled_t* compiled, epsilon_externkind_t kind, size_t index) {
    size_t imported = 0;
    epsilon_compiled_item_count(compiled, kind, &imported);
    return index < imported;
}

// The type is given: asking for it would make those of all items.
Item item_of(const epsilon_compiled_t* compiled, size_t index, const epsilon_type_t* type) {
    const epsilon_externkind_t kind = epsilon_type_kind(type);
    return {kind, static_cast<uint32_t>(index), is_imported(compiled, kind, index), type};
}

std::string_view text_of(const char* text, size_t size) {
    return text == nullptr ? std::string_view() : std::string_view(text, size);
}

// Whether the module is valid without the features from `first` on to before `last`.
bool is_valid_without(const epsilon_compiled_t* compiled, size_t first, size_t last) {
    size_t size = 0;
    const uint8_t* bytes = epsilon_compiled_bytes(compiled, &size);
    Config config;
    require(epsilon_config_new(out(config)));
    for (size_t i = first; i < last; ++i) {
        require(epsilon_config_set_feature(config.get(), static_cast<epsilon_feature_t>(i), false));
    }
    const Error error(epsilon_compiled_validate(config.get(), bytes, size));
    if (epsilon_error_kind(error.get()) == EPSILON_ERROR_NO_MEMORY) {
        throw std::bad_alloc();
    }
    return error == nullptr;
}

// Adds those that the module needs. Most need few: all that are not in the way fall away together.
void add_needed(const epsilon_compiled_t* compiled, size_t first, size_t last,
                std::vector<std::string_view>& features) {
    if (first == last || is_valid_without(compiled, first, last)) {
        return;
    }
    if (last - first == 1) {
        features.emplace_back(epsilon_feature_name(static_cast<epsilon_feature_t>(first)));
        return;
    }
    const size_t middle = first + (last - first) / 2;
    add_needed(compiled, first, middle, features);
    add_needed(compiled, middle, last, features);
}

}  // namespace

Item item_at(const epsilon_compiled_t* compiled, epsilon_externkind_t kind, size_t index) {
    const epsilon_type_t* type = nullptr;
    require(epsilon_compiled_item_type(compiled, kind, index, &type));
    return item_of(compiled, index, type);
}

const epsilon_type_t* type_at(const epsilon_compiled_t* compiled, size_t index) {
    const epsilon_type_t* type = nullptr;
    require(epsilon_compiled_type(compiled, index, &type));
    return type;
}

Export export_at(const epsilon_compiled_t* compiled, size_t index) {
    Export found;
    const char* name = nullptr;
    size_t size = 0;
    const epsilon_type_t* type = nullptr;
    uint32_t item = 0;
    require(epsilon_compiled_export(compiled, index, &name, &size, &type));
    require(epsilon_compiled_export_item(compiled, index, &item));
    found.name = text_of(name, size);
    found.item = item_of(compiled, item, type);
    return found;
}

Function function_at(const epsilon_compiled_t* compiled, size_t index) {
    Function function;
    const char* name = nullptr;
    size_t size = 0;
    require(epsilon_compiled_func(compiled, index, &function.type, &name, &size, &function.offset,
                                  &function.size));
    function.name = text_of(name, size);
    return function;
}

ElementSegment element_segment_at(const epsilon_compiled_t* compiled, size_t index) {
    ElementSegment segment;
    require(epsilon_compiled_element_segment(compiled, index, &segment.mode, &segment.table,
                                             &segment.element, &segment.count));
    return segment;
}

DataSegment data_segment_at(const epsilon_compiled_t* compiled, size_t index) {
    DataSegment segment;
    require(epsilon_compiled_data_segment(compiled, index, &segment.mode, &segment.memory,
                                          &segment.offset, &segment.size));
    return segment;
}

std::vector<Import> imports_of(const epsilon_compiled_t* compiled) {
    std::vector<Import> imports(epsilon_compiled_import_count(compiled));
    size_t next[EPSILON_EXTERNKIND_GLOBAL + 1] = {};
    for (size_t i = 0; i < imports.size(); ++i) {
        const char* module = nullptr;
        const char* name = nullptr;
        size_t module_size = 0;
        size_t name_size = 0;
        const epsilon_type_t* type = nullptr;
        require(
            epsilon_compiled_import(compiled, i, &module, &module_size, &name, &name_size, &type));
        imports[i] = {text_of(module, module_size), text_of(name, name_size),
                      item_of(compiled, next[epsilon_type_kind(type)]++, type)};
    }
    return imports;
}

std::vector<Section> sections_of(const epsilon_compiled_t* compiled) {
    std::vector<Section> sections(epsilon_compiled_section_count(compiled));
    size_t customs = 0;
    for (size_t i = 0; i < sections.size(); ++i) {
        Section& section = sections[i];
        require(epsilon_compiled_section(compiled, i, &section.id, &section.offset, &section.size));
        if (section.id == 0) {
            const char* name = nullptr;
            size_t size = 0;
            require(epsilon_compiled_custom_section(compiled, customs++, &name, &size, nullptr,
                                                    nullptr));
            section.custom_name = text_of(name, size);
        }
    }
    return sections;
}

std::string_view name_of(const epsilon_compiled_t* compiled) {
    size_t size = 0;
    const char* name = epsilon_compiled_name(compiled, &size);
    return text_of(name, size);
}

std::string_view section_name(uint8_t id) {
    constexpr std::string_view names[] = {"custom", "type",   "import",    "function", "table",
                                          "memory", "global", "export",    "start",    "element",
                                          "code",   "data",   "data count"};
    return id < std::size(names) ? names[id] : "unknown";
}

std::string_view mode_name(epsilon_segment_mode_t mode) {
    constexpr std::string_view names[] = {"active", "passive", "declarative"};
    return mode < std::size(names) ? names[mode] : "unknown";
}

std::vector<std::string_view> features_of(const epsilon_compiled_t* compiled) {
    std::vector<std::string_view> features;
    add_needed(compiled, 0, epsilon_feature_count(), features);
    return features;
}

}  // namespace cli
