// SPDX-License-Identifier: Apache-2.0
#include "inspect_json.h"

#include <cstdio>

#include "json.h"
#include "parts.h"

namespace cli {

namespace {

void put_valtypes(JsonWriter& json, const char* key, const epsilon_valtype_t* types, size_t count) {
    json.key(key);
    json.begin_array();
    for (size_t i = 0; i < count; ++i) {
        json.value(epsilon_valtype_name(types[i]));
    }
    json.end();
}

// The members that say what an item is: a function's type is an index into "types".
void put_type(JsonWriter& json, const epsilon_compiled_t* compiled, const Item& item) {
    if (item.kind == EPSILON_EXTERNKIND_FUNC) {
        json.member("type", uint64_t{function_at(compiled, item.index).type});
        return;
    }
    if (item.kind == EPSILON_EXTERNKIND_GLOBAL) {
        json.member("content", epsilon_valtype_name(epsilon_type_content(item.type)));
        json.member("mutable", epsilon_type_mutable(item.type));
        return;
    }
    if (item.kind == EPSILON_EXTERNKIND_TABLE) {
        json.member("element", epsilon_valtype_name(epsilon_type_content(item.type)));
    }
    json.member("minimum", epsilon_type_minimum(item.type));
    uint64_t maximum = 0;
    if (epsilon_type_maximum(item.type, &maximum)) {
        json.member("maximum", maximum);
    } else {
        json.null_member("maximum");
    }
}

void put_name(JsonWriter& json, std::string_view name) {
    if (name.empty()) {
        json.null_member("name");
    } else {
        json.member("name", name);
    }
}

void put_head(JsonWriter& json, const std::string& file, const epsilon_compiled_t* compiled) {
    size_t size = 0;
    epsilon_compiled_bytes(compiled, &size);
    json.member("file", file);
    json.member("size", uint64_t{size});
    put_name(json, name_of(compiled));
    json.key("features");
    json.begin_array();
    for (const std::string_view feature : features_of(compiled)) {
        json.value(feature);
    }
    json.end();
    uint32_t start = 0;
    if (epsilon_compiled_start(compiled, &start)) {
        json.member("start", uint64_t{start});
    } else {
        json.null_member("start");
    }
}

void put_sections(JsonWriter& json, const epsilon_compiled_t* compiled) {
    json.key("sections");
    json.begin_array();
    for (const Section& section : sections_of(compiled)) {
        json.begin_object();
        json.member("section", section_name(section.id));
        if (section.id == 0) {
            json.member("name", section.custom_name);
        }
        json.member("offset", section.offset);
        json.member("size", section.size);
        json.end();
    }
    json.end();
}

void put_types(JsonWriter& json, const epsilon_compiled_t* compiled) {
    json.key("types");
    json.begin_array();
    for (size_t i = 0; i < epsilon_compiled_type_count(compiled); ++i) {
        const epsilon_type_t* type = type_at(compiled, i);
        size_t count = 0;
        json.begin_object();
        const epsilon_valtype_t* types = epsilon_type_params(type, &count);
        put_valtypes(json, "params", types, count);
        types = epsilon_type_results(type, &count);
        put_valtypes(json, "results", types, count);
        json.end();
    }
    json.end();
}

void put_kind(JsonWriter& json, const epsilon_compiled_t* compiled, const Item& item) {
    json.member("kind", epsilon_externkind_name(item.kind));
    json.member("index", uint64_t{item.index});
    put_type(json, compiled, item);
}

void put_imports(JsonWriter& json, const epsilon_compiled_t* compiled) {
    json.key("imports");
    json.begin_array();
    for (const Import& import : imports_of(compiled)) {
        json.begin_object();
        json.member("module", import.module);
        json.member("name", import.name);
        put_kind(json, compiled, import.item);
        json.end();
    }
    json.end();
}

void put_exports(JsonWriter& json, const epsilon_compiled_t* compiled) {
    json.key("exports");
    json.begin_array();
    for (size_t i = 0; i < epsilon_compiled_export_count(compiled); ++i) {
        const Export item = export_at(compiled, i);
        json.begin_object();
        json.member("name", item.name);
        put_kind(json, compiled, item.item);
        json.end();
    }
    json.end();
}

void put_items(JsonWriter& json, const epsilon_compiled_t* compiled, epsilon_externkind_t kind,
               const char* key) {
    json.key(key);
    json.begin_array();
    const size_t count = epsilon_compiled_item_count(compiled, kind, nullptr);
    for (size_t i = 0; i < count; ++i) {
        const Item item = item_at(compiled, kind, i);
        json.begin_object();
        json.member("index", uint64_t{i});
        json.member("imported", item.imported);
        put_type(json, compiled, item);
        if (kind == EPSILON_EXTERNKIND_FUNC) {
            const Function function = function_at(compiled, i);
            put_name(json, function.name);
            if (item.imported) {
                json.null_member("offset");
                json.null_member("size");
            } else {
                json.member("offset", function.offset);
                json.member("size", function.size);
            }
        }
        json.end();
    }
    json.end();
}

void put_segments(JsonWriter& json, const epsilon_compiled_t* compiled) {
    // An active segment is written to a table or memory.
    const auto put_target = [&](const char* key, epsilon_segment_mode_t mode, uint32_t index) {
        json.member("mode", mode_name(mode));
        if (mode == EPSILON_SEGMENT_ACTIVE) {
            json.member(key, uint64_t{index});
        } else {
            json.null_member(key);
        }
    };
    json.key("element_segments");
    json.begin_array();
    for (size_t i = 0; i < epsilon_compiled_element_segment_count(compiled); ++i) {
        const ElementSegment segment = element_segment_at(compiled, i);
        json.begin_object();
        put_target("table", segment.mode, segment.table);
        json.member("element", epsilon_valtype_name(segment.element));
        json.member("count", segment.count);
        json.end();
    }
    json.end();
    json.key("data_segments");
    json.begin_array();
    for (size_t i = 0; i < epsilon_compiled_data_segment_count(compiled); ++i) {
        const DataSegment segment = data_segment_at(compiled, i);
        json.begin_object();
        put_target("memory", segment.mode, segment.memory);
        json.member("offset", segment.offset);
        json.member("size", segment.size);
        json.end();
    }
    json.end();
}

}  // namespace

void print_json(const std::string& file, const epsilon_compiled_t* compiled) {
    JsonWriter json(stdout);
    json.begin_object();
    put_head(json, file, compiled);
    put_sections(json, compiled);
    put_types(json, compiled);
    put_imports(json, compiled);
    put_exports(json, compiled);
    put_items(json, compiled, EPSILON_EXTERNKIND_FUNC, "functions");
    put_items(json, compiled, EPSILON_EXTERNKIND_TABLE, "tables");
    put_items(json, compiled, EPSILON_EXTERNKIND_MEMORY, "memories");
    put_items(json, compiled, EPSILON_EXTERNKIND_GLOBAL, "globals");
    put_segments(json, compiled);
    json.end();
}

}  // namespace cli
