// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstring>
#include <optional>

#include "epsilon.h"
#include "runtime/abi.h"
#include "wasm/types.h"

// Values and their types on both sides of the door.
namespace epsilon::capi {

static_assert(sizeof(Value) == sizeof(epsilon_value_t));
static_assert(alignof(Value) <= alignof(epsilon_value_t));

inline const Value* from_c(const epsilon_value_t* values) {
    return reinterpret_cast<const Value*>(values);
}
inline Value* from_c(epsilon_value_t* values) {
    return reinterpret_cast<Value*>(values);
}

inline const epsilon_value_t* to_c(const Value* values) {
    return reinterpret_cast<const epsilon_value_t*>(values);
}
inline epsilon_value_t* to_c(Value* values) {
    return reinterpret_cast<epsilon_value_t*>(values);
}

// 0 for a type that epsilon.h has no number for.
constexpr epsilon_valtype_t to_c(ValueType type) {
    switch (type.kind()) {
        case ValueType::i32:
            return EPSILON_VALTYPE_I32;
        case ValueType::i64:
            return EPSILON_VALTYPE_I64;
        case ValueType::f32:
            return EPSILON_VALTYPE_F32;
        case ValueType::f64:
            return EPSILON_VALTYPE_F64;
        case ValueType::v128:
            return EPSILON_VALTYPE_V128;
        case ValueType::reference:
            if (type == ValueType::funcref()) return EPSILON_VALTYPE_FUNCREF;
            if (type == ValueType::externref()) return EPSILON_VALTYPE_EXTERNREF;
            return 0;
        case ValueType::bottom:
            break;
    }
    return 0;
}

constexpr std::optional<ValueType> value_type(epsilon_valtype_t type) {
    switch (type) {
        case EPSILON_VALTYPE_I32:
            return ValueType::i32;
        case EPSILON_VALTYPE_I64:
            return ValueType::i64;
        case EPSILON_VALTYPE_F32:
            return ValueType::f32;
        case EPSILON_VALTYPE_F64:
            return ValueType::f64;
        case EPSILON_VALTYPE_V128:
            return ValueType::v128;
        case EPSILON_VALTYPE_FUNCREF:
            return ValueType::funcref();
        case EPSILON_VALTYPE_EXTERNREF:
            return ValueType::externref();
        default:
            return std::nullopt;
    }
}

// The value with all that is not of its type zero: embedders set one member of the union and
// leave the rest as it was.
inline Value normalised(ValueType type, const Value& value) {
    switch (type.kind()) {
        case ValueType::i32:
        case ValueType::f32:
            return {value.low & 0xffffffff, 0};
        case ValueType::v128:
            return value;
        default:
            return {value.low, 0};
    }
}

}  // namespace epsilon::capi
