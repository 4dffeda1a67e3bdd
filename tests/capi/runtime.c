/* SPDX-License-Identifier: Apache-2.0 */
/* Runtimes: handles deleted in any order, by host functions and by finalizers too. */
#include "check.h"
#include "modules.h"

enum { HANDLES = 9 };

struct handles {
    int finalized;
    epsilon_runtime_t* runtime;
    epsilon_compiled_t* compiled;
    epsilon_module_t* module;
    epsilon_func_t *func, *host_func;
    epsilon_memory_t* memory;
    epsilon_table_t* table;
    epsilon_global_t* global;
    epsilon_externref_t* externref;
};

static epsilon_error_t* do_nothing(void* env, epsilon_caller_t* caller, const epsilon_value_t* args,
                                   size_t nargs, epsilon_value_t* results, size_t nresults) {
    (void)env, (void)caller, (void)args, (void)nargs, (void)results, (void)nresults;
    return NULL;
}

static void make_handles(struct handles* handles) {
    memset(handles, 0, sizeof *handles);
    handles->runtime = new_runtime();
    handles->compiled = COMPILE(basic_wasm);
    CHECK_OK(epsilon_module_new(handles->runtime, handles->compiled, NULL, NULL, &handles->module));
    handles->func = export_func(handles->module, "add");
    CHECK_OK(epsilon_module_export_memory(handles->module, TEXT("memory"), &handles->memory));
    CHECK_OK(epsilon_module_export_table(handles->module, TEXT("table"), &handles->table));
    CHECK_OK(epsilon_module_export_global(handles->module, TEXT("counter"), &handles->global));
    CHECK_OK(epsilon_func_new(handles->runtime, NULL, 0, NULL, 0, do_nothing, &handles->finalized,
                              count_finalizer, &handles->host_func));
    CHECK_OK(epsilon_externref_new(handles->runtime, &handles->finalized, count_finalizer,
                                   &handles->externref));
}

static void delete_handle(struct handles* handles, int which) {
    switch (which) {
        case 0:
            epsilon_runtime_delete(handles->runtime);
            break;
        case 1:
            epsilon_compiled_delete(handles->compiled);
            break;
        case 2:
            epsilon_module_delete(handles->module);
            break;
        case 3:
            epsilon_func_delete(handles->func);
            break;
        case 4:
            epsilon_memory_delete(handles->memory);
            break;
        case 5:
            epsilon_table_delete(handles->table);
            break;
        case 6:
            epsilon_global_delete(handles->global);
            break;
        case 7:
            epsilon_func_delete(handles->host_func);
            break;
        default:
            epsilon_externref_delete(handles->externref);
            break;
    }
}

/* What is left works whatever has gone. */
static void use_handles(const struct handles* handles, const bool* gone) {
    epsilon_value_t values[2] = {{.i32 = 1}, {.i32 = 2}};
    uint8_t byte = 0;
    uint64_t ref = 0;
    if (!gone[3]) {
        CHECK_OK(epsilon_func_call(handles->func, values, 2, 0, values, 1));
        CHECK(values[0].i32 == 3);
    }
    if (!gone[4]) {
        CHECK_OK(epsilon_memory_read(handles->memory, 8, &byte, 1));
        CHECK(byte == 'h');
    }
    if (!gone[5]) {
        CHECK_OK(epsilon_table_get(handles->table, 0, &ref));
        CHECK(ref != 0);
    }
    if (!gone[6]) {
        CHECK_OK(epsilon_global_get(handles->global, values));
        CHECK(values[0].i64 == 41);
    }
    if (!gone[7]) {
        CHECK_OK(epsilon_func_call(handles->host_func, NULL, 0, 0, NULL, 0));
    }
    if (!gone[8]) {
        CHECK(epsilon_externref_data(handles->externref) == &handles->finalized);
    }
}

static void orders(void) {
    /* Every handle first and last, and a hundred orders in between. */
    uint32_t random = 1;
    for (int round = 0; round < 100; ++round) {
        struct handles handles;
        bool gone[HANDLES] = {false};
        make_handles(&handles);
        for (int left = HANDLES; left > 0; --left) {
            random = random * 1664525 + 1013904223;
            int nth = left == HANDLES ? round % HANDLES : (int)((random >> 8) % (uint32_t)left);
            int which = 0;
            while (gone[which] || nth-- > 0) {
                ++which;
            }
            use_handles(&handles, gone);
            delete_handle(&handles, which);
            gone[which] = true;
        }
        CHECK(handles.finalized == 2);
    }
}

