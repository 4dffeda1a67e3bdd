/* SPDX-License-Identifier: Apache-2.0 */
/* Tables: made by the host and by programs, read, written and grown. */
#include "check.h"
#include "modules.h"

static void made_by_the_host(epsilon_runtime_t* runtime) {
    epsilon_table_t* table = NULL;
    epsilon_externref_t* object = NULL;
    uint64_t maximum = 99, ref = 99, previous = 99;
    CHECK_OK(epsilon_externref_new(runtime, &maximum, NULL, &object));
    uint64_t id = epsilon_externref_ref(object);
    CHECK_OK(epsilon_table_new(runtime, EPSILON_VALTYPE_EXTERNREF, 2, true, 5, id, &table));
    CHECK(epsilon_table_element(table) == EPSILON_VALTYPE_EXTERNREF);
    CHECK(epsilon_table_size(table) == 2);
    CHECK(epsilon_table_maximum(table, &maximum) && maximum == 5);
    CHECK_OK(epsilon_table_get(table, 1, &ref));
    CHECK(ref == id);
    CHECK_OK(epsilon_table_set(table, 1, 0));
    CHECK_OK(epsilon_table_get(table, 1, &ref));
    CHECK(ref == 0);
    CHECK_OK(epsilon_table_grow(table, 3, id, &previous));
    CHECK(previous == 2 && epsilon_table_size(table) == 5);
    CHECK_OK(epsilon_table_get(table, 4, &ref));
    CHECK(ref == id);
    CHECK_ERROR(epsilon_table_grow(table, 1, 0, &previous), EPSILON_ERROR_LIMIT,
                "a table of 5 elements cannot grow by 1: it may have 5 elements");
    CHECK(previous == 0);

    CHECK_ERROR(epsilon_table_get(table, 5, &ref), EPSILON_ERROR_MISUSE,
                "out of bounds table access: index 5 in a table of 5 elements");
    CHECK(ref == 0);
    CHECK_ERROR(epsilon_table_set(table, UINT64_MAX, 0), EPSILON_ERROR_MISUSE,
                "out of bounds table access: index 18446744073709551615 in a table of 5 elements");
    CHECK_ERROR(epsilon_table_get(table, 0, NULL), EPSILON_ERROR_MISUSE, "ref is NULL");
    /* References that were made up are found out. */
    CHECK_ERROR(epsilon_table_set(table, 0, 12345), EPSILON_ERROR_MISUSE,
                "the value is not a reference of type externref of this runtime");
    CHECK_ERROR(epsilon_table_grow(table, 0, id + 1, NULL), EPSILON_ERROR_MISUSE,
                "the value is not a reference of type externref of this runtime");
    epsilon_table_t* functions = NULL;
    CHECK_ERROR(epsilon_table_new(runtime, EPSILON_VALTYPE_FUNCREF, 1, false, 0, id, &functions),
                EPSILON_ERROR_MISUSE, "the initial element is not a reference of this runtime");
    CHECK(functions == NULL);
    CHECK_ERROR(epsilon_table_new(runtime, EPSILON_VALTYPE_I32, 1, false, 0, 0, &functions),
                EPSILON_ERROR_MISUSE, "the element type of a table must be a reference type");
    CHECK_ERROR(epsilon_table_new(runtime, 0, 1, false, 0, 0, &functions), EPSILON_ERROR_MISUSE,
                "the element type of a table must be a reference type");
    CHECK_ERROR(epsilon_table_new(runtime, EPSILON_VALTYPE_FUNCREF, UINT64_C(1) << 32, false, 0, 0,
                                  &functions),
                EPSILON_ERROR_MISUSE,
                "table size is 4294967296 elements, which is more than 4294967295");
    CHECK_ERROR(epsilon_table_new(runtime, EPSILON_VALTYPE_FUNCREF, 2, true, 1, 0, &functions),
                EPSILON_ERROR_MISUSE, "size minimum must not be greater than maximum");
    CHECK_ERROR(epsilon_table_new(NULL, EPSILON_VALTYPE_FUNCREF, 1, false, 0, 0, &functions),
                EPSILON_ERROR_MISUSE, "runtime is NULL");
    CHECK_ERROR(epsilon_table_new(runtime, EPSILON_VALTYPE_FUNCREF, 1, false, 0, 0, NULL),
                EPSILON_ERROR_MISUSE, "the out-parameter is NULL");
    CHECK_OK(epsilon_table_new(runtime, EPSILON_VALTYPE_FUNCREF, 0, false, 0, 0, &functions));
    CHECK(!epsilon_table_maximum(functions, &maximum) && maximum == 0);
    epsilon_table_delete(functions);
    epsilon_externref_delete(object);
    epsilon_table_delete(table);
}

