/* SPDX-License-Identifier: Apache-2.0 */
/* What a compiled module is made of: sections, types, functions, segments. */
#include <pthread.h>

#include "check.h"
#include "modules.h"

static void sections(const epsilon_compiled_t* compiled) {
    static const struct {
        uint8_t id;
        uint64_t offset, size;
    } expected[] = {{1, 0x0a, 0x12}, {2, 0x1e, 0x44},  {3, 0x64, 4},     {4, 0x6a, 5},
                    {5, 0x71, 4},    {6, 0x77, 0x12},  {7, 0x8b, 0x30},  {8, 0xbd, 1},
                    {9, 0xc0, 0x14}, {10, 0xd6, 0x10}, {11, 0xe8, 0x16}, {0, 0x100, 0x70}};
    uint8_t id = 99;
    uint64_t offset = 99, size = 99;
    CHECK(epsilon_compiled_section_count(compiled) == 12);
    for (size_t i = 0; i < 12; ++i) {
        CHECK_OK(epsilon_compiled_section(compiled, i, &id, &offset, &size));
        CHECK(id == expected[i].id);
        CHECK(offset == expected[i].offset && size == expected[i].size);
    }
    CHECK_OK(epsilon_compiled_section(compiled, 0, NULL, NULL, NULL));
    CHECK_ERROR(epsilon_compiled_section(compiled, 12, &id, &offset, &size), EPSILON_ERROR_MISUSE,
                "there is no section 12: the module has 12");
    CHECK(id == 0 && offset == 0 && size == 0);
}

static void types(const epsilon_compiled_t* compiled) {
    const epsilon_type_t* type = NULL;
    CHECK(epsilon_compiled_type_count(compiled) == 4);
    CHECK_OK(epsilon_compiled_type(compiled, 1, &type));
    CHECK_TEXT(epsilon_type_text(type, NULL), "[f64 v128] -> []");
    CHECK_ERROR(epsilon_compiled_type(compiled, 4, &type), EPSILON_ERROR_MISUSE,
                "there is no type 4: the module has 4");
    CHECK(type == NULL);
    CHECK_ERROR(epsilon_compiled_type(compiled, 0, NULL), EPSILON_ERROR_MISUSE, "type is NULL");
}

static void check_item(const epsilon_compiled_t* compiled, epsilon_externkind_t kind, size_t index,
                       const char* text) {
    const epsilon_type_t* type = NULL;
    CHECK_OK(epsilon_compiled_item_type(compiled, kind, index, &type));
    CHECK(epsilon_type_kind(type) == kind);
    CHECK_TEXT(epsilon_type_text(type, NULL), text);
}

static void items(const epsilon_compiled_t* compiled) {
    size_t imported = 99;
    CHECK(epsilon_compiled_item_count(compiled, EPSILON_EXTERNKIND_FUNC, &imported) == 5);
    CHECK(imported == 2);
    CHECK(epsilon_compiled_item_count(compiled, EPSILON_EXTERNKIND_TABLE, &imported) == 2);
    CHECK(imported == 1);
    CHECK(epsilon_compiled_item_count(compiled, EPSILON_EXTERNKIND_MEMORY, &imported) == 2);
    CHECK(imported == 1);
    CHECK(epsilon_compiled_item_count(compiled, EPSILON_EXTERNKIND_GLOBAL, NULL) == 3);
    CHECK(epsilon_compiled_item_count(compiled, 4, &imported) == 0 && imported == 0);

    check_item(compiled, EPSILON_EXTERNKIND_FUNC, 1, "[f32] -> []");
    check_item(compiled, EPSILON_EXTERNKIND_FUNC, 2, "[i32] -> [i32]");
    check_item(compiled, EPSILON_EXTERNKIND_FUNC, 4, "[] -> []");
    check_item(compiled, EPSILON_EXTERNKIND_TABLE, 0, "1 externref");
    check_item(compiled, EPSILON_EXTERNKIND_TABLE, 1, "2 3 funcref");
    check_item(compiled, EPSILON_EXTERNKIND_MEMORY, 0, "0");
    check_item(compiled, EPSILON_EXTERNKIND_MEMORY, 1, "1 1");
    check_item(compiled, EPSILON_EXTERNKIND_GLOBAL, 0, "i32");
    check_item(compiled, EPSILON_EXTERNKIND_GLOBAL, 1, "(mut f64)");

    /* Equal types of globals are one. */
    const epsilon_type_t *first = NULL, *last = NULL;
    CHECK_OK(epsilon_compiled_item_type(compiled, EPSILON_EXTERNKIND_GLOBAL, 0, &first));
    CHECK_OK(epsilon_compiled_item_type(compiled, EPSILON_EXTERNKIND_GLOBAL, 2, &last));
    CHECK(first == last);

    CHECK_ERROR(epsilon_compiled_item_type(compiled, EPSILON_EXTERNKIND_FUNC, 5, &first),
                EPSILON_ERROR_MISUSE, "there is no function 5: the module has 5");
    CHECK(first == NULL);
    CHECK_ERROR(epsilon_compiled_item_type(compiled, EPSILON_EXTERNKIND_MEMORY, 2, &first),
                EPSILON_ERROR_MISUSE, "there is no memory 2: the module has 2");
    CHECK_ERROR(epsilon_compiled_item_type(compiled, 4, 0, &first), EPSILON_ERROR_MISUSE,
                "there is no kind 4");
    CHECK_ERROR(epsilon_compiled_item_type(compiled, EPSILON_EXTERNKIND_FUNC, 0, NULL),
                EPSILON_ERROR_MISUSE, "type is NULL");
}

