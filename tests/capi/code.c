/* SPDX-License-Identifier: Apache-2.0 */
/* What functions are made into: cells, plain cells, machine code and its places. */
#include <string.h>

#include "check.h"
#include "modules.h"

static void misuse(const epsilon_compiled_t* compiled) {
    epsilon_code_t* code = (epsilon_code_t*)&code;
    CHECK_ERROR(epsilon_code_new(NULL, NULL, 2, &code), EPSILON_ERROR_MISUSE, "compiled is NULL");
    CHECK(code == NULL);
    CHECK_ERROR(epsilon_code_new(NULL, compiled, 2, NULL), EPSILON_ERROR_MISUSE,
                "the out-parameter is NULL");
    CHECK_ERROR(epsilon_code_new(NULL, compiled, 5, &code), EPSILON_ERROR_MISUSE,
                "there is no function 5: the module has 5");
    CHECK_ERROR(epsilon_code_new(NULL, compiled, SIZE_MAX, &code), EPSILON_ERROR_MISUSE,
                "there is no function 18446744073709551615: the module has 5");
    CHECK_ERROR(epsilon_code_new(NULL, compiled, 0, &code), EPSILON_ERROR_MISUSE,
                "function 0 is an import: its code is not in the module");
    CHECK(code == NULL);
}

static void null_handles(void) {
    size_t size = 99;
    epsilon_code_place_kind_t kind = 99;
    size_t offset = 99;
    const char* text = "";
    CHECK(epsilon_code_cells(NULL, false, &size) == NULL && size == 0);
    size = 99;
    CHECK(epsilon_code_machine_code(NULL, &size) == NULL && size == 0);
    CHECK(epsilon_code_place_count(NULL) == 0);
    size = 99;
    CHECK_ERROR(epsilon_code_place(NULL, 0, &kind, &offset, &text, &size), EPSILON_ERROR_MISUSE,
                "code is NULL");
    CHECK(kind == 0 && offset == 0 && text == NULL && size == 0);
    epsilon_code_delete(NULL);
}

static void cells(const epsilon_code_t* code) {
    for (int plain = 0; plain <= 1; ++plain) {
        size_t size = 0;
        const char* const text = epsilon_code_cells(code, plain != 0, &size);
        CHECK(text != NULL && size != 0 && strlen(text) == size && text[size - 1] == '\n');
        CHECK(strncmp(text, "0: ", 3) == 0);
        CHECK(epsilon_code_cells(code, plain != 0, NULL) == text);
    }
}

static void places(const epsilon_code_t* code) {
    size_t size = 0;
    const uint8_t* const bytes = epsilon_code_machine_code(code, &size);
    const size_t count = epsilon_code_place_count(code);
    CHECK((bytes == NULL) == (size == 0) && (bytes == NULL) == (count == 0));
    /* Where functions can be compiled, this one can. */
    CHECK(bytes != NULL || !epsilon_build_baseline_compiler());
    size_t before = 0;
    size_t entries = 0;
    for (size_t i = 0; i < count; ++i) {
        epsilon_code_place_kind_t kind = 99;
        size_t offset = 0;
        const char* text = NULL;
        size_t text_size = 0;
        CHECK_OK(epsilon_code_place(code, i, &kind, &offset, &text, &text_size));
        CHECK(kind <= EPSILON_CODE_PLACE_ADDRESS);
        CHECK(offset >= before && offset < size);
        CHECK(text != NULL && strlen(text) == text_size && text_size != 0);
        before = offset;
        entries += kind == EPSILON_CODE_PLACE_ENTRY;
    }
    CHECK(entries >= 2 || count == 0);
    if (count != 0) {
        const char* text = NULL;
        CHECK_OK(epsilon_code_place(code, 0, NULL, NULL, &text, NULL));
        if (strcmp(text, "called from outside") != 0) {
            CHECK_TEXT(text, "called by machine code");
        }
        CHECK_OK(epsilon_code_place(code, 0, NULL, NULL, NULL, NULL));
    }
    char message[100];
    snprintf(message, sizeof message, "there is no place %zu: the code has %zu", count, count);
    CHECK_ERROR(epsilon_code_place(code, count, NULL, NULL, NULL, NULL), EPSILON_ERROR_MISUSE,
                message);
}

/* The code is that of a runtime with this configuration. */
static void configured(const epsilon_compiled_t* compiled) {
    epsilon_config_t* config = NULL;
    epsilon_code_t* code = NULL;
    CHECK_OK(epsilon_config_new(&config));
    CHECK_OK(epsilon_config_set_tiers(config, EPSILON_TIERS_INTERPRETER));
    CHECK_OK(epsilon_code_new(config, compiled, 2, &code));
    CHECK(strstr(epsilon_code_cells(code, false, NULL), "tally") == NULL);
    epsilon_code_delete(code);
    CHECK_OK(epsilon_config_set_tiers(config, EPSILON_TIERS_TIERED));
    CHECK_OK(epsilon_code_new(config, compiled, 2, &code));
    CHECK((strstr(epsilon_code_cells(code, false, NULL), "tally") != NULL) ==
          epsilon_build_baseline_compiler());
    /* The list outlives what it was made of. */
    epsilon_config_delete(config);
    cells(code);
    places(code);
    epsilon_code_delete(code);
}

int main(void) {
    epsilon_compiled_t* const compiled = COMPILE(parts_wasm);
    epsilon_code_t* code = NULL;
    misuse(compiled);
    null_handles();
    configured(compiled);
    CHECK_OK(epsilon_code_new(NULL, compiled, 2, &code));
    epsilon_compiled_delete(compiled);
    cells(code);
    places(code);
    epsilon_code_delete(code);
    return check_result();
}