static void of_a_program(epsilon_runtime_t* runtime) {
    epsilon_module_t* module = INSTANTIATE(runtime, basic_wasm, NULL);
    epsilon_table_t *table = NULL, *again = NULL, *empty = NULL;
    epsilon_func_t *add = export_func(module, "add"), *call = export_func(module, "call_indirect");
    uint64_t ref = 0;
    CHECK_OK(epsilon_module_export_table(module, TEXT("table"), &table));
    CHECK_OK(epsilon_module_export_table(module, TEXT("table"), &again));
    CHECK_OK(epsilon_table_new(runtime, EPSILON_VALTYPE_FUNCREF, 0, false, 0, 0, &empty));
    CHECK(epsilon_table_id(table) != 0 && epsilon_table_id(table) == epsilon_table_id(again));
    CHECK(epsilon_table_id(table) != epsilon_table_id(empty));
    epsilon_table_delete(again);
    epsilon_table_delete(empty);
    CHECK(epsilon_table_size(table) == 2);
    CHECK_OK(epsilon_table_get(table, 0, &ref));
    CHECK(ref == epsilon_func_ref(add));
    CHECK_OK(epsilon_table_get(table, 1, &ref));
    CHECK(ref == 0);
    /* The program calls what the host put there. */
    epsilon_value_t value = {.i32 = 1};
    CHECK_OK(epsilon_table_set(table, 1, epsilon_func_ref(add)));
    CHECK_OK(epsilon_func_call(call, &value, 1, 0, &value, 1));
    CHECK(value.i32 == 3);
    CHECK_OK(epsilon_table_set(table, 1, epsilon_func_ref(call)));
    value.i32 = 1;
    CHECK_ERROR(epsilon_func_call(call, &value, 1, 0, &value, 1), EPSILON_ERROR_TRAP,
                "indirect call type mismatch");

    /* A function of another runtime is none of this one. */
    epsilon_runtime_t* other = new_runtime();
    epsilon_module_t* other_module = INSTANTIATE(other, basic_wasm, NULL);
    epsilon_func_t* other_add = export_func(other_module, "add");
    CHECK_ERROR(epsilon_table_set(table, 1, epsilon_func_ref(other_add)), EPSILON_ERROR_MISUSE,
                "the value is not a reference of type funcref of this runtime");
    epsilon_func_delete(other_add);
    epsilon_module_delete(other_module);
    epsilon_runtime_delete(other);

    epsilon_func_delete(add);
    epsilon_func_delete(call);
    epsilon_table_delete(table);
    epsilon_module_delete(module);
}

static void null_handles(void) {
    uint64_t maximum = 99, ref = 99;
    epsilon_table_delete(NULL);
    CHECK(epsilon_table_id(NULL) == 0);
    CHECK(epsilon_table_element(NULL) == 0);
    CHECK(epsilon_table_size(NULL) == 0);
    CHECK(!epsilon_table_maximum(NULL, &maximum) && maximum == 0);
    CHECK_ERROR(epsilon_table_get(NULL, 0, &ref), EPSILON_ERROR_MISUSE, "table is NULL");
    CHECK(ref == 0);
    CHECK_ERROR(epsilon_table_set(NULL, 0, 0), EPSILON_ERROR_MISUSE, "table is NULL");
    CHECK_ERROR(epsilon_table_grow(NULL, 0, 0, NULL), EPSILON_ERROR_MISUSE, "table is NULL");
}

int main(void) {
    epsilon_runtime_t* runtime = new_runtime();
    made_by_the_host(runtime);
    of_a_program(runtime);
    epsilon_runtime_delete(runtime);
    null_handles();
    return check_result();
}
