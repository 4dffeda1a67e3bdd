/* SPDX-License-Identifier: Apache-2.0 */
/* References: of the embedder's objects and of functions, their ids and their lives. */
#include "check.h"
#include "modules.h"

struct maker {
    epsilon_runtime_t* runtime;
    int made;
    int finalized;
    uint64_t forged; /* returned instead of a new reference, if not 0 */
};

/* Makes a reference, gives up its handle, and returns it: only the program holds it then. */
static epsilon_error_t* make(void* env, epsilon_caller_t* caller, const epsilon_value_t* args,
                             size_t nargs, epsilon_value_t* results, size_t nresults) {
    struct maker* maker = env;
    epsilon_externref_t* object = NULL;
    (void)caller, (void)args, (void)nargs, (void)nresults;
    if (maker->forged != 0) {
        results[0].ref = maker->forged;
        return NULL;
    }
    ++maker->made;
    CHECK_OK(epsilon_externref_new(maker->runtime, &maker->finalized, count_finalizer, &object));
    results[0].ref = epsilon_externref_ref(object);
    epsilon_externref_delete(object);
    return NULL;
}

static epsilon_module_t* new_module(struct maker* maker) {
    static const epsilon_valtype_t externref[1] = {EPSILON_VALTYPE_EXTERNREF};
    epsilon_func_t* func = NULL;
    epsilon_imports_t* imports = NULL;
    CHECK_OK(epsilon_func_new(maker->runtime, NULL, 0, externref, 1, make, maker, NULL, &func));
    CHECK_OK(epsilon_imports_new(&imports));
    CHECK_OK(epsilon_imports_add_func(imports, TEXT("host"), TEXT("make"), func));
    epsilon_func_delete(func);
    epsilon_module_t* module = INSTANTIATE(maker->runtime, references_wasm, imports);
    epsilon_imports_delete(imports);
    return module;
}

/* Calls, so that what nothing reaches any more is noticed. */
static void make_calls(epsilon_module_t* module, int count) {
    epsilon_func_t* seven = export_func(module, "seven");
    epsilon_value_t value;
    for (int i = 0; i < count; ++i) {
        CHECK_OK(epsilon_func_call(seven, NULL, 0, 0, &value, 1));
        CHECK(value.i32 == 7);
    }
    epsilon_func_delete(seven);
}

static void ids(struct maker* maker, epsilon_module_t* module) {
    int finalized = 0;
    epsilon_externref_t *object = NULL, *same = NULL;
    epsilon_func_t *echo = export_func(module, "echo"), *is_null = export_func(module, "is_null");
    epsilon_value_t value;
    CHECK_OK(epsilon_externref_new(maker->runtime, &finalized, count_finalizer, &object));
    CHECK(epsilon_externref_data(object) == &finalized);
    uint64_t id = epsilon_externref_ref(object);
    CHECK(id != 0);
    value.ref = id;
    CHECK_OK(epsilon_func_call(echo, &value, 1, 0, &value, 1));
    CHECK(value.ref == id);
    CHECK_OK(epsilon_func_call(is_null, &value, 1, 0, &value, 1));
    CHECK(value.i32 == 0);
    value.ref = 0;
    CHECK_OK(epsilon_func_call(is_null, &value, 1, 0, &value, 1));
    CHECK(value.i32 == 1);

    CHECK_OK(epsilon_runtime_externref_from_ref(maker->runtime, id, &same));
    CHECK(epsilon_externref_data(same) == &finalized && epsilon_externref_ref(same) == id);
    epsilon_externref_delete(object);
    CHECK(finalized == 0);
    epsilon_externref_delete(same);
    make_calls(module, 100);
    CHECK(finalized == 1);
    /* Now the id is stale. */
    value.ref = id;
    CHECK_ERROR(epsilon_func_call(echo, &value, 1, 0, &value, 1), EPSILON_ERROR_MISUSE,
                "argument 0 of function \"echo\" is not a reference of this runtime of type "
                "externref");
    CHECK_ERROR(epsilon_runtime_externref_from_ref(maker->runtime, id, &same), EPSILON_ERROR_MISUSE,
                "the reference is not an external reference of this runtime");
    CHECK(same == NULL);
    epsilon_func_delete(is_null);
    epsilon_func_delete(echo);
}

