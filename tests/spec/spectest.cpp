// SPDX-License-Identifier: Apache-2.0
#include "spectest.h"

#include <cstring>

namespace spec {

namespace {

constexpr char module_name[] = "spectest";

struct Print {
    const char* name;
    size_t nparams;
    epsilon_valtype_t params[2];
};

constexpr Print prints[] = {
    {"print", 0, {}},
    {"print_i32", 1, {EPSILON_VALTYPE_I32}},
    {"print_i64", 1, {EPSILON_VALTYPE_I64}},
    {"print_f32", 1, {EPSILON_VALTYPE_F32}},
    {"print_f64", 1, {EPSILON_VALTYPE_F64}},
    {"print_i32_f32", 2, {EPSILON_VALTYPE_I32, EPSILON_VALTYPE_F32}},
    {"print_f64_f64", 2, {EPSILON_VALTYPE_F64, EPSILON_VALTYPE_F64}},
};

struct Constant {
    const char* name;
    epsilon_valtype_t type;
};

constexpr Constant constants[] = {
    {"global_i32", EPSILON_VALTYPE_I32},
    {"global_i64", EPSILON_VALTYPE_I64},
    {"global_f32", EPSILON_VALTYPE_F32},
    {"global_f64", EPSILON_VALTYPE_F64},
};

epsilon_value_t constant_value(epsilon_valtype_t type) {
    epsilon_value_t value = {};
    switch (type) {
        case EPSILON_VALTYPE_I32:
            value.i32 = 666;
            break;
        case EPSILON_VALTYPE_I64:
            value.i64 = 666;
            break;
        case EPSILON_VALTYPE_F32:
            value.f32 = 666.6F;
            break;
        default:
            value.f64 = 666.6;
            break;
    }
    return value;
}

// No script looks at what was printed.
epsilon_error_t* print_nothing(void*, epsilon_caller_t*, const epsilon_value_t*, size_t,
                               epsilon_value_t*, size_t) {
    return nullptr;
}

}  // namespace

Error Spectest::make(epsilon_runtime_t* runtime) {
    static_assert(sizeof prints / sizeof prints[0] == function_count);
    static_assert(sizeof constants / sizeof constants[0] == global_count);
    Error error;
    for (size_t i = 0; error == nullptr && i < function_count; ++i) {
        error.reset(epsilon_func_new(runtime, prints[i].params, prints[i].nparams, nullptr, 0,
                                     print_nothing, nullptr, nullptr, out(functions_[i])));
    }
    for (size_t i = 0; error == nullptr && i < global_count; ++i) {
        const epsilon_value_t value = constant_value(constants[i].type);
        error.reset(
            epsilon_global_new(runtime, constants[i].type, false, &value, out(globals_[i])));
    }
    if (error == nullptr) {
        error.reset(
            epsilon_table_new(runtime, EPSILON_VALTYPE_FUNCREF, 10, true, 20, 0, out(table_)));
    }
    if (error == nullptr) {
        error.reset(epsilon_memory_new(runtime, 1, true, 2, out(memory_)));
    }
    return error;
}

Error Spectest::add_to(epsilon_imports_t* imports) const {
    constexpr size_t module_size = sizeof module_name - 1;
    Error error;
    for (size_t i = 0; error == nullptr && i < function_count; ++i) {
        error.reset(epsilon_imports_add_func(imports, module_name, module_size, prints[i].name,
                                             std::strlen(prints[i].name), functions_[i].get()));
    }
    for (size_t i = 0; error == nullptr && i < global_count; ++i) {
        error.reset(epsilon_imports_add_global(imports, module_name, module_size, constants[i].name,
                                               std::strlen(constants[i].name), globals_[i].get()));
    }
    if (error == nullptr) {
        error.reset(
            epsilon_imports_add_table(imports, module_name, module_size, "table", 5, table_.get()));
    }
    if (error == nullptr) {
        error.reset(epsilon_imports_add_memory(imports, module_name, module_size, "memory", 6,
                                               memory_.get()));
    }
    return error;
}

}  // namespace spec
