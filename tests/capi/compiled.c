/* SPDX-License-Identifier: Apache-2.0 */
/* Compiled modules: decoding, validating, and what they tell. */
#include "check.h"
#include "modules.h"

static void bad_modules(void) {
    epsilon_compiled_t* compiled = NULL;
    uint64_t offset = 0;
    static const uint8_t no_module[] = {'n', 'o', ' ', 'm', 'o', 'd', 'u', 'l', 'e'};
    static const uint8_t version_2[] = {0x00, 0x61, 0x73, 0x6d, 0x02, 0x00, 0x00, 0x00};
    /* A function that should return an i32 and returns nothing. */
    static const uint8_t invalid[] = {
        0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, /* magic, version */
        0x01, 0x05, 0x01, 0x60, 0x00, 0x01, 0x7f,       /* type [] -> [i32] */
        0x03, 0x02, 0x01, 0x00,                         /* function 0 of type 0 */
        0x0a, 0x04, 0x01, 0x02, 0x00, 0x0b              /* no locals, end */
    };

    epsilon_error_t* error = epsilon_compiled_new(NULL, no_module, sizeof no_module, &compiled);
    CHECK(epsilon_error_kind(error) == EPSILON_ERROR_MALFORMED);
    CHECK(strncmp(epsilon_error_message(error, NULL), "magic header not detected", 25) == 0);
    CHECK(epsilon_error_offset(error, &offset) && offset == 0);
    CHECK(compiled == NULL);
    epsilon_error_delete(error);

    error = epsilon_compiled_new(NULL, version_2, sizeof version_2, &compiled);
    CHECK(epsilon_error_kind(error) == EPSILON_ERROR_MALFORMED);
    CHECK(strncmp(epsilon_error_message(error, NULL), "unknown binary version", 22) == 0);
    CHECK(epsilon_error_offset(error, &offset) && offset == 4);
    epsilon_error_delete(error);

    error = epsilon_compiled_new(NULL, invalid, sizeof invalid, &compiled);
    CHECK(epsilon_error_kind(error) == EPSILON_ERROR_INVALID);
    CHECK(strncmp(epsilon_error_message(error, NULL), "type mismatch", 13) == 0);
    CHECK(epsilon_error_offset(error, &offset) && offset == 24);
    epsilon_error_delete(error);
    error = epsilon_compiled_validate(NULL, invalid, sizeof invalid);
    CHECK(epsilon_error_kind(error) == EPSILON_ERROR_INVALID);
    epsilon_error_delete(error);

    /* Every part of a module is not one, but for those that end between sections. */
    for (size_t size = 0; size < sizeof basic_wasm; ++size) {
        error = epsilon_compiled_new(NULL, basic_wasm, size, &compiled);
        CHECK((error == NULL) == (compiled != NULL));
        epsilon_error_delete(error);
        epsilon_compiled_delete(compiled);
    }
    error = epsilon_compiled_new(NULL, NULL, 0, &compiled);
    CHECK(epsilon_error_kind(error) == EPSILON_ERROR_MALFORMED);
    epsilon_error_delete(error);

    CHECK_ERROR(epsilon_compiled_new(NULL, NULL, 8, &compiled), EPSILON_ERROR_MISUSE,
                "bytes is NULL");
    CHECK_ERROR(epsilon_compiled_validate(NULL, NULL, 8), EPSILON_ERROR_MISUSE, "bytes is NULL");
    CHECK_ERROR(epsilon_compiled_new(NULL, basic_wasm, sizeof basic_wasm, NULL),
                EPSILON_ERROR_MISUSE, "the out-parameter is NULL");
}

static void check_export(const epsilon_compiled_t* compiled, size_t index, const char* expected,
                         epsilon_externkind_t kind, const char* type_text) {
    const char* name = NULL;
    size_t size = 0;
    const epsilon_type_t* type = NULL;
    CHECK_OK(epsilon_compiled_export(compiled, index, &name, &size, &type));
    CHECK_TEXT(name, expected);
    CHECK(size >= strlen(expected));
    CHECK(epsilon_type_kind(type) == kind);
    CHECK_TEXT(epsilon_type_text(type, NULL), type_text);
}

