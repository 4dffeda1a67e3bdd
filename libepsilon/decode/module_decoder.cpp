// SPDX-License-Identifier: Apache-2.0
#include "decode/module_decoder.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <numeric>

#include "base/text.h"
#include "decode/name_section.h"
#include "wasm/type_reader.h"
#include "wasm/unsupported.h"

namespace epsilon {

namespace {

enum SectionId : uint8_t {
    custom_section = 0,
    type_section = 1,
    import_section = 2,
    function_section = 3,
    table_section = 4,
    memory_section = 5,
    global_section = 6,
    export_section = 7,
    start_section = 8,
    element_section = 9,
    code_section = 10,
    data_section = 11,
    data_count_section = 12,
    tag_section = 13,  // WebAssembly 3.0
};

constexpr uint8_t last_section_id = tag_section;

// The place of each section in a module; custom sections go anywhere.
constexpr std::array<uint8_t, last_section_id + 1> section_order = {0, 1, 2,  3,  4,  5,  7,
                                                                    8, 9, 10, 12, 13, 11, 6};

constexpr uint64_t most_pages = 65536;
constexpr std::string_view too_many_pages = "memory size must be at most 65536 pages (4GiB)";
constexpr std::string_view too_many_elements = "table size must be at most 2^32 - 1 elements";

// By ExternKind.
constexpr std::string_view kind_plurals[] = {"functions", "tables", "memories", "globals"};

}  // namespace

ModuleDecoder::ModuleDecoder(Module& module, const DecodeOptions& options)
    : module_(module), options_(options), features_(options.features) {}

void ModuleDecoder::invalid(size_t offset, std::string message) {
    if (!invalid_) {
        invalid_ = make_error(ErrorKind::invalid, std::move(message), offset);
    }
}

bool ModuleDecoder::check_index(uint64_t index, size_t count, std::string_view what,
                                size_t offset) {
    if (index < count) [[likely]] {
        return true;
    }
    invalid(offset, concat("unknown ", what, " ", index, ": there are ", count));
    return false;
}

void ModuleDecoder::declare(uint32_t function) {
    if (declared_.size() <= function) {
        declared_.resize(module_.functions.size());
    }
    declared_[function] = true;
}

Result<uint32_t> ModuleDecoder::read_count(ByteReader& reader, std::string_view what,
                                           uint64_t limit, size_t already) {
    const size_t offset = reader.position();
    EPSILON_TRY_ASSIGN(const uint32_t count, reader.u32(what));
    if (count + uint64_t{already} > limit && count <= reader.remaining()) {
        return make_error(ErrorKind::limit,
                          concat("too many: ", what, " ", count + uint64_t{already},
                                 " exceeds the limit of ", limit),
                          offset);
    }
    return count;
}

Result<void> ModuleDecoder::run() {
    const std::vector<uint8_t>& bytes = *module_.bytes;
    ByteReader reader(bytes, 0, bytes.size());
    EPSILON_TRY(read_header(reader));
    uint8_t order = 0;
    while (!reader.at_end()) {
        const size_t offset = reader.position();
        EPSILON_TRY_ASSIGN(const uint8_t id, reader.u8("section id"));
        if (id > last_section_id) {
            return make_error(ErrorKind::malformed,
                              concat("malformed section id: ", id, " is not known"), offset);
        }
        EPSILON_TRY_ASSIGN(const uint32_t size, reader.u32("section size"));
        if (size > reader.remaining()) {
            return reader.malformed("length out of bounds",
                                    concat("section ", id, " takes ", size, " bytes, ",
                                           reader.remaining(), " are left"));
        }
        ByteReader section(bytes, reader.position(), reader.position() + size);
        if (id != custom_section) {
            if (section_order[id] <= order) {
                return make_error(ErrorKind::malformed,
                                  concat("unexpected content after last section: section ", id,
                                         " comes twice or too late"),
                                  offset);
            }
            order = section_order[id];
        }
        EPSILON_TRY(read_section(id, section));
        if (!section.at_end()) {
            return section.malformed(
                "section size mismatch",
                concat(section.remaining(), " bytes are left in section ", id));
        }
        reader.move_to(section.end_position());
    }
    EPSILON_TRY(check_counts());
    if (invalid_) {
        return std::move(invalid_);
    }
    declared_.resize(module_.functions.size());
    for (const CustomSection& custom : module_.customs) {
        if (custom.name == "name" && read_name_section(custom, module_)) {
            break;
        }
    }
    return {};
}

Result<void> ModuleDecoder::read_header(ByteReader& reader) {
    constexpr std::array<uint8_t, 4> magic = {0x00, 0x61, 0x73, 0x6d};
    constexpr std::array<uint8_t, 4> version = {0x01, 0x00, 0x00, 0x00};
    EPSILON_TRY_ASSIGN(const auto found_magic, reader.bytes(magic.size(), "magic header"));
    if (!std::equal(magic.begin(), magic.end(), found_magic.begin())) {
        return make_error(ErrorKind::malformed,
                          "magic header not detected: the bytes do not begin with \\00asm", 0);
    }
    EPSILON_TRY_ASSIGN(const auto found, reader.bytes(version.size(), "binary version"));
    if (!std::equal(version.begin(), version.end(), found.begin())) {
        // Components share the magic number; their layer makes the version 0x1000d.
        const bool is_component = found[2] == 1 && found[3] == 0 && found[1] == 0;
        return make_error(ErrorKind::malformed,
                          concat("unknown binary version: expected 01 00 00 00, found ",
                                 hex(found[0]), " ", hex(found[1]), " ", hex(found[2]), " ",
                                 hex(found[3]), is_component ? " (a component?)" : ""),
                          magic.size());
    }
    return {};
}

Result<void> ModuleDecoder::read_section(uint8_t id, ByteReader& reader) {
    switch (id) {
        case custom_section:
            return read_custom(reader);
        case type_section:
            return read_types(reader);
        case import_section:
            return read_imports(reader);
        case function_section:
            return read_functions(reader);
        case table_section:
            return read_tables(reader);
        case memory_section:
            return read_memories(reader);
        case global_section:
            return read_globals(reader);
        case export_section:
            return read_exports(reader);
        case start_section:
            return read_start(reader);
        case element_section:
            return read_elements(reader);
        case code_section:
            return read_code(reader);
        case data_section:
            return read_data(reader);
        case data_count_section:
            return read_data_count(reader);
        default:
            return missing_proposal("exception-handling", "tag section", reader.position());
    }
}

Result<void> ModuleDecoder::read_custom(ByteReader& reader) {
    CustomSection section;
    EPSILON_TRY_ASSIGN(section.name, reader.name("name of a custom section"));
    section.begin = uint32_t(reader.position());
    section.size = uint32_t(reader.remaining());
    reader.move_to(reader.end_position());
    module_.customs.push_back(section);
    return {};
}

// What only the whole module shows.
Result<void> ModuleDecoder::check_counts() {
    const size_t defined = module_.functions.size() - module_.imported_functions;
    if (defined != module_.bodies.size()) {
        return make_error(ErrorKind::malformed,
                          concat("function and code section have inconsistent lengths: ", defined,
                                 " functions, ", module_.bodies.size(), " bodies"),
                          module_.bytes->size());
    }
    if (module_.data_count && *module_.data_count != module_.data.size()) {
        return make_error(
            ErrorKind::malformed,
            concat("data count and data section have inconsistent lengths: ", *module_.data_count,
                   " announced, ", module_.data.size(), " segments"),
            data_count_offset_);
    }
    return {};
}

Result<void> ModuleDecoder::read_types(ByteReader& reader) {
    EPSILON_TRY_ASSIGN(const uint32_t count,
                       read_count(reader, "count of types", options_.limits.types));
    module_.types.reserve(plausible_count(reader, count, 3));
    for (uint32_t i = 0; i < count; ++i) {
        EPSILON_TRY(read_function_type(reader));
    }
    find_equal_types();
    return {};
}

Result<void> ModuleDecoder::read_function_type(ByteReader& reader) {
    constexpr uint8_t function_form = 0x60;
    const size_t offset = reader.position();
    EPSILON_TRY_ASSIGN(const uint8_t form, reader.u8("type form"));
    if (form != function_form) {
        reader.move_to(offset);
        return reject_composite_type(reader);
    }
    FunctionType& type = module_.types.emplace_back();
    EPSILON_TRY(read_type_list(reader, type.params, "count of parameters", options_.limits.params));
    const size_t results_offset = reader.position();
    EPSILON_TRY(read_type_list(reader, type.results, "count of results", options_.limits.results));
    if (type.results.size() > 1 && !features_.has(Feature::multi_value)) {
        return switched_off(Feature::multi_value,
                            concat("function type with ", type.results.size(), " results"),
                            results_offset);
    }
    return {};
}

Result<void> ModuleDecoder::read_type_list(ByteReader& reader, std::vector<ValueType>& types,
                                           std::string_view what, uint32_t limit) {
    EPSILON_TRY_ASSIGN(const uint32_t count, read_count(reader, what, limit));
    types.reserve(plausible_count(reader, count, 1));
    for (uint32_t i = 0; i < count; ++i) {
        EPSILON_TRY_ASSIGN(const ValueType type, read_value_type(reader, features_));
        types.push_back(type);
    }
    return {};
}

// Anything but a function type.
Result<void> ModuleDecoder::reject_composite_type(ByteReader& reader) {
    const size_t offset = reader.position();
    EPSILON_TRY_ASSIGN(const uint8_t form, reader.u8("type form"));
    const std::string text = concat("type form 0x", hex(form));
    // The form is a signed LEB128 number of seven bits.
    if (form >= 0x80) {
        return make_error(ErrorKind::malformed, concat("integer representation too long: ", text),
                          offset);
    }
    switch (form) {
        case 0x5e: {
            // The specification's tests want a broken array type to be malformed.
            EPSILON_TRY_ASSIGN(const uint8_t element, reader.u8("array's element type"));
            if (element != 0x63 && element != 0x64) {
                EPSILON_TRY_ASSIGN(const uint8_t mutability, reader.u8("mutability"));
                if (mutability > 1) {
                    return make_error(ErrorKind::malformed,
                                      concat("malformed mutability: 0x", hex(mutability)),
                                      reader.position() - 1);
                }
            }
            [[fallthrough]];
        }
        case 0x4e:  // recursion group
        case 0x4f:  // final subtype
        case 0x50:  // subtype
        case 0x5f:  // structure
            return missing_proposal("gc", text, offset);
        case 0x5d:
            return missing_proposal("stack-switching", text, offset);
        case 0x65:
            return missing_proposal("shared-everything-threads", text, offset);
        default:
            return make_error(ErrorKind::malformed, concat("malformed type form: 0x", hex(form)),
                              offset);
    }
}

void ModuleDecoder::find_equal_types() {
    const std::vector<FunctionType>& types = module_.types;
    const auto compare_lists = [](const std::vector<ValueType>& a,
                                  const std::vector<ValueType>& b) {
        if (a.size() != b.size()) {
            return a.size() < b.size() ? -1 : 1;
        }
        for (size_t i = 0; i < a.size(); ++i) {
            if (a[i] != b[i]) {
                return a[i].bits() < b[i].bits() ? -1 : 1;
            }
        }
        return 0;
    };
    const auto compare = [&](const FunctionType& a, const FunctionType& b) {
        const int order = compare_lists(a.params, b.params);
        return order != 0 ? order : compare_lists(a.results, b.results);
    };
    // Sorting does not slow down for chosen types, as hashing would.
    std::vector<uint32_t> sorted(types.size());
    std::iota(sorted.begin(), sorted.end(), 0u);
    std::sort(sorted.begin(), sorted.end(), [&](uint32_t a, uint32_t b) {
        const int order = compare(types[a], types[b]);
        return order != 0 ? order < 0 : a < b;
    });
    module_.canonical_types.resize(types.size());
    uint32_t first = 0;
    for (size_t i = 0; i < sorted.size(); ++i) {
        if (i == 0 || compare(types[sorted[i - 1]], types[sorted[i]]) != 0) {
            first = sorted[i];
        }
        module_.canonical_types[sorted[i]] = first;
    }
}

Result<void> ModuleDecoder::read_imports(ByteReader& reader) {
    EPSILON_TRY_ASSIGN(const uint32_t count,
                       read_count(reader, "count of imports", options_.limits.imports));
    module_.imports.reserve(plausible_count(reader, count, 4));
    for (uint32_t i = 0; i < count; ++i) {
        EPSILON_TRY(read_import(reader));
    }
    module_.imported_functions = uint32_t(module_.functions.size());
    module_.imported_tables = uint32_t(module_.tables.size());
    module_.imported_memories = uint32_t(module_.memories.size());
    module_.imported_globals = uint32_t(module_.globals.size());
    return {};
}

Result<void> ModuleDecoder::read_import(ByteReader& reader) {
    Import import{};
    EPSILON_TRY_ASSIGN(import.module, reader.name("module name of an import"));
    EPSILON_TRY_ASSIGN(import.name, reader.name("name of an import"));
    const size_t offset = reader.position();
    EPSILON_TRY_ASSIGN(const uint8_t kind, reader.u8("import kind"));
    switch (kind) {
        case 0:
            import.kind = ExternKind::function;
            import.index = uint32_t(module_.functions.size());
            EPSILON_TRY(read_type_index(reader));
            break;
        case 1:
            import.kind = ExternKind::table;
            import.index = uint32_t(module_.tables.size());
            EPSILON_TRY(read_table_type(reader));
            break;
        case 2:
            import.kind = ExternKind::memory;
            import.index = uint32_t(module_.memories.size());
            EPSILON_TRY(read_memory_type(reader));
            break;
        case 3: {
            import.kind = ExternKind::global;
            import.index = uint32_t(module_.globals.size());
            EPSILON_TRY_ASSIGN(const GlobalType type, read_global_type(reader));
            if (type.is_mutable && !features_.has(Feature::mutable_globals)) {
                return switched_off(Feature::mutable_globals, "import of a mutable global", offset);
            }
            module_.globals.push_back({type, {}});
            break;
        }
        case 4:
            return missing_proposal("exception-handling", "import of a tag", offset);
        default:
            return make_error(ErrorKind::malformed, concat("malformed import kind: 0x", hex(kind)),
                              offset);
    }
    const ModuleLimits& limits = options_.limits;
    const uint32_t most[] = {limits.functions, limits.tables, limits.memories, limits.globals};
    if (import.index >= most[size_t(import.kind)]) {
        return make_error(
            ErrorKind::limit,
            concat("too many: imported ", kind_plurals[size_t(import.kind)], " ", import.index + 1,
                   " exceed the limit of ", most[size_t(import.kind)]),
            offset);
    }
    module_.imports.push_back(import);
    return {};
}

Result<void> ModuleDecoder::read_type_index(ByteReader& reader) {
    const size_t offset = reader.position();
    EPSILON_TRY_ASSIGN(const uint32_t type, reader.u32("type index"));
    check_index(type, module_.types.size(), "type", offset);
    module_.functions.push_back(type);
    return {};
}

Result<void> ModuleDecoder::read_functions(ByteReader& reader) {
    EPSILON_TRY_ASSIGN(const uint32_t count,
                       read_count(reader, "count of functions", options_.limits.functions,
                                  module_.functions.size()));
    module_.functions.reserve(module_.functions.size() + plausible_count(reader, count, 1));
    for (uint32_t i = 0; i < count; ++i) {
        EPSILON_TRY(read_type_index(reader));
    }
    return {};
}

Result<Limits> ModuleDecoder::read_limits(ByteReader& reader, uint64_t most,
                                          std::string_view too_large) {
    constexpr uint8_t has_maximum = 1;
    constexpr uint8_t is_shared = 2;
    constexpr uint8_t is_64_bit = 4;
    const size_t offset = reader.position();
    EPSILON_TRY_ASSIGN(const uint8_t flags, reader.u8("limits flags"));
    if (flags > (has_maximum | is_shared | is_64_bit)) {
        return make_error(ErrorKind::malformed, concat("malformed limits flags: 0x", hex(flags)),
                          offset);
    }
    if ((flags & is_64_bit) != 0) {
        return missing_proposal("memory64", concat("limits flags 0x", hex(flags)), offset);
    }
    if ((flags & is_shared) != 0) {
        return missing_proposal("threads", concat("limits flags 0x", hex(flags)), offset);
    }
    Limits limits;
    EPSILON_TRY_ASSIGN(limits.min, reader.u64("minimum of limits"));
    if ((flags & has_maximum) != 0) {
        EPSILON_TRY_ASSIGN(const uint64_t max, reader.u64("maximum of limits"));
        limits.max = max;
    }
    if (limits.min > most || limits.max.value_or(0) > most) {
        invalid(offset,
                concat(too_large, ", found ", std::max(limits.min, limits.max.value_or(0))));
    } else if (limits.max && limits.min > *limits.max) {
        invalid(offset, concat("size minimum must not be greater than maximum: ", limits.min, " > ",
                               *limits.max));
    }
    return limits;
}

Result<void> ModuleDecoder::read_table_type(ByteReader& reader) {
    const size_t offset = reader.position();
    if (module_.tables.size() >= 1 && !features_.has(Feature::reference_types)) {
        return switched_off(Feature::reference_types, "more than one table", offset);
    }
    // 0x40 announces an initial value.
    if (!reader.at_end() && reader.peek() == 0x40) {
        return missing_proposal("function-references", "table with an initial value", offset);
    }
    ModuleTable table;
    EPSILON_TRY_ASSIGN(table.type.element, read_reference_type(reader, features_));
    EPSILON_TRY_ASSIGN(table.type.limits, read_limits(reader, UINT32_MAX, too_many_elements));
    module_.tables.push_back(std::move(table));
    return {};
}

Result<void> ModuleDecoder::read_tables(ByteReader& reader) {
    EPSILON_TRY_ASSIGN(
        const uint32_t count,
        read_count(reader, "count of tables", options_.limits.tables, module_.tables.size()));
    for (uint32_t i = 0; i < count; ++i) {
        EPSILON_TRY(read_table_type(reader));
    }
    return {};
}

Result<void> ModuleDecoder::read_memory_type(ByteReader& reader) {
    if (module_.memories.size() >= 1 && !features_.has(Feature::multi_memory)) {
        return switched_off(Feature::multi_memory, "more than one memory", reader.position());
    }
    MemoryType memory;
    EPSILON_TRY_ASSIGN(memory.limits, read_limits(reader, most_pages, too_many_pages));
    module_.memories.push_back(memory);
    return {};
}

Result<void> ModuleDecoder::read_memories(ByteReader& reader) {
    EPSILON_TRY_ASSIGN(
        const uint32_t count,
        read_count(reader, "count of memories", options_.limits.memories, module_.memories.size()));
    for (uint32_t i = 0; i < count; ++i) {
        EPSILON_TRY(read_memory_type(reader));
    }
    return {};
}

Result<GlobalType> ModuleDecoder::read_global_type(ByteReader& reader) {
    GlobalType type;
    EPSILON_TRY_ASSIGN(type.value, read_value_type(reader, features_));
    const size_t offset = reader.position();
    EPSILON_TRY_ASSIGN(const uint8_t mutability, reader.u8("mutability"));
    if (mutability > 1) {
        return make_error(ErrorKind::malformed, concat("malformed mutability: 0x", hex(mutability)),
                          offset);
    }
    type.is_mutable = mutability == 1;
    return type;
}

Result<void> ModuleDecoder::read_globals(ByteReader& reader) {
    EPSILON_TRY_ASSIGN(
        const uint32_t count,
        read_count(reader, "count of globals", options_.limits.globals, module_.globals.size()));
    module_.globals.reserve(module_.globals.size() + plausible_count(reader, count, 3));
    for (uint32_t i = 0; i < count; ++i) {
        // An initial value may refer to the globals before its own.
        EPSILON_TRY_ASSIGN(const GlobalType type, read_global_type(reader));
        EPSILON_TRY_ASSIGN(const ConstantExpression init, read_constant(reader, type.value));
        module_.globals.push_back({type, init});
    }
    return {};
}

Result<void> ModuleDecoder::read_exports(ByteReader& reader) {
    EPSILON_TRY_ASSIGN(const uint32_t count,
                       read_count(reader, "count of exports", options_.limits.exports));
    module_.exports.reserve(plausible_count(reader, count, 3));
    std::vector<uint32_t> offsets;
    for (uint32_t i = 0; i < count; ++i) {
        offsets.push_back(uint32_t(reader.position()));
        EPSILON_TRY(read_export(reader));
    }
    check_export_names(offsets);
    sort_function_exports();
    return {};
}

Result<void> ModuleDecoder::read_export(ByteReader& reader) {
    Export item{};
    EPSILON_TRY_ASSIGN(item.name, reader.name("name of an export"));
    const size_t offset = reader.position();
    EPSILON_TRY_ASSIGN(const uint8_t kind, reader.u8("export kind"));
    if (kind == 4) {
        return missing_proposal("exception-handling", "export of a tag", offset);
    }
    if (kind > 4) {
        return make_error(ErrorKind::malformed, concat("malformed export kind: 0x", hex(kind)),
                          offset);
    }
    EPSILON_TRY_ASSIGN(item.index, reader.u32("index of an export"));
    constexpr ExternKind kinds[] = {ExternKind::function, ExternKind::table, ExternKind::memory,
                                    ExternKind::global};
    const size_t counts[] = {module_.functions.size(), module_.tables.size(),
                             module_.memories.size(), module_.globals.size()};
    item.kind = kinds[kind];
    if (check_index(item.index, counts[kind], to_string(item.kind), offset)) {
        if (item.kind == ExternKind::function) {
            declare(item.index);
        } else if (item.kind == ExternKind::global && module_.globals[item.index].type.is_mutable &&
                   !features_.has(Feature::mutable_globals)) {
            return switched_off(Feature::mutable_globals, "export of a mutable global", offset);
        }
    }
    module_.exports.push_back(item);
    return {};
}

void ModuleDecoder::check_export_names(const std::vector<uint32_t>& offsets) {
    const std::vector<Export>& exports = module_.exports;
    std::vector<uint32_t>& sorted = module_.exports_by_name;
    sorted.resize(exports.size());
    std::iota(sorted.begin(), sorted.end(), 0u);
    std::sort(sorted.begin(), sorted.end(), [&](uint32_t a, uint32_t b) {
        const int order = exports[a].name.compare(exports[b].name);
        return order != 0 ? order < 0 : a < b;
    });
    // The first in the module that repeats a name.
    uint32_t repeated = UINT32_MAX;
    for (size_t i = 1; i < sorted.size(); ++i) {
        if (exports[sorted[i - 1]].name == exports[sorted[i]].name) {
            repeated = std::min(repeated, sorted[i]);
        }
    }
    if (repeated != UINT32_MAX) {
        invalid(offsets[repeated],
                concat("duplicate export name: ", quoted(exports[repeated].name)));
    }
}

void ModuleDecoder::sort_function_exports() {
    const std::vector<Export>& exports = module_.exports;
    std::vector<uint32_t>& sorted = module_.exports_by_function;
    for (uint32_t i = 0; i < exports.size(); ++i) {
        if (exports[i].kind == ExternKind::function) {
            sorted.push_back(i);
        }
    }
    std::sort(sorted.begin(), sorted.end(), [&](uint32_t a, uint32_t b) {
        return exports[a].index != exports[b].index ? exports[a].index < exports[b].index : a < b;
    });
}

Result<void> ModuleDecoder::read_start(ByteReader& reader) {
    const size_t offset = reader.position();
    EPSILON_TRY_ASSIGN(const uint32_t function, reader.u32("start function"));
    module_.start = function;
    if (!check_index(function, module_.functions.size(), "function", offset) ||
        !check_index(module_.functions[function], module_.types.size(), "type", offset)) {
        return {};
    }
    const FunctionType& type = module_.function_type(function);
    if (!type.params.empty() || !type.results.empty()) {
        invalid(offset,
                concat("start function: its type must be [] -> [], found ", to_string(type)));
    }
    return {};
}

Result<void> ModuleDecoder::read_data_count(ByteReader& reader) {
    data_count_offset_ = uint32_t(reader.position());
    if (!features_.has(Feature::bulk_memory)) {
        return switched_off(Feature::bulk_memory, "data count section", reader.position());
    }
    EPSILON_TRY_ASSIGN(const uint32_t count, reader.u32("data count"));
    module_.data_count = count;
    return {};
}

Result<void> ModuleDecoder::read_code(ByteReader& reader) {
    EPSILON_TRY_ASSIGN(const uint32_t count,
                       read_count(reader, "count of function bodies", options_.limits.functions));
    module_.bodies.reserve(plausible_count(reader, count, 3));
    for (uint32_t i = 0; i < count; ++i) {
        const size_t offset = reader.position();
        EPSILON_TRY_ASSIGN(const uint32_t size, reader.u32("size of a function body"));
        FunctionBody body;
        body.begin = uint32_t(reader.position());
        EPSILON_TRY(reader.bytes(size, "function body"));
        body.end = uint32_t(reader.position());
        if (size > options_.limits.body_bytes) {
            return make_error(ErrorKind::limit,
                              concat("function body too large: ", size,
                                     " bytes exceed the limit of ", options_.limits.body_bytes),
                              offset);
        }
        module_.bodies.push_back(body);
    }
    return {};
}

}  // namespace epsilon
