/* SPDX-License-Identifier: Apache-2.0 */
/* Every allocation of a whole life fails once: each call then gives an error or works, nothing
 * crashes, nothing is finalized twice or not at all. */
#include "check.h"
#include "modules.h"

#if !defined(__GLIBC__) || defined(INSTRUMENTED)

int main(void) {
    puts("not applicable: malloc cannot be replaced here");
    return 0;
}

#else

void* __libc_malloc(size_t size);
void* __libc_calloc(size_t count, size_t size);
void* __libc_realloc(void* old, size_t size);

static bool armed;
static long allocations; /* since the start of the round */
static long failing;     /* which of them fails */
static long failures;    /* that happened this round */

static bool fails(void) {
    if (armed && allocations++ == failing) {
        ++failures;
        return true;
    }
    return false;
}

void* malloc(size_t size) {
    return fails() ? NULL : __libc_malloc(size);
}
void* calloc(size_t count, size_t size) {
    return fails() ? NULL : __libc_calloc(count, size);
}
void* realloc(void* old, size_t size) {
    return fails() ? NULL : __libc_realloc(old, size);
}

static int finalized;
static int owned; /* finalizers that were handed over */

/* Whether the call worked. Errors may only be about memory. */
static bool worked(epsilon_error_t* error, const char* what) {
    if (error == NULL) {
        return true;
    }
    const epsilon_error_kind_t kind = epsilon_error_kind(error);
    /* A growth that the system refuses is a limit to the embedder. */
    if (kind != EPSILON_ERROR_NO_MEMORY && kind != EPSILON_ERROR_LIMIT) {
        fprintf(stderr, "allocation %ld, %s: error of kind %s: %s\n", failing, what,
                epsilon_error_kind_name(kind), epsilon_error_message(error, NULL));
        CHECK(false);
    }
    epsilon_error_delete(error);
    return false;
}
#define WORKED(call) worked((call), #call)

static epsilon_error_t* callback(void* env, epsilon_caller_t* caller, const epsilon_value_t* args,
                                 size_t nargs, epsilon_value_t* results, size_t nresults) {
    epsilon_module_t* module = NULL;
    epsilon_memory_t* memory = NULL;
    (void)env, (void)nargs, (void)nresults;
    epsilon_error_t* error = epsilon_caller_module(caller, &module);
    if (error == NULL) {
        error = epsilon_module_export_memory(module, TEXT("memory"), &memory);
    }
    epsilon_memory_delete(memory);
    epsilon_module_delete(module);
    results[0].i32 = args[0].i32 + 1;
    return error;
}

static void use_module(epsilon_module_t* module) {
    epsilon_func_t* call = NULL;
    epsilon_memory_t* memory = NULL;
    epsilon_value_t value = {.i32 = 1};
    if (WORKED(epsilon_module_export_func(module, TEXT("call"), &call))) {
        if (WORKED(epsilon_func_call(call, &value, 1, 0, &value, 1))) {
            CHECK(value.i32 == 2);
        }
        /* Once more: the failure is past, or still to come. */
        value.i32 = 2;
        if (WORKED(epsilon_func_call(call, &value, 1, 0, &value, 1))) {
            CHECK(value.i32 == 3);
        }
        (void)epsilon_func_name(call, NULL);
    }
    if (WORKED(epsilon_module_export_memory(module, TEXT("memory"), &memory))) {
        if (WORKED(epsilon_memory_grow(memory, 1, NULL))) {
            CHECK(epsilon_memory_size(memory) == 2);
        }
        (void)epsilon_memory_data(memory);
    }
    epsilon_memory_delete(memory);
    epsilon_func_delete(call);
}

static void use_runtime(epsilon_runtime_t* runtime, epsilon_compiled_t* compiled) {
    static const epsilon_valtype_t i32[1] = {EPSILON_VALTYPE_I32};
    epsilon_func_t* func = NULL;
    epsilon_imports_t* imports = NULL;
    epsilon_module_t* module = NULL;
    epsilon_table_t* table = NULL;
    epsilon_global_t* global = NULL;
    epsilon_externref_t* externref = NULL;
    epsilon_value_t value = {.i32 = 0};
    ++owned;
    if (WORKED(epsilon_func_new(runtime, i32, 1, i32, 1, callback, &finalized, count_finalizer,
                                &func)) &&
        WORKED(epsilon_imports_new(&imports)) &&
        WORKED(epsilon_imports_add_func(imports, TEXT("host"), TEXT("callback"), func)) &&
        WORKED(epsilon_module_new(runtime, compiled, imports, NULL, &module))) {
        use_module(module);
    }
    ++owned;
    if (WORKED(epsilon_externref_new(runtime, &finalized, count_finalizer, &externref)) &&
        WORKED(epsilon_table_new(runtime, EPSILON_VALTYPE_EXTERNREF, 2, false, 0,
                                 epsilon_externref_ref(externref), &table))) {
        WORKED(epsilon_table_grow(table, 100, 0, NULL));
    }
    WORKED(epsilon_global_new(runtime, EPSILON_VALTYPE_I32, true, &value, &global));
    epsilon_global_delete(global);
    epsilon_table_delete(table);
    epsilon_externref_delete(externref);
    epsilon_module_delete(module);
    epsilon_imports_delete(imports);
    epsilon_func_delete(func);
}

