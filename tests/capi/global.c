/* SPDX-License-Identifier: Apache-2.0 */
/* Globals: made by the host and by programs, read and written. */
#include "check.h"
#include "modules.h"

static void made_by_the_host(epsilon_runtime_t* runtime) {
    static const epsilon_valtype_t types[] = {EPSILON_VALTYPE_I32, EPSILON_VALTYPE_I64,
                                              EPSILON_VALTYPE_F32, EPSILON_VALTYPE_F64,
                                              EPSILON_VALTYPE_V128};
    static const size_t sizes[] = {4, 8, 4, 8, 16};
    for (size_t i = 0; i < sizeof types / sizeof *types; ++i) {
        epsilon_value_t value, read;
        epsilon_global_t* global = NULL;
        memset(&value, 0xa5, sizeof value);
        CHECK_OK(epsilon_global_new(runtime, types[i], true, &value, &global));
        CHECK(epsilon_global_content(global) == types[i]);
        CHECK(epsilon_global_mutable(global));
        memset(&read, 0xff, sizeof read);
        CHECK_OK(epsilon_global_get(global, &read));
        for (size_t byte = 0; byte < 16; ++byte) {
            CHECK(read.v128[byte] == (byte < sizes[i] ? 0xa5 : 0));
        }
        memset(&value, 0x11, sizeof value);
        CHECK_OK(epsilon_global_set(global, &value));
        CHECK_OK(epsilon_global_get(global, &read));
        for (size_t byte = 0; byte < 16; ++byte) {
            CHECK(read.v128[byte] == (byte < sizes[i] ? 0x11 : 0));
        }
        epsilon_global_delete(global);
    }

    epsilon_global_t* global = NULL;
    epsilon_value_t value = {.ref = 1234};
    CHECK_ERROR(epsilon_global_new(runtime, EPSILON_VALTYPE_EXTERNREF, true, &value, &global),
                EPSILON_ERROR_MISUSE, "the initial value is not a reference of this runtime");
    CHECK_ERROR(epsilon_global_new(runtime, 1, true, &value, &global), EPSILON_ERROR_MISUSE,
                "unknown value type 1");
    CHECK_ERROR(epsilon_global_new(runtime, EPSILON_VALTYPE_I32, true, NULL, &global),
                EPSILON_ERROR_MISUSE, "value is NULL");
    CHECK_ERROR(epsilon_global_new(NULL, EPSILON_VALTYPE_I32, true, &value, &global),
                EPSILON_ERROR_MISUSE, "runtime is NULL");
    CHECK_ERROR(epsilon_global_new(runtime, EPSILON_VALTYPE_I32, true, &value, NULL),
                EPSILON_ERROR_MISUSE, "the out-parameter is NULL");
    CHECK(global == NULL);

    CHECK_OK(epsilon_global_new(runtime, EPSILON_VALTYPE_I32, false, &value, &global));
    CHECK(!epsilon_global_mutable(global));
    CHECK_ERROR(epsilon_global_set(global, &value), EPSILON_ERROR_MISUSE,
                "the global is immutable");
    CHECK_ERROR(epsilon_global_set(global, NULL), EPSILON_ERROR_MISUSE, "value is NULL");
    CHECK_ERROR(epsilon_global_get(global, NULL), EPSILON_ERROR_MISUSE, "value is NULL");
    epsilon_global_delete(global);

    value.ref = 0;
    CHECK_OK(epsilon_global_new(runtime, EPSILON_VALTYPE_FUNCREF, true, &value, &global));
    value.ref = 99;
    CHECK_ERROR(epsilon_global_set(global, &value), EPSILON_ERROR_MISUSE,
                "the value is not a reference of type funcref of this runtime");
    CHECK_OK(epsilon_global_get(global, &value));
    CHECK(value.ref == 0);
    epsilon_global_delete(global);
}

static void of_a_program(epsilon_runtime_t* runtime) {
    epsilon_module_t* module = INSTANTIATE(runtime, basic_wasm, NULL);
    epsilon_global_t *global = NULL, *same = NULL;
    epsilon_value_t value;
    CHECK_OK(epsilon_module_export_global(module, TEXT("counter"), &global));
    CHECK_OK(epsilon_global_get(global, &value));
    CHECK(value.i64 == 41);
    value.i64 = -1;
    CHECK_OK(epsilon_global_set(global, &value));
    CHECK_OK(epsilon_module_export_global(module, TEXT("counter"), &same));
    CHECK(epsilon_global_id(same) != 0 && epsilon_global_id(same) == epsilon_global_id(global));
    epsilon_global_delete(global);
    value.i64 = 0;
    CHECK_OK(epsilon_global_get(same, &value));
    CHECK(value.i64 == -1);
    CHECK_OK(epsilon_module_export_global(module, TEXT("vector"), &global));
    CHECK(epsilon_global_id(same) != epsilon_global_id(global));
    CHECK_OK(epsilon_global_get(global, &value));
    CHECK(value.v128[0] == 1 && value.v128[4] == 2 && value.v128[8] == 3 && value.v128[12] == 4);
    epsilon_global_delete(global);
    CHECK_OK(epsilon_module_export_global(module, TEXT("pi"), &global));
    CHECK_OK(epsilon_global_get(global, &value));
    CHECK(value.f64 == 3.25 && !epsilon_global_mutable(global));
    /* A global holds its instance. */
    epsilon_module_delete(module);
    CHECK_OK(epsilon_global_get(same, &value));
    CHECK(value.i64 == -1);
    epsilon_global_delete(same);
    epsilon_global_delete(global);
}

int main(void) {
    epsilon_runtime_t* runtime = new_runtime();
    made_by_the_host(runtime);
    of_a_program(runtime);
    epsilon_runtime_delete(runtime);

    epsilon_value_t value = {.i64 = 99};
    epsilon_global_delete(NULL);
    CHECK(epsilon_global_id(NULL) == 0);
    CHECK(epsilon_global_content(NULL) == 0);
    CHECK(!epsilon_global_mutable(NULL));
    CHECK_ERROR(epsilon_global_get(NULL, &value), EPSILON_ERROR_MISUSE, "global is NULL");
    CHECK(value.i64 == 0);
    CHECK_ERROR(epsilon_global_set(NULL, &value), EPSILON_ERROR_MISUSE, "global is NULL");
    return check_result();
}