static void exports(void) {
    epsilon_compiled_t* compiled = COMPILE(basic_wasm);
    size_t count = epsilon_compiled_export_count(compiled);
    CHECK(count == 19);
    check_export(compiled, 0, "memory", EPSILON_EXTERNKIND_MEMORY, "1 3");
    check_export(compiled, 1, "table", EPSILON_EXTERNKIND_TABLE, "2 4 funcref");
    check_export(compiled, 2, "counter", EPSILON_EXTERNKIND_GLOBAL, "(mut i64)");
    check_export(compiled, 3, "pi", EPSILON_EXTERNKIND_GLOBAL, "f64");
    check_export(compiled, 4, "vector", EPSILON_EXTERNKIND_GLOBAL, "(mut v128)");
    check_export(compiled, 5, "add", EPSILON_EXTERNKIND_FUNC, "[i32 i32] -> [i32]");
    check_export(compiled, 6, "swap", EPSILON_EXTERNKIND_FUNC, "[i32 f64] -> [f64 i32]");

    const epsilon_type_t* type = NULL;
    uint64_t maximum = 0;
    size_t number = 0;
    CHECK_OK(epsilon_compiled_export(compiled, 0, NULL, NULL, &type));
    CHECK(epsilon_type_minimum(type) == 1);
    CHECK(epsilon_type_maximum(type, &maximum) && maximum == 3);
    CHECK(epsilon_type_content(type) == 0);
    CHECK(epsilon_type_params(type, &number) == NULL && number == 0);
    CHECK_OK(epsilon_compiled_export(compiled, 1, NULL, NULL, &type));
    CHECK(epsilon_type_content(type) == EPSILON_VALTYPE_FUNCREF);
    CHECK(epsilon_type_maximum(type, &maximum) && maximum == 4);
    CHECK_OK(epsilon_compiled_export(compiled, 2, NULL, NULL, &type));
    CHECK(epsilon_type_mutable(type) && epsilon_type_content(type) == EPSILON_VALTYPE_I64);
    CHECK(!epsilon_type_maximum(type, &maximum) && maximum == 0);
    CHECK_OK(epsilon_compiled_export(compiled, 6, NULL, NULL, &type));
    const epsilon_valtype_t* types = epsilon_type_params(type, &number);
    CHECK(number == 2 && types[0] == EPSILON_VALTYPE_I32 && types[1] == EPSILON_VALTYPE_F64);
    types = epsilon_type_results(type, &number);
    CHECK(number == 2 && types[0] == EPSILON_VALTYPE_F64 && types[1] == EPSILON_VALTYPE_I32);
    CHECK(!epsilon_type_mutable(type));

    /* A name with a NUL in it: the size counts. */
    const char* name = NULL;
    size_t size = 0;
    CHECK_OK(epsilon_compiled_export(compiled, 10, &name, &size, NULL));
    CHECK(size == 26 && memcmp(name, "a name with \"quotes\" and \0", 27) == 0);

    type = (const epsilon_type_t*)&maximum;
    CHECK_ERROR(epsilon_compiled_export(compiled, count, &name, &size, &type), EPSILON_ERROR_MISUSE,
                "there is no export 19: the module has 19");
    CHECK(name == NULL && size == 0 && type == NULL);
    epsilon_compiled_delete(compiled);
}

static void imports(void) {
    epsilon_compiled_t* compiled = COMPILE(imports_wasm);
    const char *module = NULL, *name = NULL;
    size_t module_size = 0, name_size = 0;
    const epsilon_type_t* type = NULL;
    static const struct {
        const char* name;
        epsilon_externkind_t kind;
        const char* type;
    } expected[] = {{"twice", EPSILON_EXTERNKIND_FUNC, "[i32] -> [i32]"},
                    {"table", EPSILON_EXTERNKIND_TABLE, "1 funcref"},
                    {"memory", EPSILON_EXTERNKIND_MEMORY, "1 4"},
                    {"global", EPSILON_EXTERNKIND_GLOBAL, "(mut i32)"}};
    CHECK(epsilon_compiled_import_count(compiled) == 4);
    for (size_t i = 0; i < 4; ++i) {
        CHECK_OK(
            epsilon_compiled_import(compiled, i, &module, &module_size, &name, &name_size, &type));
        CHECK_TEXT(module, "env");
        CHECK(module_size == 3);
        CHECK_TEXT(name, expected[i].name);
        CHECK(name_size == strlen(expected[i].name));
        CHECK(epsilon_type_kind(type) == expected[i].kind);
        CHECK_TEXT(epsilon_type_text(type, NULL), expected[i].type);
    }
    CHECK_ERROR(epsilon_compiled_import(compiled, 4, &module, NULL, &name, NULL, &type),
                EPSILON_ERROR_MISUSE, "there is no import 4: the module has 4");
    CHECK(module == NULL && name == NULL && type == NULL);
    epsilon_compiled_delete(compiled);
}

