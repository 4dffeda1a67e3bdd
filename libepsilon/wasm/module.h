// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "wasm/features.h"
#include "wasm/types.h"

namespace epsilon {

// A decoded and validated module (specification: Structure, Modules). Immutable once made.
// Indices are the specification's index spaces: imports first. Offsets are bytes from the start
// of the module's binary, which `bytes` owns; names and bodies are views into it.

struct Import {
    std::string_view module;
    std::string_view name;
    ExternKind kind;
    uint32_t index;  // in the index space of its kind
};

struct Export {
    std::string_view name;
    ExternKind kind;
    uint32_t index;
};

// A function's code: the bytes after the size field, local declarations included.
struct FunctionBody {
    uint32_t begin = 0;  // offset of the local declarations
    uint32_t end = 0;    // one past the final `end` opcode
};

// A constant expression, already validated: its instructions, `end` included.
// The common single-instruction forms are recognised so that instantiation need not decode.
struct ConstantExpression {
    enum class Form : uint8_t {
        value,        // `bits` holds the constant (v128 in low and high)
        global,       // global.get index
        function,     // ref.func index
        null,         // ref.null
        instructions  // anything else: evaluate begin..end
    };
    Form form = Form::value;
    ValueType type;
    uint32_t begin = 0;
    uint32_t end = 0;
    uint32_t index = 0;
    uint64_t low = 0;
    uint64_t high = 0;
};

struct ModuleTable {
    TableType type;
    std::optional<ConstantExpression> init;  // WebAssembly 3.0
};

struct ModuleGlobal {
    GlobalType type;
    ConstantExpression init;  // only for defined globals
};

enum class SegmentMode : uint8_t { active, passive, declarative };

struct ElementSegment {
    SegmentMode mode = SegmentMode::passive;
    ValueType type = ValueType::funcref();
    uint32_t table = 0;
    ConstantExpression offset;  // active only
    // Either function indices, or expressions; never both.
    std::vector<uint32_t> functions;
    std::vector<ConstantExpression> expressions;
    uint32_t size() const {
        return uint32_t(expressions.empty() ? functions.size() : expressions.size());
    }
};

struct DataSegment {
    SegmentMode mode = SegmentMode::passive;
    uint32_t memory = 0;
    ConstantExpression offset;  // active only
    uint32_t begin = 0;         // offset of the segment's bytes
    uint32_t size = 0;
};

struct CustomSection {
    std::string_view name;
    uint32_t begin = 0;  // offset of the content after the name
    uint32_t size = 0;
};

struct Module {
    std::shared_ptr<const std::vector<uint8_t>> bytes;
    Features features;

    std::vector<FunctionType> types;
    // For each type index, the lowest index of an equal type: types are equal exactly when their
    // canonical indices are (within this module).
    std::vector<uint32_t> canonical_types;

    std::vector<Import> imports;
    std::vector<uint32_t> functions;  // type index of every function
    std::vector<ModuleTable> tables;
    std::vector<MemoryType> memories;
    std::vector<ModuleGlobal> globals;
    uint32_t imported_functions = 0;
    uint32_t imported_tables = 0;
    uint32_t imported_memories = 0;
    uint32_t imported_globals = 0;

    std::vector<Export> exports;            // in declaration order
    std::vector<uint32_t> exports_by_name;  // indices into exports, sorted by name
    // Indices into exports of those that are functions, sorted by function, then by declaration.
    std::vector<uint32_t> exports_by_function;
    std::optional<uint32_t> start;
    std::vector<ElementSegment> elements;
    std::vector<DataSegment> data;
    std::optional<uint32_t> data_count;
    std::vector<FunctionBody> bodies;  // of the defined functions
    std::vector<CustomSection> customs;

    // Name section (specification: Appendix, Custom Sections); empty when absent or broken.
    std::string_view name;
    std::unordered_map<uint32_t, std::string_view> function_names;

    const FunctionType& function_type(uint32_t function) const {
        return types[functions[function]];
    }
    std::span<const uint8_t> span(uint32_t begin, uint32_t end) const {
        return {bytes->data() + begin, end - begin};
    }
    // From the name section, else the first export of that function, else empty.
    std::string_view function_name(uint32_t function) const;
    const Export* find_export(std::string_view export_name) const;
};

}  // namespace epsilon
