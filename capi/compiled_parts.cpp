// SPDX-License-Identifier: Apache-2.0
// The parts of a compiled module: sections, types, functions, segments.
#include "compiled.h"
#include "door.h"

using namespace epsilon;
using namespace epsilon::capi;

namespace {

std::optional<ExternKind> kind_of(epsilon_externkind_t kind) {
    switch (kind) {
        case EPSILON_EXTERNKIND_FUNC:
            return ExternKind::function;
        case EPSILON_EXTERNKIND_TABLE:
            return ExternKind::table;
        case EPSILON_EXTERNKIND_MEMORY:
            return ExternKind::memory;
        case EPSILON_EXTERNKIND_GLOBAL:
            return ExternKind::global;
        default:
            return std::nullopt;
    }
}

struct Count {
    size_t all = 0;
    size_t imported = 0;
};

Count count_of(const Module& module, ExternKind kind) {
    switch (kind) {
        case ExternKind::function:
            return {module.functions.size(), module.imported_functions};
        case ExternKind::table:
            return {module.tables.size(), module.imported_tables};
        case ExternKind::memory:
            return {module.memories.size(), module.imported_memories};
        case ExternKind::global:
            return {module.globals.size(), module.imported_globals};
    }
    return {};
}

epsilon_segment_mode_t to_c(SegmentMode mode) {
    switch (mode) {
        case SegmentMode::active:
            return EPSILON_SEGMENT_ACTIVE;
        case SegmentMode::passive:
            return EPSILON_SEGMENT_PASSIVE;
        case SegmentMode::declarative:
            break;
    }
    return EPSILON_SEGMENT_DECLARATIVE;
}

}  // namespace

size_t epsilon_compiled_section_count(const epsilon_compiled_t* compiled) {
    size_t count = 0;
    // Without memory for the list there is none.
    if (compiled != nullptr) {
        epsilon_error_delete(guarded([&]() -> ErrorPtr {
            count = compiled->sections().size();
            return nullptr;
        }));
    }
    return count;
}

epsilon_error_t* epsilon_compiled_section(const epsilon_compiled_t* compiled, size_t index,
                                          uint8_t* id, uint64_t* offset, uint64_t* size) {
    set(id, 0u);
    set(offset, 0u);
    set(size, 0u);
    return guarded([&]() -> ErrorPtr {
        EPSILON_REQUIRE(compiled, "compiled");
        if (ErrorPtr error = check_index("section", compiled->sections(), index)) {
            return error;
        }
        const epsilon_compiled::Section& section = compiled->sections()[index];
        set(id, section.id);
        set(offset, section.begin);
        set(size, section.size);
        return nullptr;
    });
}

size_t epsilon_compiled_type_count(const epsilon_compiled_t* compiled) {
    return compiled == nullptr ? 0 : compiled->module().types.size();
}

epsilon_error_t* epsilon_compiled_type(const epsilon_compiled_t* compiled, size_t index,
                                       const epsilon_type_t** type) {
    set(type, nullptr);
    return guarded([&]() -> ErrorPtr {
        EPSILON_REQUIRE(compiled, "compiled");
        EPSILON_REQUIRE(type, "type");
        if (ErrorPtr error = check_index("type", compiled->module().types, index)) {
            return error;
        }
        *type = &compiled->types()[index];
        return nullptr;
    });
}

size_t epsilon_compiled_item_count(const epsilon_compiled_t* compiled, epsilon_externkind_t kind,
                                   size_t* imported) {
    const std::optional<ExternKind> known = kind_of(kind);
    const Count count =
        compiled == nullptr || !known ? Count{} : count_of(compiled->module(), *known);
    set(imported, count.imported);
    return count.all;
}

epsilon_error_t* epsilon_compiled_item_type(const epsilon_compiled_t* compiled,
                                            epsilon_externkind_t kind, size_t index,
                                            const epsilon_type_t** type) {
    set(type, nullptr);
    return guarded([&]() -> ErrorPtr {
        EPSILON_REQUIRE(compiled, "compiled");
        EPSILON_REQUIRE(type, "type");
        const std::optional<ExternKind> known = kind_of(kind);
        if (!known) {
            return misuse("there is no kind ", kind);
        }
        const size_t count = count_of(compiled->module(), *known).all;
        if (index >= count) {
            return misuse("there is no ", to_string(*known), " ", index, ": the module has ",
                          count);
        }
        *type = compiled->item_type(*known, index);
        return nullptr;
    });
}