static void sections_and_names(void) {
    size_t size = 0;
    epsilon_compiled_t* compiled = COMPILE(basic_wasm);
    CHECK_TEXT(epsilon_compiled_name(compiled, &size), "basic");
    CHECK(size == 5);
    const uint8_t* bytes = epsilon_compiled_bytes(compiled, &size);
    CHECK(size == sizeof basic_wasm && bytes != basic_wasm && memcmp(bytes, basic_wasm, size) == 0);
    const char* name = NULL;
    CHECK(epsilon_compiled_custom_section_count(compiled) == 1);
    CHECK_OK(epsilon_compiled_custom_section(compiled, 0, &name, &size, &bytes, NULL));
    CHECK_TEXT(name, "name");
    epsilon_compiled_delete(compiled);

    static const uint8_t custom[] = {
        0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, /* magic, version */
        0x00, 0x05, 0x02, 'h',  'i',  0x01, 0x02,       /* custom section "hi": 1, 2 */
        0x00, 0x01, 0x00,                               /* custom section "": nothing */
    };
    compiled = COMPILE(custom);
    CHECK(epsilon_compiled_name(compiled, &size) == NULL && size == 0);
    CHECK(epsilon_compiled_custom_section_count(compiled) == 2);
    size_t name_size = 0;
    CHECK_OK(epsilon_compiled_custom_section(compiled, 0, &name, &name_size, &bytes, &size));
    CHECK_TEXT(name, "hi");
    CHECK(name_size == 2 && size == 2 && bytes[0] == 1 && bytes[1] == 2);
    CHECK_OK(epsilon_compiled_custom_section(compiled, 1, &name, &name_size, &bytes, &size));
    CHECK_TEXT(name, "");
    CHECK(name_size == 0 && size == 0);
    CHECK_ERROR(epsilon_compiled_custom_section(compiled, 2, &name, NULL, &bytes, &size),
                EPSILON_ERROR_MISUSE, "there is no custom section 2: the module has 2");
    epsilon_compiled_delete(compiled);
}

static void null_handles(void) {
    size_t size = 99;
    uint64_t maximum = 99;
    epsilon_compiled_delete(NULL);
    CHECK(epsilon_compiled_bytes(NULL, &size) == NULL && size == 0);
    CHECK(epsilon_compiled_name(NULL, &size) == NULL && size == 0);
    CHECK(epsilon_compiled_import_count(NULL) == 0);
    CHECK(epsilon_compiled_export_count(NULL) == 0);
    CHECK(epsilon_compiled_custom_section_count(NULL) == 0);
    CHECK_ERROR(epsilon_compiled_import(NULL, 0, NULL, NULL, NULL, NULL, NULL),
                EPSILON_ERROR_MISUSE, "compiled is NULL");
    CHECK_ERROR(epsilon_compiled_export(NULL, 0, NULL, NULL, NULL), EPSILON_ERROR_MISUSE,
                "compiled is NULL");
    CHECK_ERROR(epsilon_compiled_custom_section(NULL, 0, NULL, NULL, NULL, NULL),
                EPSILON_ERROR_MISUSE, "compiled is NULL");
    CHECK(epsilon_type_kind(NULL) == 0);
    CHECK(epsilon_type_params(NULL, &size) == NULL && size == 0);
    CHECK(epsilon_type_results(NULL, &size) == NULL && size == 0);
    CHECK(epsilon_type_content(NULL) == 0);
    CHECK(!epsilon_type_mutable(NULL));
    CHECK(epsilon_type_minimum(NULL) == 0);
    CHECK(!epsilon_type_maximum(NULL, &maximum) && maximum == 0);
    CHECK(epsilon_type_text(NULL, &size) == NULL && size == 0);
}

int main(void) {
    bad_modules();
    exports();
    imports();
    sections_and_names();
    null_handles();
    return check_result();
}