static void functions(const epsilon_compiled_t* compiled) {
    static const struct {
        const char* name;
        uint32_t type;
        uint64_t offset, size;
    } expected[] = {{"first", 0, 0, 0},
                    {NULL, 2, 0, 0},
                    {"named", 0, 0xd8, 4},
                    {"exported", 3, 0xdd, 6},
                    {NULL, 3, 0xe4, 2}};
    uint32_t type = 99, start = 99;
    const char* name = NULL;
    size_t name_size = 99;
    uint64_t offset = 99, size = 99;
    for (size_t i = 0; i < 5; ++i) {
        CHECK_OK(epsilon_compiled_func(compiled, i, &type, &name, &name_size, &offset, &size));
        CHECK(type == expected[i].type);
        CHECK(offset == expected[i].offset && size == expected[i].size);
        if (expected[i].name == NULL) {
            CHECK(name == NULL && name_size == 0);
        } else {
            CHECK_TEXT(name, expected[i].name);
            CHECK(name_size == strlen(expected[i].name));
        }
    }
    CHECK_OK(epsilon_compiled_func(compiled, 0, NULL, NULL, NULL, NULL, NULL));
    CHECK_ERROR(epsilon_compiled_func(compiled, 5, &type, &name, &name_size, &offset, &size),
                EPSILON_ERROR_MISUSE, "there is no function 5: the module has 5");
    CHECK(type == 0 && name == NULL && name_size == 0 && offset == 0 && size == 0);

    CHECK(epsilon_compiled_start(compiled, &start) && start == 4);
    CHECK(epsilon_compiled_start(compiled, NULL));
    epsilon_compiled_t* basic = COMPILE(basic_wasm);
    CHECK(!epsilon_compiled_start(basic, &start) && start == 0);
    epsilon_compiled_delete(basic);
}

static void exports(const epsilon_compiled_t* compiled) {
    static const uint32_t expected[] = {1, 1, 3, 3, 0};
    uint32_t item = 99;
    for (size_t i = 0; i < 5; ++i) {
        CHECK_OK(epsilon_compiled_export_item(compiled, i, &item));
        CHECK(item == expected[i]);
    }
    CHECK_ERROR(epsilon_compiled_export_item(compiled, 5, &item), EPSILON_ERROR_MISUSE,
                "there is no export 5: the module has 5");
    CHECK(item == 0);
    CHECK_ERROR(epsilon_compiled_export_item(compiled, 0, NULL), EPSILON_ERROR_MISUSE,
                "item is NULL");
}

static void segments(const epsilon_compiled_t* compiled) {
    epsilon_segment_mode_t mode = 99;
    uint32_t target = 99;
    epsilon_valtype_t element = 0;
    uint64_t count = 99, offset = 99, size = 99;
    CHECK(epsilon_compiled_element_segment_count(compiled) == 3);
    CHECK_OK(epsilon_compiled_element_segment(compiled, 0, &mode, &target, &element, &count));
    CHECK(mode == EPSILON_SEGMENT_ACTIVE && target == 1);
    CHECK(element == EPSILON_VALTYPE_FUNCREF && count == 2);
    CHECK_OK(epsilon_compiled_element_segment(compiled, 1, &mode, &target, &element, &count));
    CHECK(mode == EPSILON_SEGMENT_PASSIVE && target == 0);
    CHECK(element == EPSILON_VALTYPE_EXTERNREF && count == 1);
    CHECK_OK(epsilon_compiled_element_segment(compiled, 2, &mode, &target, &element, &count));
    CHECK(mode == EPSILON_SEGMENT_DECLARATIVE && target == 0);
    CHECK(element == EPSILON_VALTYPE_FUNCREF && count == 1);
    CHECK_OK(epsilon_compiled_element_segment(compiled, 0, NULL, NULL, NULL, NULL));
    CHECK_ERROR(epsilon_compiled_element_segment(compiled, 3, &mode, &target, &element, &count),
                EPSILON_ERROR_MISUSE, "there is no element segment 3: the module has 3");
    CHECK(mode == 0 && target == 0 && element == 0 && count == 0);

    CHECK(epsilon_compiled_data_segment_count(compiled) == 2);
    const char* bytes = (const char*)epsilon_compiled_bytes(compiled, NULL);
    CHECK_OK(epsilon_compiled_data_segment(compiled, 0, &mode, &target, &offset, &size));
    CHECK(mode == EPSILON_SEGMENT_ACTIVE && target == 1);
    CHECK(size == 6 && memcmp(bytes + offset, "active", 6) == 0);
    CHECK_OK(epsilon_compiled_data_segment(compiled, 1, &mode, &target, &offset, &size));
    CHECK(mode == EPSILON_SEGMENT_PASSIVE && target == 0);
    CHECK(size == 7 && memcmp(bytes + offset, "passive", 7) == 0);
    CHECK_OK(epsilon_compiled_data_segment(compiled, 0, NULL, NULL, NULL, NULL));
    CHECK_ERROR(epsilon_compiled_data_segment(compiled, 2, &mode, &target, &offset, &size),
                EPSILON_ERROR_MISUSE, "there is no data segment 2: the module has 2");
    CHECK(mode == 0 && target == 0 && offset == 0 && size == 0);
}

