// SPDX-License-Identifier: Apache-2.0
#include <cstdio>

#include <fmt/format.h>

#include "commands.h"
#include "convert.h"
#include "describe.h"
#include "files.h"
#include "handles.h"
#include "inspect_code.h"
#include "inspect_json.h"
#include "parts.h"
#include "report.h"
#include "text.h"

namespace cli {

namespace {

void print_summary(const epsilon_compiled_t* compiled) {
    const std::string_view name = name_of(compiled);
    if (!name.empty()) {
        fmt::print("  name: {}\n", in_quotes(name));
    }
    uint32_t start = 0;
    if (epsilon_compiled_start(compiled, &start)) {
        const std::string_view start_name = function_at(compiled, start).name;
        fmt::print("  start: func {}{}{}\n", start, start_name.empty() ? "" : " ",
                   start_name.empty() ? "" : in_quotes(start_name));
    }
    const std::vector<std::string_view> features = features_of(compiled);
    if (!features.empty()) {
        fmt::print("  features: {}\n", fmt::join(features, ", "));
    }
}

// The heading of a list, if there is anything in it.
bool heading(const char* what, size_t count) {
    if (count != 0) {
        fmt::print("{}: {}\n", what, count);
    }
    return count != 0;
}

void print_sections(const epsilon_compiled_t* compiled) {
    const std::vector<Section> sections = sections_of(compiled);
    heading("sections", sections.size());
    for (const Section& section : sections) {
        fmt::print("  {}{}{}: {} at 0x{:x}\n", section_name(section.id), section.id == 0 ? " " : "",
                   section.id == 0 ? in_quotes(section.custom_name) : "",
                   counted(section.size, "byte"), section.offset);
    }
}

void print_types(const epsilon_compiled_t* compiled) {
    const size_t count = epsilon_compiled_type_count(compiled);
    heading("types", count);
    for (size_t i = 0; i < count; ++i) {
        fmt::print("  {}: {}\n", i, epsilon_type_text(type_at(compiled, i), nullptr));
    }
}

void print_imports(const epsilon_compiled_t* compiled) {
    const std::vector<Import> imports = imports_of(compiled);
    heading("imports", imports.size());
    for (const Import& import : imports) {
        fmt::print("  {} {}: {} {} {}\n", epsilon_externkind_name(import.item.kind),
                   import.item.index, in_quotes(import.module), in_quotes(import.name),
                   describe(compiled, import.item));
    }
}

void print_exports(const epsilon_compiled_t* compiled) {
    const size_t count = epsilon_compiled_export_count(compiled);
    heading("exports", count);
    for (size_t i = 0; i < count; ++i) {
        const Export item = export_at(compiled, i);
        fmt::print("  {} {}: {} {}\n", epsilon_externkind_name(item.item.kind), item.item.index,
                   in_quotes(item.name), describe(compiled, item.item));
    }
}

// Those that the module defines itself; the others are in the list of imports.
void print_items(const epsilon_compiled_t* compiled, epsilon_externkind_t kind, const char* what) {
    size_t imported = 0;
    const size_t count = epsilon_compiled_item_count(compiled, kind, &imported);
    heading(what, count - imported);
    for (size_t i = imported; i < count; ++i) {
        fmt::print("  {}: {}\n", i, describe(compiled, item_at(compiled, kind, i)));
    }
}

void print_segments(const epsilon_compiled_t* compiled) {
    const size_t elements = epsilon_compiled_element_segment_count(compiled);
    heading("element segments", elements);
    for (size_t i = 0; i < elements; ++i) {
        const ElementSegment segment = element_segment_at(compiled, i);
        fmt::print("  {}: {}", i, mode_name(segment.mode));
        if (segment.mode == EPSILON_SEGMENT_ACTIVE) {
            fmt::print(" in table {}", segment.table);
        }
        fmt::print(", {} of {}\n", counted(segment.count, "element"),
                   epsilon_valtype_name(segment.element));
    }
    const size_t data = epsilon_compiled_data_segment_count(compiled);
    heading("data segments", data);
    for (size_t i = 0; i < data; ++i) {
        const DataSegment segment = data_segment_at(compiled, i);
        fmt::print("  {}: {}", i, mode_name(segment.mode));
        if (segment.mode == EPSILON_SEGMENT_ACTIVE) {
            fmt::print(" in memory {}", segment.memory);
        }
        fmt::print(", {} at 0x{:x}\n", counted(segment.size, "byte"), segment.offset);
    }
}

void print_functions(const epsilon_compiled_t* compiled) {
    size_t imported = 0;
    const size_t count = epsilon_compiled_item_count(compiled, EPSILON_EXTERNKIND_FUNC, &imported);
    heading("functions", count - imported);
    for (size_t i = imported; i < count; ++i) {
        const Function function = function_at(compiled, i);
        const Item item = item_at(compiled, EPSILON_EXTERNKIND_FUNC, i);
        fmt::print("  {}: {}{}{}, {} at 0x{:x}\n", i,
                   function.name.empty() ? "" : in_quotes(function.name),
                   function.name.empty() ? "" : " ", describe(compiled, item),
                   counted(function.size, "byte"), function.offset);
    }
}

void print_text(const std::string& file, const epsilon_compiled_t* compiled) {
    size_t size = 0;
    epsilon_compiled_bytes(compiled, &size);
    fmt::print("{}: {}\n", display_name(file), counted(size, "byte"));
    print_summary(compiled);
    print_sections(compiled);
    print_types(compiled);
    print_imports(compiled);
    print_exports(compiled);
    print_items(compiled, EPSILON_EXTERNKIND_TABLE, "tables");
    print_items(compiled, EPSILON_EXTERNKIND_MEMORY, "memories");
    print_items(compiled, EPSILON_EXTERNKIND_GLOBAL, "globals");
    print_segments(compiled);
    print_functions(compiled);
}

}  // namespace

int inspect(const Options& options) {
    int status = exit_success;
    bool is_first = true;
    for (const std::string& file : options.files) {
        const auto bytes = read_module(file);
        if (!bytes) {
            status = exit_failure;
            continue;
        }
        Compiled compiled;
        const Error error(
            epsilon_compiled_new(nullptr, bytes->data(), bytes->size(), out(compiled)));
        if (error != nullptr) {
            status = report(file, error.get());
        } else if (options.json) {
            print_json(file, compiled.get());
        } else {
            fmt::print("{}", is_first ? "" : "\n");
            if (options.cells_of.empty() && options.asm_of.empty()) {
                print_text(file, compiled.get());
            } else if (print_code(file, compiled.get(), options) != exit_success) {
                status = exit_failure;
            }
            is_first = false;
        }
    }
    return status;
}

}  // namespace cli