struct inside {
    struct handles handles;
    epsilon_func_t* call;
    epsilon_module_t* module;
};

/* Deletes everything there is while its caller runs. */
static epsilon_error_t* delete_all(void* env, epsilon_caller_t* caller, const epsilon_value_t* args,
                                   size_t nargs, epsilon_value_t* results, size_t nresults) {
    struct inside* inside = env;
    (void)caller, (void)nargs, (void)nresults;
    for (int i = 0; i < HANDLES; ++i) {
        delete_handle(&inside->handles, i);
    }
    epsilon_func_delete(inside->call);
    epsilon_module_delete(inside->module);
    results[0].i32 = args[0].i32 + 1;
    return NULL;
}

static void inside_a_call(void) {
    static const epsilon_valtype_t i32[1] = {EPSILON_VALTYPE_I32};
    struct inside inside;
    epsilon_func_t* func = NULL;
    epsilon_imports_t* imports = NULL;
    make_handles(&inside.handles);
    CHECK_OK(
        epsilon_func_new(inside.handles.runtime, i32, 1, i32, 1, delete_all, &inside, NULL, &func));
    CHECK_OK(epsilon_imports_new(&imports));
    CHECK_OK(epsilon_imports_add_func(imports, TEXT("host"), TEXT("callback"), func));
    epsilon_func_delete(func);
    inside.module = INSTANTIATE(inside.handles.runtime, calls_wasm, imports);
    epsilon_imports_delete(imports);
    inside.call = export_func(inside.module, "call");
    epsilon_value_t value = {.i32 = 1};
    CHECK_OK(epsilon_func_call(inside.call, &value, 1, 0, &value, 1));
    CHECK(value.i32 == 2);
    CHECK(inside.handles.finalized == 2);
}

struct last {
    epsilon_externref_t* other;
    int finalized;
};
static void delete_other(void* data) {
    struct last* last = data;
    epsilon_externref_delete(last->other);
    ++last->finalized;
}

static void inside_a_finalizer(void) {
    struct last last = {.other = NULL};
    epsilon_runtime_t* runtime = new_runtime();
    epsilon_externref_t* first = NULL;
    CHECK_OK(epsilon_externref_new(runtime, &last.finalized, count_finalizer, &last.other));
    CHECK_OK(epsilon_externref_new(runtime, &last, delete_other, &first));
    epsilon_runtime_delete(runtime);
    epsilon_externref_delete(first);
    CHECK(last.finalized == 2);
}

/* Many runtimes at once, and nothing left of those that are gone. */
static void many(void) {
    enum { COUNT = 40 };
    epsilon_runtime_t* runtimes[COUNT];
    epsilon_module_t* modules[COUNT];
    epsilon_compiled_t* compiled = COMPILE(basic_wasm);
    for (int round = 0; round < 20; ++round) {
        for (int i = 0; i < COUNT; ++i) {
            runtimes[i] = new_runtime();
            CHECK_OK(epsilon_module_new(runtimes[i], compiled, NULL, NULL, &modules[i]));
        }
        for (int i = 0; i < COUNT; ++i) {
            epsilon_runtime_delete(runtimes[i]);
            epsilon_module_delete(modules[i]);
        }
    }
    epsilon_compiled_delete(compiled);
}

int main(void) {
    orders();
    inside_a_call();
    inside_a_finalizer();
    many();

    epsilon_runtime_t* runtime = new_runtime();
    CHECK_OK(epsilon_runtime_check_signal_handlers(runtime));
    epsilon_runtime_delete(runtime);
    epsilon_runtime_delete(NULL);
    CHECK_ERROR(epsilon_runtime_new(NULL, NULL), EPSILON_ERROR_MISUSE, "the out-parameter is NULL");
    CHECK_ERROR(epsilon_runtime_check_signal_handlers(NULL), EPSILON_ERROR_MISUSE,
                "runtime is NULL");
    return check_result();
}