static epsilon_error_t* take(void* env, const uint8_t* data, size_t size) {
    (void)env, (void)data, (void)size;
    return NULL;
}

/* A program with files in memory: an allocation that fails in one of its calls ends it. */
static void use_wasi(epsilon_runtime_t* runtime) {
    epsilon_wasi_t* wasi = NULL;
    epsilon_imports_t* imports = NULL;
    epsilon_compiled_t* compiled = NULL;
    epsilon_module_t* module = NULL;
    epsilon_func_t* open = NULL;
    const uint8_t* data = NULL;
    size_t size = 0, count = 0;
    int32_t status = 0;
    epsilon_value_t args[3] = {{.i32 = 3}, {.i32 = 1}, {.i32 = 1}}, result;
    owned += 1;
    if (WORKED(epsilon_wasi_new(&wasi)) && WORKED(epsilon_wasi_add_arg(wasi, TEXT("program"))) &&
        WORKED(epsilon_wasi_add_env(wasi, TEXT("NAME"), TEXT("a value that is long"))) &&
        WORKED(epsilon_wasi_set_stdin_bytes(wasi, TEXT("input"))) &&
        WORKED(epsilon_wasi_set_output_capture(wasi, EPSILON_WASI_STDOUT)) &&
        WORKED(epsilon_wasi_preopen_memory(wasi, TEXT("/a-path-of-some-length"), false)) &&
        WORKED(epsilon_wasi_preopen_dir(wasi, TEXT("/"), TEXT("/"), true)) &&
        WORKED(epsilon_wasi_file_write(wasi, TEXT("/a-path-of-some-length/x/y"), TEXT("text"))) &&
        WORKED(epsilon_imports_new(&imports)) && WORKED(epsilon_imports_add_wasi(imports, wasi)) &&
        WORKED(epsilon_compiled_new(NULL, wasi_wasm, sizeof wasi_wasm, &compiled)) &&
        WORKED(epsilon_module_new(runtime, compiled, imports, NULL, &module))) {
        if (WORKED(epsilon_wasi_run(module, 0, UINT64_MAX, &status))) {
            CHECK(status == 7);
        }
        if (WORKED(epsilon_module_export_func(module, TEXT("open"), &open)) &&
            WORKED(epsilon_func_call(open, args, 3, 0, &result, 1))) {
            WORKED(epsilon_wasi_output(wasi, EPSILON_WASI_STDOUT, &data, &size, NULL));
        }
        WORKED(epsilon_wasi_file_count(wasi, &count));
    }
    if (wasi != NULL) {
        WORKED(epsilon_wasi_set_output_callback(wasi, EPSILON_WASI_STDERR, take, &finalized,
                                                count_finalizer));
    } else {
        owned -= 1;
    }
    epsilon_func_delete(open);
    epsilon_module_delete(module);
    epsilon_compiled_delete(compiled);
    epsilon_imports_delete(imports);
    epsilon_wasi_delete(wasi);
}

static void one_life(void) {
    epsilon_config_t* config = NULL;
    epsilon_runtime_t* runtime = NULL;
    epsilon_compiled_t* compiled = NULL;
    const epsilon_type_t* type = NULL;
    if (WORKED(epsilon_config_new(&config)) && WORKED(epsilon_runtime_new(config, &runtime)) &&
        WORKED(epsilon_compiled_new(config, calls_wasm, sizeof calls_wasm, &compiled))) {
        WORKED(epsilon_compiled_import(compiled, 0, NULL, NULL, NULL, NULL, &type));
        WORKED(epsilon_compiled_export(compiled, 0, NULL, NULL, NULL));
        (void)epsilon_compiled_name(compiled, NULL);
        (void)epsilon_compiled_section_count(compiled);
        WORKED(epsilon_compiled_section(compiled, 0, NULL, NULL, NULL));
        WORKED(epsilon_compiled_item_type(compiled, EPSILON_EXTERNKIND_FUNC, 0, &type));
        WORKED(epsilon_compiled_item_type(compiled, EPSILON_EXTERNKIND_MEMORY, 0, &type));
        WORKED(epsilon_compiled_func(compiled, 0, NULL, NULL, NULL, NULL, NULL));
        use_runtime(runtime, compiled);
        use_wasi(runtime);
    }
    ++owned;
    epsilon_error_delete(epsilon_error_new_host(
        TEXT("a message too long for the short form of strings"), &finalized, count_finalizer));
    epsilon_compiled_delete(compiled);
    epsilon_config_delete(config);
    epsilon_runtime_delete(runtime);
}

int main(void) {
    /* What is made once per process is made, and may fail, in the first rounds. */
    for (failing = 0; check_failures == 0; ++failing) {
        allocations = failures = finalized = owned = 0;
        armed = true;
        one_life();
        armed = false;
        CHECK(finalized == owned);
        if (failures == 0) {
            break;
        }
    }
    printf("%ld allocations failed, one after the other\n", failing);
    CHECK(failing > 50);
    return check_result();
}

#endif
