// SPDX-License-Identifier: Apache-2.0
// What a compiled module holds, in C's terms.
#include "base/byte_reader.h"
#include "compiled.h"

using namespace epsilon;

namespace {

// What tells the type from others of its kind: globals are many, and of few types.
uint32_t key_of(const Module& module, ExternKind kind, uint32_t index) {
    switch (kind) {
        case ExternKind::function:
            return module.canonical_types[module.functions[index]];
        case ExternKind::global: {
            const GlobalType& type = module.globals[index].type;
            return type.value.bits() << 1 | uint32_t{type.is_mutable};
        }
        default:
            return index;
    }
}

const epsilon_type* type_of(const Module& module, ExternKind kind, uint32_t index,
                            epsilon_compiled::Types& types) {
    const std::pair key(kind, key_of(module, kind, index));
    const auto found = types.find(key);
    if (found != types.end()) {
        return &found->second;
    }
    return &types.emplace(key, epsilon_type::of(module, kind, index)).first->second;
}

std::vector<const epsilon_type*> types_of(const Module& module, ExternKind kind, size_t count,
                                          epsilon_compiled::Types& types) {
    std::vector<const epsilon_type*> list;
    list.reserve(count);
    for (uint32_t i = 0; i < count; ++i) {
        list.push_back(type_of(module, kind, i, types));
    }
    return list;
}

// The bytes are those of a valid module.
Result<std::vector<epsilon_compiled::Section>> read_sections(const std::vector<uint8_t>& bytes) {
    constexpr size_t header = 8;  // magic and version
    std::vector<epsilon_compiled::Section> list;
    ByteReader reader(bytes, header, bytes.size());
    while (!reader.at_end()) {
        EPSILON_TRY_ASSIGN(const uint8_t id, reader.u8("section id"));
        EPSILON_TRY_ASSIGN(const uint32_t size, reader.u32("section size"));
        list.push_back({id, static_cast<uint32_t>(reader.position()), size});
        EPSILON_TRY(reader.bytes(size, "section"));
    }
    return list;
}

}  // namespace

const std::vector<epsilon_compiled::Import>& epsilon_compiled::imports() const {
    return imports_
        .get([&] {
            Imports imports;
            imports.list.reserve(module().imports.size());
            for (const epsilon::Import& import : module().imports) {
                imports.list.push_back(
                    {std::string(import.module), std::string(import.name),
                     type_of(module(), import.kind, import.index, imports.types)});
            }
            return imports;
        })
        .list;
}

const std::vector<epsilon_compiled::Export>& epsilon_compiled::exports() const {
    return exports_
        .get([&] {
            Exports exports;
            exports.list.reserve(module().exports.size());
            for (const epsilon::Export& item : module().exports) {
                exports.list.push_back({std::string(item.name),
                                        type_of(module(), item.kind, item.index, exports.types)});
            }
            return exports;
        })
        .list;
}

const std::vector<std::string>& epsilon_compiled::custom_names() const {
    return custom_names_.get([&] {
        std::vector<std::string> list;
        list.reserve(module().customs.size());
        for (const CustomSection& section : module().customs) {
            list.emplace_back(section.name);
        }
        return list;
    });
}

const std::vector<epsilon_compiled::Section>& epsilon_compiled::sections() const {
    return sections_.get([&] { return read_sections(*module().bytes).take(); });
}

const std::vector<epsilon_type>& epsilon_compiled::types() const {
    return types_.get(
        [&] { return std::vector<epsilon_type>(module().types.begin(), module().types.end()); });
}

const epsilon_type* epsilon_compiled::item_type(ExternKind kind, size_t index) const {
    if (kind == ExternKind::function) {
        return &types()[module().functions[index]];
    }
    const Items& items = items_.get([&] {
        Items made;
        made.tables = types_of(module(), ExternKind::table, module().tables.size(), made.types);
        made.memories =
            types_of(module(), ExternKind::memory, module().memories.size(), made.types);
        made.globals = types_of(module(), ExternKind::global, module().globals.size(), made.types);
        return made;
    });
    switch (kind) {
        case ExternKind::table:
            return items.tables[index];
        case ExternKind::memory:
            return items.memories[index];
        default:
            return items.globals[index];
    }
}

const std::vector<std::string>& epsilon_compiled::function_names() const {
    return function_names_.get([&] {
        std::vector<std::string> list;
        list.reserve(module().functions.size());
        for (uint32_t i = 0; i < module().functions.size(); ++i) {
            list.emplace_back(module().function_name(i));
        }
        return list;
    });
}
