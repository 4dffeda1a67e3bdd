// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/byte_reader.h"
#include "wasm/features.h"
#include "wasm/types.h"

namespace epsilon {

// Types as they stand in the binary (specification: Binary Format, Types). Forms of features that
// are off, or of later versions of the language, give an unsupported error.
Result<ValueType> read_value_type(ByteReader& reader, Features features);
// The type of a table's or element segment's elements: funcref needs no feature there.
Result<ValueType> read_reference_type(ByteReader& reader, Features features);
Result<HeapType> read_heap_type(ByteReader& reader, Features features);

// The value type of a single byte that was checked before.
constexpr ValueType value_type_of_byte(uint8_t byte) {
    switch (byte) {
        case 0x7f:
            return ValueType::i32;
        case 0x7e:
            return ValueType::i64;
        case 0x7d:
            return ValueType::f32;
        case 0x7c:
            return ValueType::f64;
        case 0x7b:
            return ValueType::v128;
        case 0x70:
            return ValueType::funcref();
        case 0x6f:
            return ValueType::externref();
        default:
            return ValueType::bottom;
    }
}

}  // namespace epsilon