epsilon_error_t* epsilon_compiled_export_item(const epsilon_compiled_t* compiled, size_t index,
                                              uint32_t* item) {
    set(item, 0u);
    return guarded([&]() -> ErrorPtr {
        EPSILON_REQUIRE(compiled, "compiled");
        EPSILON_REQUIRE(item, "item");
        if (ErrorPtr error = check_index("export", compiled->module().exports, index)) {
            return error;
        }
        *item = compiled->module().exports[index].index;
        return nullptr;
    });
}

epsilon_error_t* epsilon_compiled_func(const epsilon_compiled_t* compiled, size_t index,
                                       uint32_t* type_index, const char** name, size_t* name_size,
                                       uint64_t* offset, uint64_t* size) {
    set(type_index, 0u);
    set(name, nullptr);
    set(name_size, 0u);
    set(offset, 0u);
    set(size, 0u);
    return guarded([&]() -> ErrorPtr {
        EPSILON_REQUIRE(compiled, "compiled");
        const Module& module = compiled->module();
        if (ErrorPtr error = check_index("function", module.functions, index)) {
            return error;
        }
        const std::string& text = compiled->function_names()[index];
        set(type_index, module.functions[index]);
        if (!text.empty()) {
            set(name, text.c_str());
            set(name_size, text.size());
        }
        if (index >= module.imported_functions) {
            const FunctionBody& body = module.bodies[index - module.imported_functions];
            set(offset, body.begin);
            set(size, body.end - body.begin);
        }
        return nullptr;
    });
}

bool epsilon_compiled_start(const epsilon_compiled_t* compiled, uint32_t* index) {
    const std::optional<uint32_t> start =
        compiled == nullptr ? std::nullopt : compiled->module().start;
    set(index, start.value_or(0));
    return start.has_value();
}

size_t epsilon_compiled_element_segment_count(const epsilon_compiled_t* compiled) {
    return compiled == nullptr ? 0 : compiled->module().elements.size();
}

epsilon_error_t* epsilon_compiled_element_segment(const epsilon_compiled_t* compiled, size_t index,
                                                  epsilon_segment_mode_t* mode, uint32_t* table,
                                                  epsilon_valtype_t* element, uint64_t* count) {
    set(mode, 0u);
    set(table, 0u);
    set(element, 0u);
    set(count, 0u);
    return guarded([&]() -> ErrorPtr {
        EPSILON_REQUIRE(compiled, "compiled");
        if (ErrorPtr error = check_index("element segment", compiled->module().elements, index)) {
            return error;
        }
        const ElementSegment& segment = compiled->module().elements[index];
        set(mode, ::to_c(segment.mode));
        set(table, segment.mode == SegmentMode::active ? segment.table : 0);
        set(element, capi::to_c(segment.type));
        set(count, segment.size());
        return nullptr;
    });
}

size_t epsilon_compiled_data_segment_count(const epsilon_compiled_t* compiled) {
    return compiled == nullptr ? 0 : compiled->module().data.size();
}

epsilon_error_t* epsilon_compiled_data_segment(const epsilon_compiled_t* compiled, size_t index,
                                               epsilon_segment_mode_t* mode, uint32_t* memory,
                                               uint64_t* offset, uint64_t* size) {
    set(mode, 0u);
    set(memory, 0u);
    set(offset, 0u);
    set(size, 0u);
    return guarded([&]() -> ErrorPtr {
        EPSILON_REQUIRE(compiled, "compiled");
        if (ErrorPtr error = check_index("data segment", compiled->module().data, index)) {
            return error;
        }
        const DataSegment& segment = compiled->module().data[index];
        set(mode, ::to_c(segment.mode));
        set(memory, segment.mode == SegmentMode::active ? segment.memory : 0);
        set(offset, segment.begin);
        set(size, segment.size);
        return nullptr;
    });
}
