// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "base/text.h"
#include "decode/module_decoder.h"
#include "wasm/type_reader.h"
#include "wasm/unsupported.h"

namespace epsilon {

Result<void> ModuleDecoder::read_elements(ByteReader& reader) {
    EPSILON_TRY_ASSIGN(const uint32_t count, read_count(reader, "count of element segments",
                                                        options_.limits.element_segments));
    module_.elements.reserve(
        std::min<size_t>(plausible_count(reader, count, 3), options_.limits.element_segments));
    for (uint32_t i = 0; i < count; ++i) {
        EPSILON_TRY_ASSIGN(ElementSegment segment, read_element(reader));
        module_.elements.push_back(std::move(segment));
    }
    return {};
}

// Specification: Binary Format, Element Section. Of the flags, bit 0 tells segments that are not
// active, bit 1 an explicit table (or, with bit 0, a declarative segment), bit 2 expressions.
Result<ElementSegment> ModuleDecoder::read_element(ByteReader& reader) {
    constexpr uint32_t not_active = 1;
    constexpr uint32_t has_table = 2;
    constexpr uint32_t has_expressions = 4;
    const size_t offset = reader.position();
    EPSILON_TRY_ASSIGN(const uint32_t flags, reader.u32("flags of an element segment"));
    if (flags > (not_active | has_table | has_expressions)) {
        return make_error(ErrorKind::malformed, concat("malformed elements segment kind: ", flags),
                          offset);
    }
    if (flags != 0 && !features_.has(Feature::bulk_memory)) {
        return switched_off(Feature::bulk_memory, concat("element segment of kind ", flags),
                            offset);
    }
    if ((flags & (not_active | has_table)) == (not_active | has_table) &&
        !features_.has(Feature::reference_types)) {
        return switched_off(Feature::reference_types, "declarative element segment", offset);
    }
    ElementSegment segment;
    size_t table_offset = offset;
    if ((flags & not_active) == 0) {
        segment.mode = SegmentMode::active;
        if ((flags & has_table) != 0) {
            table_offset = reader.position();
            EPSILON_TRY_ASSIGN(segment.table, reader.u32("table of an element segment"));
        }
        EPSILON_TRY_ASSIGN(segment.offset, read_constant(reader, ValueType::i32));
    } else {
        segment.mode = (flags & has_table) != 0 ? SegmentMode::declarative : SegmentMode::passive;
    }
    if ((flags & (not_active | has_table)) != 0) {
        if ((flags & has_expressions) != 0) {
            EPSILON_TRY_ASSIGN(segment.type, read_reference_type(reader, features_));
        } else {
            EPSILON_TRY_ASSIGN(const uint8_t kind, reader.u8("element kind"));
            if (kind != 0) {
                return make_error(ErrorKind::malformed,
                                  concat("malformed element kind: 0x", hex(kind)),
                                  reader.position() - 1);
            }
        }
    }
    if (segment.mode == SegmentMode::active &&
        check_index(segment.table, module_.tables.size(), "table", table_offset)) {
        const ValueType element = module_.tables[segment.table].type.element;
        if (element != segment.type) {
            invalid(offset, concat("type mismatch: element segment of ", to_string(segment.type),
                                   " for a table of ", to_string(element)));
        }
    }
    EPSILON_TRY(read_element_items(reader, segment, (flags & has_expressions) != 0));
    return segment;
}

Result<void> ModuleDecoder::read_element_items(ByteReader& reader, ElementSegment& segment,
                                               bool are_expressions) {
    EPSILON_TRY_ASSIGN(const uint32_t count, read_count(reader, "count of elements",
                                                        options_.limits.table_init_elements));
    if (are_expressions) {
        segment.expressions.reserve(plausible_count(reader, count, 3));
        for (uint32_t i = 0; i < count; ++i) {
            EPSILON_TRY_ASSIGN(const ConstantExpression item, read_constant(reader, segment.type));
            segment.expressions.push_back(item);
        }
        return {};
    }
    segment.functions.reserve(plausible_count(reader, count, 1));
    for (uint32_t i = 0; i < count; ++i) {
        const size_t offset = reader.position();
        EPSILON_TRY_ASSIGN(const uint32_t function, reader.u32("function index"));
        if (check_index(function, module_.functions.size(), "function", offset)) {
            declare(function);
        }
        segment.functions.push_back(function);
    }
    return {};
}

Result<void> ModuleDecoder::read_data(ByteReader& reader) {
    EPSILON_TRY_ASSIGN(const uint32_t count,
                       read_count(reader, "count of data segments", options_.limits.data_segments));
    module_.data.reserve(
        std::min<size_t>(plausible_count(reader, count, 2), options_.limits.data_segments));
    for (uint32_t i = 0; i < count; ++i) {
        EPSILON_TRY_ASSIGN(const DataSegment segment, read_data_segment(reader));
        module_.data.push_back(segment);
    }
    return {};
}

// Specification: Binary Format, Data Section.
Result<DataSegment> ModuleDecoder::read_data_segment(ByteReader& reader) {
    constexpr uint32_t active = 0;
    constexpr uint32_t passive = 1;
    constexpr uint32_t active_with_memory = 2;
    const size_t offset = reader.position();
    EPSILON_TRY_ASSIGN(const uint32_t flags, reader.u32("flags of a data segment"));
    if (flags > active_with_memory) {
        return make_error(ErrorKind::malformed, concat("malformed data segment kind: ", flags),
                          offset);
    }
    if (flags != active && !features_.has(Feature::bulk_memory)) {
        return switched_off(Feature::bulk_memory, concat("data segment of kind ", flags), offset);
    }
    DataSegment segment;
    if (flags != passive) {
        segment.mode = SegmentMode::active;
        size_t memory_offset = offset;
        if (flags == active_with_memory) {
            memory_offset = reader.position();
            EPSILON_TRY_ASSIGN(segment.memory, reader.u32("memory of a data segment"));
            if (segment.memory != 0 && !features_.has(Feature::multi_memory)) {
                return switched_off(Feature::multi_memory, "memory index of a data segment",
                                    memory_offset);
            }
        }
        check_index(segment.memory, module_.memories.size(), "memory", memory_offset);
        EPSILON_TRY_ASSIGN(segment.offset, read_constant(reader, ValueType::i32));
    }
    EPSILON_TRY_ASSIGN(segment.size, reader.u32("size of a data segment"));
    segment.begin = uint32_t(reader.position());
    EPSILON_TRY(reader.bytes(segment.size, "data segment"));
    return segment;
}

}  // namespace epsilon
