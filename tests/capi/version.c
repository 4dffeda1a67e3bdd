/* SPDX-License-Identifier: Apache-2.0 */
/* Versions, features, and the names of constants. */
#include "check.h"

static void names_of_constants(void) {
    CHECK_TEXT(epsilon_error_kind_name(EPSILON_ERROR_MALFORMED), "malformed");
    CHECK_TEXT(epsilon_error_kind_name(EPSILON_ERROR_INVALID), "invalid");
    CHECK_TEXT(epsilon_error_kind_name(EPSILON_ERROR_UNSUPPORTED), "unsupported");
    CHECK_TEXT(epsilon_error_kind_name(EPSILON_ERROR_LINK), "link");
    CHECK_TEXT(epsilon_error_kind_name(EPSILON_ERROR_TRAP), "trap");
    CHECK_TEXT(epsilon_error_kind_name(EPSILON_ERROR_FUEL), "fuel");
    CHECK_TEXT(epsilon_error_kind_name(EPSILON_ERROR_TIMEOUT), "timeout");
    CHECK_TEXT(epsilon_error_kind_name(EPSILON_ERROR_INTERRUPTED), "interrupted");
    CHECK_TEXT(epsilon_error_kind_name(EPSILON_ERROR_EXIT), "exit");
    CHECK_TEXT(epsilon_error_kind_name(EPSILON_ERROR_LIMIT), "limit");
    CHECK_TEXT(epsilon_error_kind_name(EPSILON_ERROR_NO_MEMORY), "no-memory");
    CHECK_TEXT(epsilon_error_kind_name(EPSILON_ERROR_MISUSE), "misuse");
    CHECK_TEXT(epsilon_error_kind_name(EPSILON_ERROR_HOST), "host");
    CHECK(epsilon_error_kind_name(0) == NULL);
    CHECK(epsilon_error_kind_name(14) == NULL);
    CHECK(epsilon_error_kind_name(255) == NULL);

    CHECK(epsilon_trap_text(EPSILON_TRAP_NONE) == NULL);
    CHECK_TEXT(epsilon_trap_text(EPSILON_TRAP_UNREACHABLE), "unreachable");
    CHECK_TEXT(epsilon_trap_text(EPSILON_TRAP_INTEGER_DIVIDE_BY_ZERO), "integer divide by zero");
    CHECK_TEXT(epsilon_trap_text(EPSILON_TRAP_INTEGER_OVERFLOW), "integer overflow");
    CHECK_TEXT(epsilon_trap_text(EPSILON_TRAP_INVALID_CONVERSION_TO_INTEGER),
               "invalid conversion to integer");
    CHECK_TEXT(epsilon_trap_text(EPSILON_TRAP_OUT_OF_BOUNDS_MEMORY_ACCESS),
               "out of bounds memory access");
    CHECK_TEXT(epsilon_trap_text(EPSILON_TRAP_OUT_OF_BOUNDS_TABLE_ACCESS),
               "out of bounds table access");
    CHECK_TEXT(epsilon_trap_text(EPSILON_TRAP_UNDEFINED_ELEMENT), "undefined element");
    CHECK_TEXT(epsilon_trap_text(EPSILON_TRAP_UNINITIALIZED_ELEMENT), "uninitialized element");
    CHECK_TEXT(epsilon_trap_text(EPSILON_TRAP_INDIRECT_CALL_TYPE_MISMATCH),
               "indirect call type mismatch");
    CHECK_TEXT(epsilon_trap_text(EPSILON_TRAP_CALL_STACK_EXHAUSTED), "call stack exhausted");
    CHECK(epsilon_trap_text(255) == NULL);

    CHECK_TEXT(epsilon_valtype_name(EPSILON_VALTYPE_I32), "i32");
    CHECK_TEXT(epsilon_valtype_name(EPSILON_VALTYPE_I64), "i64");
    CHECK_TEXT(epsilon_valtype_name(EPSILON_VALTYPE_F32), "f32");
    CHECK_TEXT(epsilon_valtype_name(EPSILON_VALTYPE_F64), "f64");
    CHECK_TEXT(epsilon_valtype_name(EPSILON_VALTYPE_V128), "v128");
    CHECK_TEXT(epsilon_valtype_name(EPSILON_VALTYPE_FUNCREF), "funcref");
    CHECK_TEXT(epsilon_valtype_name(EPSILON_VALTYPE_EXTERNREF), "externref");
    CHECK(epsilon_valtype_name(0) == NULL);
    CHECK(epsilon_valtype_name(0x17F) == NULL);

    CHECK_TEXT(epsilon_externkind_name(EPSILON_EXTERNKIND_FUNC), "func");
    CHECK_TEXT(epsilon_externkind_name(EPSILON_EXTERNKIND_TABLE), "table");
    CHECK_TEXT(epsilon_externkind_name(EPSILON_EXTERNKIND_MEMORY), "memory");
    CHECK_TEXT(epsilon_externkind_name(EPSILON_EXTERNKIND_GLOBAL), "global");
    CHECK(epsilon_externkind_name(4) == NULL);
}

int main(void) {
    char expected[32];
    snprintf(expected, sizeof expected, "%d.%d.%d", EPSILON_VERSION_MAJOR, EPSILON_VERSION_MINOR,
             EPSILON_VERSION_PATCH);
    CHECK_TEXT(epsilon_version(), expected);
    CHECK(epsilon_version_number() ==
          EPSILON_VERSION_MAJOR * 10000 + EPSILON_VERSION_MINOR * 100 + EPSILON_VERSION_PATCH);

    const char* dispatch = epsilon_build_dispatch();
    CHECK(strcmp(dispatch, "tail-call") == 0 || strcmp(dispatch, "trampoline") == 0);
    CHECK(strstr(epsilon_build_info(), dispatch) != NULL);
    CHECK((strstr(epsilon_build_info(), "guard pages") != NULL) == epsilon_build_guard_pages());

    static const char* const features[] = {"mutable-globals",
                                           "sign-extension",
                                           "saturating-conversions",
                                           "multi-value",
                                           "bulk-memory",
                                           "reference-types",
                                           "simd",
                                           "multi-memory",
                                           "extended-const",
                                           "tail-call"};
    CHECK(epsilon_feature_count() == sizeof features / sizeof *features);
    for (size_t i = 0; i < epsilon_feature_count(); ++i) {
        CHECK_TEXT(epsilon_feature_name((epsilon_feature_t)i), features[i]);
        CHECK(epsilon_feature_supported((epsilon_feature_t)i));
    }
    CHECK_TEXT(epsilon_feature_name(EPSILON_FEATURE_SIMD), "simd");
    CHECK_TEXT(epsilon_feature_name(EPSILON_FEATURE_TAIL_CALL), "tail-call");
    CHECK(epsilon_feature_name(200) == NULL);
    CHECK(!epsilon_feature_supported(200));

    CHECK_TEXT(epsilon_limit_name(EPSILON_LIMIT_MODULE_BYTES), "module-bytes");
    CHECK_TEXT(epsilon_limit_name(EPSILON_LIMIT_LOCALS), "locals");
    CHECK_TEXT(epsilon_limit_name(EPSILON_LIMIT_SEGMENT_ELEMENTS), "segment-elements");
    CHECK(epsilon_limit_default(EPSILON_LIMIT_LOCALS) == 50000);
    CHECK(epsilon_limit_default(EPSILON_LIMIT_MODULE_BYTES) == 1u << 30);
    CHECK(epsilon_limit_name(200) == NULL);
    CHECK(epsilon_limit_default(200) == 0);

    names_of_constants();
    return check_result();
}