static void functions(struct maker* maker, epsilon_module_t* module) {
    epsilon_func_t *echo = export_func(module, "echo_func"), *seven = export_func(module, "seven");
    epsilon_func_t *function = export_func(module, "function"), *same = NULL;
    epsilon_value_t value;
    CHECK_OK(epsilon_func_call(function, NULL, 0, 0, &value, 1));
    CHECK(value.ref == epsilon_func_ref(seven));
    CHECK_OK(epsilon_runtime_func_from_ref(maker->runtime, value.ref, &same));
    CHECK_TEXT(epsilon_func_name(same, NULL), "seven");
    CHECK_OK(epsilon_func_call(same, NULL, 0, 0, &value, 1));
    CHECK(value.i32 == 7);
    value.ref = epsilon_func_ref(same);
    CHECK_OK(epsilon_func_call(echo, &value, 1, 0, &value, 1));
    CHECK(value.ref == epsilon_func_ref(seven));
    ++value.ref;
    CHECK_ERROR(epsilon_func_call(echo, &value, 1, 0, &value, 1), EPSILON_ERROR_MISUSE,
                "argument 0 of function \"echo_func\" is not a reference of this runtime of type "
                "funcref");
    epsilon_func_delete(same);
    CHECK_ERROR(epsilon_runtime_func_from_ref(maker->runtime, 0, &same), EPSILON_ERROR_MISUSE,
                "the reference is not a function of this runtime");
    CHECK(same == NULL);
    CHECK_ERROR(epsilon_runtime_func_from_ref(NULL, 1, &same), EPSILON_ERROR_MISUSE,
                "runtime is NULL");
    epsilon_func_delete(function);
    epsilon_func_delete(seven);
    epsilon_func_delete(echo);
}

/* What a call returned stays good until the next call, though nothing holds it. */
static void results(struct maker* maker, epsilon_module_t* module) {
    epsilon_func_t *made = export_func(module, "made"), *keep = export_func(module, "keep");
    epsilon_func_t* both = export_func(module, "both");
    epsilon_externref_t* object = NULL;
    epsilon_value_t values[2];
    for (int i = 0; i < 50; ++i) {
        CHECK_OK(epsilon_func_call(made, NULL, 0, 0, values, 1));
        CHECK_OK(epsilon_runtime_externref_from_ref(maker->runtime, values[0].ref, &object));
        CHECK(epsilon_externref_data(object) == &maker->finalized);
        epsilon_externref_delete(object);
    }
    CHECK(maker->made == 50);
    make_calls(module, 1000);
    CHECK_OK(epsilon_func_call(made, NULL, 0, 0, values, 1));
    make_calls(module, 1000);
    CHECK(maker->finalized >= 50);

    /* The program keeps it in a table, where it stays as long as the instance. */
    values[1].ref = values[0].ref;
    values[0].i32 = 3;
    CHECK_OK(epsilon_func_call(made, NULL, 0, 0, &values[1], 1));
    CHECK_OK(epsilon_func_call(keep, values, 2, 0, NULL, 0));
    int before = maker->finalized;
    make_calls(module, 1000);
    CHECK(maker->finalized <= before + 1);
    epsilon_table_t* table = NULL;
    uint64_t ref = 0;
    CHECK_OK(epsilon_module_export_table(module, TEXT("objects"), &table));
    CHECK_OK(epsilon_table_get(table, 3, &ref));
    CHECK_OK(epsilon_runtime_externref_from_ref(maker->runtime, ref, &object));
    epsilon_table_delete(table);

    values[0].ref = ref;
    epsilon_value_t pair[2];
    CHECK_OK(epsilon_func_call(both, values, 1, 0, pair, 2));
    epsilon_func_t* seven = NULL;
    CHECK(pair[0].ref == ref);
    CHECK_OK(epsilon_runtime_func_from_ref(maker->runtime, pair[1].ref, &seven));
    epsilon_func_delete(seven);
    epsilon_externref_delete(object);

    /* A host function that returns what it must not. */
    maker->forged = 8;
    CHECK_ERROR(epsilon_func_call(made, NULL, 0, 0, values, 1), EPSILON_ERROR_MISUSE,
                "host function returned as result 0 a reference that is not of type externref");
    CHECK(values[0].ref == 0);
    maker->forged = 0;
    epsilon_func_delete(both);
    epsilon_func_delete(keep);
    epsilon_func_delete(made);
}

int main(void) {
    struct maker maker = {.runtime = new_runtime()};
    epsilon_module_t* module = new_module(&maker);
    ids(&maker, module);
    functions(&maker, module);
    results(&maker, module);
    epsilon_module_delete(module);

    /* The finalizer runs although there is no such reference. */
    int finalized = 0;
    epsilon_externref_t* object = NULL;
    CHECK_ERROR(epsilon_externref_new(NULL, &finalized, count_finalizer, &object),
                EPSILON_ERROR_MISUSE, "runtime is NULL");
    CHECK(finalized == 1);
    CHECK_ERROR(epsilon_externref_new(maker.runtime, &finalized, count_finalizer, NULL),
                EPSILON_ERROR_MISUSE, "the out-parameter is NULL");
    CHECK(finalized == 2);
    CHECK_OK(epsilon_externref_new(maker.runtime, NULL, NULL, &object));
    CHECK(epsilon_externref_data(object) == NULL);
    epsilon_runtime_delete(maker.runtime);
    epsilon_externref_delete(object);
    CHECK(maker.finalized == maker.made);

    epsilon_externref_delete(NULL);
    CHECK(epsilon_externref_ref(NULL) == 0);
    CHECK(epsilon_externref_data(NULL) == NULL);
    CHECK_ERROR(epsilon_runtime_externref_from_ref(NULL, 1, &object), EPSILON_ERROR_MISUSE,
                "runtime is NULL");
    return check_result();
}
