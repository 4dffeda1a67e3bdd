// SPDX-License-Identifier: Apache-2.0
#include "wasm/type_reader.h"

#include "base/text.h"
#include "wasm/unsupported.h"

namespace epsilon {

namespace {

// An error for a byte that is no type of this version.
ErrorPtr no_type(std::string_view message, uint8_t byte, size_t offset) {
    if (const std::string_view proposal = proposal_of_type(byte); !proposal.empty()) {
        return missing_proposal(proposal, concat("type 0x", hex(byte)), offset);
    }
    return make_error(ErrorKind::malformed, concat(message, ": 0x", hex(byte)), offset);
}

}  // namespace

Result<ValueType> read_value_type(ByteReader& reader, Features features) {
    const size_t offset = reader.position();
    EPSILON_TRY_ASSIGN(const uint8_t byte, reader.u8("value type"));
    const ValueType type = value_type_of_byte(byte);
    switch (type.kind()) {
        case ValueType::bottom:
            return no_type("malformed value type", byte, offset);
        case ValueType::v128:
            if (!features.has(Feature::simd)) {
                return switched_off(Feature::simd, "type v128", offset);
            }
            break;
        case ValueType::reference:
            if (!features.has(Feature::reference_types)) {
                return switched_off(Feature::reference_types, concat("type ", to_string(type)),
                                    offset);
            }
            break;
        default:
            break;
    }
    return type;
}

Result<ValueType> read_reference_type(ByteReader& reader, Features features) {
    const size_t offset = reader.position();
    EPSILON_TRY_ASSIGN(const uint8_t byte, reader.u8("reference type"));
    const ValueType type = value_type_of_byte(byte);
    if (!type.is_reference()) {
        return no_type("malformed reference type", byte, offset);
    }
    if (type != ValueType::funcref() && !features.has(Feature::reference_types)) {
        return switched_off(Feature::reference_types, concat("type ", to_string(type)), offset);
    }
    return type;
}

Result<HeapType> read_heap_type(ByteReader& reader, Features features) {
    const size_t offset = reader.position();
    if (!features.has(Feature::reference_types)) {
        return switched_off(Feature::reference_types, "heap type", offset);
    }
    EPSILON_TRY_ASSIGN(const int64_t code, reader.s33("heap type"));
    if (code >= 0) {
        return missing_proposal("function-references", concat("heap type ", code), offset);
    }
    // Abstract heap types are negative numbers that take a single byte.
    if (reader.position() != offset + 1) {
        return make_error(ErrorKind::malformed, "malformed heap type: more than one byte", offset);
    }
    const auto byte = uint8_t(code & 0x7f);
    const ValueType type = value_type_of_byte(byte);
    if (!type.is_reference()) {
        return no_type("malformed heap type", byte, offset);
    }
    return type.heap();
}

}  // namespace epsilon
