// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "base/byte_reader.h"
#include "decode/decode.h"
#include "wasm/module.h"

namespace epsilon {

// Decodes all of a module but the inside of function bodies, and validates what it decodes
// (specification: Binary Format, Modules; Validation, Modules). A section only refers to sections
// before it, so that each item is validated as it is read; the first thing found invalid is kept
// and reported only if the rest is well-formed.
class ModuleDecoder {
public:
    // `module` has its bytes and features set; it is filled in.
    ModuleDecoder(Module& module, const DecodeOptions& options);

    Result<void> run();

    // For each function whether it may be the operand of ref.func in a body: whether it is
    // exported, or occurs in an element segment or a constant expression.
    const std::vector<bool>& declared_functions() const { return declared_; }

private:
    Result<void> read_header(ByteReader& reader);
    Result<void> read_section(uint8_t id, ByteReader& reader);
    Result<void> read_custom(ByteReader& reader);
    Result<void> check_counts();

    Result<void> read_types(ByteReader& reader);
    Result<void> read_function_type(ByteReader& reader);
    Result<void> read_type_list(ByteReader& reader, std::vector<ValueType>& types,
                                std::string_view what, uint32_t limit);
    Result<void> reject_composite_type(ByteReader& reader);
    void find_equal_types();

    Result<void> read_imports(ByteReader& reader);
    Result<void> read_import(ByteReader& reader);
    Result<void> read_functions(ByteReader& reader);
    Result<void> read_tables(ByteReader& reader);
    Result<void> read_memories(ByteReader& reader);
    Result<void> read_globals(ByteReader& reader);
    Result<void> read_exports(ByteReader& reader);
    Result<void> read_export(ByteReader& reader);
    void check_export_names(const std::vector<uint32_t>& offsets);
    void sort_function_exports();
    Result<void> read_start(ByteReader& reader);
    Result<void> read_data_count(ByteReader& reader);
    Result<void> read_code(ByteReader& reader);

    // Items that imports and sections have in common.
    Result<void> read_type_index(ByteReader& reader);
    Result<void> read_table_type(ByteReader& reader);
    Result<void> read_memory_type(ByteReader& reader);
    Result<GlobalType> read_global_type(ByteReader& reader);
    Result<Limits> read_limits(ByteReader& reader, uint64_t most, std::string_view too_large);

    // segments.cpp
    Result<void> read_elements(ByteReader& reader);
    Result<ElementSegment> read_element(ByteReader& reader);
    Result<void> read_element_items(ByteReader& reader, ElementSegment& segment,
                                    bool are_expressions);
    Result<void> read_data(ByteReader& reader);
    Result<DataSegment> read_data_segment(ByteReader& reader);

    // constant_expression.cpp
    Result<ConstantExpression> read_constant(ByteReader& reader, ValueType type);

    // A vector's count. When so many cannot be in the bytes left, the limit is not asked: the
    // reading will end with the bytes.
    Result<uint32_t> read_count(ByteReader& reader, std::string_view what, uint64_t limit,
                                size_t already = 0);
    // Whether there is an item of this index; invalid otherwise.
    bool check_index(uint64_t index, size_t count, std::string_view what, size_t offset);
    void invalid(size_t offset, std::string message);
    void declare(uint32_t function);

    Module& module_;
    const DecodeOptions& options_;
    const Features features_;
    ErrorPtr invalid_;  // the first thing found invalid
    std::vector<bool> declared_;
    uint32_t data_count_offset_ = 0;
    std::vector<ValueType> constant_stack_;
};

// How much to reserve for `count` items of at least `bytes` bytes each, of which the reader has
// so many left: never more than can come.
inline size_t plausible_count(const ByteReader& reader, uint32_t count, size_t bytes) {
    const size_t most = reader.remaining() / bytes;
    return count < most ? count : most;
}

}  // namespace epsilon
