// SPDX-License-Identifier: Apache-2.0
#include "handles.h"

using namespace epsilon;
using namespace epsilon::capi;

namespace {

std::vector<epsilon_valtype_t> to_c(const std::vector<ValueType>& types) {
    std::vector<epsilon_valtype_t> result;
    result.reserve(types.size());
    for (const ValueType type : types) {
        result.push_back(capi::to_c(type));
    }
    return result;
}

std::string limits_text(const Limits& limits) {
    std::string text = std::to_string(limits.min);
    if (limits.max) {
        text += concat(" ", *limits.max);
    }
    return text;
}

const epsilon_valtype_t* array(const std::vector<epsilon_valtype_t>& types, size_t* count) {
    set(count, types.size());
    return types.empty() ? nullptr : types.data();
}

}  // namespace

epsilon_type::epsilon_type(const FunctionType& type)
    : kind(EPSILON_EXTERNKIND_FUNC),
      params(::to_c(type.params)),
      results(::to_c(type.results)),
      text(to_string(type)) {}

epsilon_type::epsilon_type(const TableType& type)
    : kind(EPSILON_EXTERNKIND_TABLE),
      content(capi::to_c(type.element)),
      minimum(type.limits.min),
      maximum(type.limits.max),
      text(concat(limits_text(type.limits), " ", to_string(type.element))) {}

epsilon_type::epsilon_type(const MemoryType& type)
    : kind(EPSILON_EXTERNKIND_MEMORY),
      minimum(type.limits.min),
      maximum(type.limits.max),
      text(limits_text(type.limits)) {}

epsilon_type::epsilon_type(const GlobalType& type)
    : kind(EPSILON_EXTERNKIND_GLOBAL),
      content(capi::to_c(type.value)),
      is_mutable(type.is_mutable),
      text(type.is_mutable ? concat("(mut ", to_string(type.value), ")") : to_string(type.value)) {}

epsilon_type epsilon_type::of(const Module& module, ExternKind kind, uint32_t index) {
    switch (kind) {
        case ExternKind::table:
            return epsilon_type(module.tables[index].type);
        case ExternKind::memory:
            return epsilon_type(module.memories[index]);
        case ExternKind::global:
            return epsilon_type(module.globals[index].type);
        case ExternKind::function:
            break;
    }
    return epsilon_type(module.function_type(index));
}

epsilon_externkind_t epsilon_type_kind(const epsilon_type_t* type) {
    return type == nullptr ? epsilon_externkind_t(0) : type->kind;
}

const epsilon_valtype_t* epsilon_type_params(const epsilon_type_t* type, size_t* count) {
    set(count, 0u);
    return type == nullptr ? nullptr : array(type->params, count);
}

const epsilon_valtype_t* epsilon_type_results(const epsilon_type_t* type, size_t* count) {
    set(count, 0u);
    return type == nullptr ? nullptr : array(type->results, count);
}

epsilon_valtype_t epsilon_type_content(const epsilon_type_t* type) {
    return type == nullptr ? 0 : type->content;
}

bool epsilon_type_mutable(const epsilon_type_t* type) {
    return type != nullptr && type->is_mutable;
}

uint64_t epsilon_type_minimum(const epsilon_type_t* type) {
    return type == nullptr ? 0 : type->minimum;
}

bool epsilon_type_maximum(const epsilon_type_t* type, uint64_t* maximum) {
    const bool found = type != nullptr && type->maximum.has_value();
    set(maximum, found ? *type->maximum : 0);
    return found;
}

const char* epsilon_type_text(const epsilon_type_t* type, size_t* size) {
    set(size, type == nullptr ? 0 : type->text.size());
    return type == nullptr ? nullptr : type->text.c_str();
}