static void* look(void* compiled) {
    sections(compiled);
    types(compiled);
    items(compiled);
    functions(compiled);
    exports(compiled);
    segments(compiled);
    return NULL;
}

/* The first look makes the lists; both threads may have it. */
static void two_threads(void) {
    epsilon_compiled_t* compiled = COMPILE(parts_wasm);
    pthread_t other;
    CHECK(pthread_create(&other, NULL, look, compiled) == 0);
    const epsilon_type_t* type = NULL;
    for (size_t i = 0; i < 5; ++i) {
        const char* name = NULL;
        CHECK_OK(epsilon_compiled_func(compiled, i, NULL, &name, NULL, NULL, NULL));
        CHECK_OK(epsilon_compiled_item_type(compiled, EPSILON_EXTERNKIND_FUNC, i, &type));
    }
    CHECK(epsilon_compiled_section_count(compiled) == 12);
    CHECK_OK(epsilon_compiled_item_type(compiled, EPSILON_EXTERNKIND_GLOBAL, 1, &type));
    CHECK(pthread_join(other, NULL) == 0);
    epsilon_compiled_delete(compiled);
}

static void empty_module(void) {
    static const uint8_t empty[] = {0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00};
    epsilon_compiled_t* compiled = COMPILE(empty);
    CHECK(epsilon_compiled_section_count(compiled) == 0);
    CHECK(epsilon_compiled_type_count(compiled) == 0);
    CHECK(epsilon_compiled_item_count(compiled, EPSILON_EXTERNKIND_FUNC, NULL) == 0);
    CHECK(epsilon_compiled_element_segment_count(compiled) == 0);
    CHECK(epsilon_compiled_data_segment_count(compiled) == 0);
    CHECK(!epsilon_compiled_start(compiled, NULL));
    CHECK_ERROR(epsilon_compiled_section(compiled, 0, NULL, NULL, NULL), EPSILON_ERROR_MISUSE,
                "there is no section 0: the module has 0");
    epsilon_compiled_delete(compiled);
}

static void null_handles(void) {
    size_t imported = 99;
    uint32_t index = 99;
    const epsilon_type_t* type = NULL;
    CHECK(epsilon_compiled_section_count(NULL) == 0);
    CHECK(epsilon_compiled_type_count(NULL) == 0);
    CHECK(epsilon_compiled_item_count(NULL, EPSILON_EXTERNKIND_FUNC, &imported) == 0);
    CHECK(imported == 0);
    CHECK(epsilon_compiled_element_segment_count(NULL) == 0);
    CHECK(epsilon_compiled_data_segment_count(NULL) == 0);
    CHECK(!epsilon_compiled_start(NULL, &index) && index == 0);
    CHECK_ERROR(epsilon_compiled_section(NULL, 0, NULL, NULL, NULL), EPSILON_ERROR_MISUSE,
                "compiled is NULL");
    CHECK_ERROR(epsilon_compiled_type(NULL, 0, &type), EPSILON_ERROR_MISUSE, "compiled is NULL");
    CHECK_ERROR(epsilon_compiled_item_type(NULL, EPSILON_EXTERNKIND_FUNC, 0, &type),
                EPSILON_ERROR_MISUSE, "compiled is NULL");
    CHECK_ERROR(epsilon_compiled_export_item(NULL, 0, &index), EPSILON_ERROR_MISUSE,
                "compiled is NULL");
    CHECK_ERROR(epsilon_compiled_func(NULL, 0, NULL, NULL, NULL, NULL, NULL), EPSILON_ERROR_MISUSE,
                "compiled is NULL");
    CHECK_ERROR(epsilon_compiled_element_segment(NULL, 0, NULL, NULL, NULL, NULL),
                EPSILON_ERROR_MISUSE, "compiled is NULL");
    CHECK_ERROR(epsilon_compiled_data_segment(NULL, 0, NULL, NULL, NULL, NULL),
                EPSILON_ERROR_MISUSE, "compiled is NULL");
}

int main(void) {
    epsilon_compiled_t* compiled = COMPILE(parts_wasm);
    look(compiled);
    epsilon_compiled_delete(compiled);
    two_threads();
    empty_module();
    null_handles();
    return check_result();
}
