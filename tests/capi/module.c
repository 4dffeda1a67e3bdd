/* SPDX-License-Identifier: Apache-2.0 */
/* Instances: imports by name, exports by name, start functions, options. */
#include "check.h"
#include "modules.h"

static epsilon_error_t* twice(void* env, epsilon_caller_t* caller, const epsilon_value_t* args,
                              size_t nargs, epsilon_value_t* results, size_t nresults) {
    (void)env, (void)caller, (void)nargs, (void)nresults;
    results[0].i32 = 2 * args[0].i32;
    return NULL;
}

static epsilon_func_t* new_twice(epsilon_runtime_t* runtime) {
    static const epsilon_valtype_t i32[1] = {EPSILON_VALTYPE_I32};
    epsilon_func_t* func = NULL;
    CHECK_OK(epsilon_func_new(runtime, i32, 1, i32, 1, twice, NULL, NULL, &func));
    return func;
}

static void all_kinds_of_imports(void) {
    epsilon_runtime_t* runtime = new_runtime();
    epsilon_imports_t* imports = NULL;
    epsilon_table_t* table = NULL;
    epsilon_memory_t* memory = NULL;
    epsilon_global_t* global = NULL;
    epsilon_value_t value = {.i32 = 5};
    epsilon_func_t* func = new_twice(runtime);
    CHECK_OK(epsilon_table_new(runtime, EPSILON_VALTYPE_FUNCREF, 1, false, 0, 0, &table));
    CHECK_OK(epsilon_memory_new(runtime, 1, true, 2, &memory));
    CHECK_OK(epsilon_global_new(runtime, EPSILON_VALTYPE_I32, true, &value, &global));
    CHECK_OK(epsilon_imports_new(&imports));
    CHECK_OK(epsilon_imports_add_func(imports, TEXT("env"), TEXT("twice"), func));
    CHECK_OK(epsilon_imports_add_table(imports, TEXT("env"), TEXT("table"), table));
    CHECK_OK(epsilon_imports_add_memory(imports, TEXT("env"), TEXT("memory"), memory));
    CHECK_OK(epsilon_imports_add_global(imports, TEXT("env"), TEXT("global"), global));

    epsilon_module_t* module = INSTANTIATE(runtime, imports_wasm, imports);
    epsilon_imports_delete(imports);
    epsilon_func_t* run = export_func(module, "run");
    value.i32 = 20;
    CHECK_OK(epsilon_func_call(run, &value, 1, 0, &value, 1));
    CHECK(value.i32 == 41);
    CHECK(*epsilon_memory_data(memory) == 20);
    CHECK_OK(epsilon_global_get(global, &value));
    CHECK(value.i32 == 7);

    /* What was imported and is exported again is the same object. */
    epsilon_func_t* same_func = export_func(module, "twice");
    CHECK(epsilon_func_ref(same_func) == epsilon_func_ref(func));
    epsilon_memory_t* same_memory = NULL;
    CHECK_OK(epsilon_module_export_memory(module, TEXT("memory"), &same_memory));
    CHECK(epsilon_memory_data(same_memory) == epsilon_memory_data(memory));

    epsilon_memory_delete(same_memory);
    epsilon_func_delete(same_func);
    epsilon_func_delete(run);
    epsilon_module_delete(module);
    epsilon_global_delete(global);
    epsilon_memory_delete(memory);
    epsilon_table_delete(table);
    epsilon_func_delete(func);
    epsilon_runtime_delete(runtime);
}

static void link_errors(void) {
    epsilon_runtime_t* runtime = new_runtime();
    epsilon_compiled_t* compiled = COMPILE(imports_wasm);
    epsilon_module_t* module = NULL;
    CHECK_ERROR(epsilon_module_new(runtime, compiled, NULL, NULL, &module), EPSILON_ERROR_LINK,
                "unknown import env.twice; "
                "unknown import env.table; "
                "unknown import env.memory; "
                "unknown import env.global");
    CHECK(module == NULL);

    /* Some missing, some wrong: one error tells of all. */
    epsilon_imports_t* imports = NULL;
    epsilon_func_t* func = NULL;
    epsilon_memory_t* memory = NULL;
    epsilon_global_t* global = NULL;
    epsilon_value_t value = {.i64 = 0};
    CHECK_OK(epsilon_func_new(runtime, NULL, 0, NULL, 0, twice, NULL, NULL, &func));
    CHECK_OK(epsilon_memory_new(runtime, 1, false, 0, &memory));
    CHECK_OK(epsilon_global_new(runtime, EPSILON_VALTYPE_I64, true, &value, &global));
    CHECK_OK(epsilon_imports_new(&imports));
    CHECK_OK(epsilon_imports_add_func(imports, TEXT("env"), TEXT("twice"), func));
    CHECK_OK(epsilon_imports_add_memory(imports, TEXT("env"), TEXT("memory"), memory));
    CHECK_OK(epsilon_imports_add_global(imports, TEXT("env"), TEXT("global"), global));
    epsilon_error_t* error = epsilon_module_new(runtime, compiled, imports, NULL, &module);
    const char* message = epsilon_error_message(error, NULL);
    CHECK(epsilon_error_kind(error) == EPSILON_ERROR_LINK);
    CHECK(strstr(message, "incompatible import type for env.twice: ") == message);
    CHECK(strstr(message, "; unknown import env.table; ") != NULL);
    CHECK(strstr(message, "; incompatible import type for env.memory: ") != NULL);
    CHECK(strstr(message, "; incompatible import type for env.global: ") != NULL);
    epsilon_error_delete(error);
    epsilon_imports_delete(imports);
    epsilon_global_delete(global);
    epsilon_memory_delete(memory);
    epsilon_func_delete(func);
    epsilon_compiled_delete(compiled);
    epsilon_runtime_delete(runtime);
}

static void wrong_imports(void) {
    epsilon_imports_t* imports = NULL;
    epsilon_runtime_t *runtime = new_runtime(), *other = new_runtime();
    epsilon_func_t* func = new_twice(other);
    CHECK_OK(epsilon_imports_new(&imports));
    CHECK_ERROR(epsilon_imports_add_func(NULL, TEXT("a"), TEXT("b"), func), EPSILON_ERROR_MISUSE,
                "imports is NULL");
    CHECK_ERROR(epsilon_imports_add_func(imports, TEXT("a"), TEXT("b"), NULL), EPSILON_ERROR_MISUSE,
                "the object is NULL");
    CHECK_ERROR(epsilon_imports_add_table(imports, TEXT("a"), TEXT("b"), NULL),
                EPSILON_ERROR_MISUSE, "the object is NULL");
    CHECK_ERROR(epsilon_imports_add_memory(imports, TEXT("a"), TEXT("b"), NULL),
                EPSILON_ERROR_MISUSE, "the object is NULL");
    CHECK_ERROR(epsilon_imports_add_global(imports, TEXT("a"), TEXT("b"), NULL),
                EPSILON_ERROR_MISUSE, "the object is NULL");
    CHECK_ERROR(epsilon_imports_add_module(imports, TEXT("a"), NULL), EPSILON_ERROR_MISUSE,
                "instance is NULL");
    CHECK_ERROR(epsilon_imports_add_func(imports, NULL, 1, TEXT("b"), func), EPSILON_ERROR_MISUSE,
                "a name is NULL");
    CHECK_ERROR(epsilon_imports_add_func(imports, TEXT("a"), NULL, 1, func), EPSILON_ERROR_MISUSE,
                "a name is NULL");
    CHECK_ERROR(epsilon_imports_new(NULL), EPSILON_ERROR_MISUSE, "the out-parameter is NULL");

    /* An object of another runtime. */
    CHECK_OK(epsilon_imports_add_func(imports, TEXT("host"), TEXT("callback"), func));
    epsilon_compiled_t* compiled = COMPILE(calls_wasm);
    epsilon_module_t* module = NULL;
    CHECK_ERROR(epsilon_module_new(runtime, compiled, imports, NULL, &module), EPSILON_ERROR_MISUSE,
                "import host.callback is bound to an object of another runtime");
    /* That does not matter where nobody asks for it; and binding again replaces it. */
    epsilon_func_t* mine = new_twice(runtime);
    CHECK_OK(epsilon_imports_add_func(imports, TEXT("not"), TEXT("wanted"), func));
    CHECK_OK(epsilon_imports_add_func(imports, TEXT("host"), TEXT("callback"), mine));
    CHECK_OK(epsilon_module_new(runtime, compiled, imports, NULL, &module));
    epsilon_module_delete(module);
    CHECK_ERROR(epsilon_module_new(NULL, compiled, imports, NULL, &module), EPSILON_ERROR_MISUSE,
                "runtime is NULL");
    CHECK_ERROR(epsilon_module_new(runtime, NULL, imports, NULL, &module), EPSILON_ERROR_MISUSE,
                "compiled is NULL");
    CHECK_ERROR(epsilon_module_new(runtime, compiled, imports, NULL, NULL), EPSILON_ERROR_MISUSE,
                "the out-parameter is NULL");
    epsilon_compiled_delete(compiled);
    epsilon_imports_delete(imports);
    epsilon_imports_delete(NULL);
    epsilon_func_delete(mine);
    epsilon_func_delete(func);
    epsilon_runtime_delete(other);
    epsilon_runtime_delete(runtime);
}

/* One instance's exports are another's imports; a single binding made later goes before. */
static void instances_as_imports(void) {
    /* (module (import "lib" "add" (func (param i32 i32) (result i32)))
     *         (import "lib" "counter" (global (mut i64)))
     *         (export "again" (func 0))) */
    static const uint8_t user[] = {
        0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00,             /* magic, version */
        0x01, 0x07, 0x01, 0x60, 0x02, 0x7f, 0x7f, 0x01, 0x7f,       /* type 0 */
        0x02, 0x1a, 0x02,                                           /* two imports */
        0x03, 'l',  'i',  'b',  0x03, 'a',  'd',  'd',  0x00, 0x00, /* function */
        0x03, 'l',  'i',  'b',  0x07, 'c',  'o',  'u',  'n',  't',  'e',
        'r',  0x03, 0x7e, 0x01,                                           /* global */
        0x07, 0x09, 0x01, 0x05, 'a',  'g',  'a',  'i',  'n',  0x00, 0x00, /* export */
    };
    epsilon_runtime_t* runtime = new_runtime();
    epsilon_module_t* library = INSTANTIATE(runtime, basic_wasm, NULL);
    epsilon_imports_t* imports = NULL;
    CHECK_OK(epsilon_imports_new(&imports));
    CHECK_OK(epsilon_imports_add_module(imports, TEXT("lib"), library));
    epsilon_module_t* module = INSTANTIATE(runtime, user, imports);
    epsilon_func_t *add = export_func(library, "add"), *again = export_func(module, "again");
    CHECK(epsilon_func_ref(add) == epsilon_func_ref(again));
    /* The exporting instance lives as long as the importing one. */
    epsilon_func_delete(add);
    epsilon_module_delete(library);
    epsilon_value_t values[2] = {{.i32 = 1}, {.i32 = 2}};
    CHECK_OK(epsilon_func_call(again, values, 2, 0, values, 1));
    CHECK(values[0].i32 == 3);
    epsilon_func_delete(again);

    epsilon_func_t* other = new_twice(runtime);
    epsilon_compiled_t* compiled = COMPILE(user);
    epsilon_module_t* second = NULL;
    CHECK_OK(epsilon_imports_add_func(imports, TEXT("lib"), TEXT("add"), other));
    epsilon_error_t* error = epsilon_module_new(runtime, compiled, imports, NULL, &second);
    CHECK(epsilon_error_kind(error) == EPSILON_ERROR_LINK);
    epsilon_error_delete(error);
    epsilon_compiled_delete(compiled);
    epsilon_func_delete(other);
    epsilon_module_delete(module);
    epsilon_imports_delete(imports);
    epsilon_runtime_delete(runtime);
}

static void exports(void) {
    epsilon_runtime_t* runtime = new_runtime();
    epsilon_module_t* module = INSTANTIATE(runtime, basic_wasm, NULL);
    epsilon_func_t* func = NULL;
    epsilon_table_t* table = NULL;
    epsilon_memory_t* memory = NULL;
    epsilon_global_t* global = NULL;
    CHECK_ERROR(epsilon_module_export_func(module, TEXT("sub"), &func), EPSILON_ERROR_MISUSE,
                "unknown export \"sub\"");
    CHECK_ERROR(epsilon_module_export_func(module, TEXT("memory"), &func), EPSILON_ERROR_MISUSE,
                "export \"memory\" is a memory, not a function");
    CHECK_ERROR(epsilon_module_export_table(module, TEXT("add"), &table), EPSILON_ERROR_MISUSE,
                "export \"add\" is a function, not a table");
    CHECK_ERROR(epsilon_module_export_memory(module, TEXT("table"), &memory), EPSILON_ERROR_MISUSE,
                "export \"table\" is a table, not a memory");
    CHECK_ERROR(epsilon_module_export_memory(module, TEXT("pi"), &memory), EPSILON_ERROR_MISUSE,
                "export \"pi\" is a global, not a memory");
    CHECK_ERROR(epsilon_module_export_global(module, TEXT("a \"b\"\0c"), &global),
                EPSILON_ERROR_MISUSE, "unknown export \"a \\22b\\22\\00c\"");
    CHECK_ERROR(epsilon_module_export_func(module, NULL, 1, &func), EPSILON_ERROR_MISUSE,
                "name is NULL");
    CHECK_ERROR(epsilon_module_export_func(NULL, TEXT("add"), &func), EPSILON_ERROR_MISUSE,
                "module is NULL");
    CHECK_ERROR(epsilon_module_export_func(module, TEXT("add"), NULL), EPSILON_ERROR_MISUSE,
                "the out-parameter is NULL");
    CHECK_OK(epsilon_module_export_func(module, TEXT("a name with \"quotes\" and \0"), &func));
    CHECK_OK(epsilon_func_call(func, NULL, 0, 0, NULL, 0));
    epsilon_func_delete(func);

    epsilon_runtime_t* same = NULL;
    epsilon_compiled_t* compiled = NULL;
    CHECK_OK(epsilon_module_runtime(module, &same));
    CHECK_OK(epsilon_module_compiled(module, &compiled));
    CHECK(epsilon_compiled_export_count(compiled) == 19);
    epsilon_runtime_delete(same);
    epsilon_compiled_delete(compiled);
    CHECK_ERROR(epsilon_module_runtime(NULL, &same), EPSILON_ERROR_MISUSE, "module is NULL");
    CHECK_ERROR(epsilon_module_compiled(NULL, &compiled), EPSILON_ERROR_MISUSE, "module is NULL");
    epsilon_module_delete(NULL);
    epsilon_module_delete(module);
    epsilon_runtime_delete(runtime);
}

static epsilon_error_t* start_function(void* env, epsilon_caller_t* caller,
                                       const epsilon_value_t* args, size_t nargs,
                                       epsilon_value_t* results, size_t nresults) {
    int* calls = env;
    (void)caller, (void)args, (void)results;
    CHECK(nargs == 0 && nresults == 0);
    return ++*calls > 1 ? epsilon_error_new(EPSILON_ERROR_HOST, TEXT("not again")) : NULL;
}

static void start_functions(void) {
    int calls = 0;
    epsilon_runtime_t* runtime = new_runtime();
    epsilon_func_t* func = NULL;
    epsilon_imports_t* imports = NULL;
    CHECK_OK(epsilon_func_new(runtime, NULL, 0, NULL, 0, start_function, &calls, NULL, &func));
    CHECK_OK(epsilon_imports_new(&imports));
    CHECK_OK(epsilon_imports_add_func(imports, TEXT("host"), TEXT("start"), func));
    epsilon_func_delete(func);
    epsilon_module_t* module = INSTANTIATE(runtime, start_wasm, imports);
    CHECK(calls == 1);
    epsilon_module_delete(module);

    epsilon_compiled_t* compiled = COMPILE(start_wasm);
    CHECK_ERROR(epsilon_module_new(runtime, compiled, imports, NULL, &module), EPSILON_ERROR_HOST,
                "not again");
    CHECK(module == NULL);
    epsilon_compiled_delete(compiled);
    epsilon_imports_delete(imports);

    epsilon_options_t* options = NULL;
    CHECK_OK(epsilon_options_new(&options));
    CHECK_OK(epsilon_options_set_timeout_ms(options, 20));
    compiled = COMPILE(spin_start_wasm);
    epsilon_error_t* error = epsilon_module_new(runtime, compiled, NULL, options, &module);
    CHECK(epsilon_error_kind(error) == EPSILON_ERROR_TIMEOUT);
    CHECK(module == NULL);
    epsilon_error_delete(error);
    epsilon_compiled_delete(compiled);
    epsilon_options_delete(options);
    epsilon_runtime_delete(runtime);
}

/* Instantiates big_memory.wat and tells how many pages its two memories can have at most. */
static void memory_maxima(epsilon_runtime_t* runtime, const epsilon_options_t* options,
                          uint64_t maxima[2]) {
    static const char* const names[2] = {"free", "capped"};
    epsilon_compiled_t* compiled = COMPILE(big_memory_wasm);
    epsilon_module_t* module = NULL;
    CHECK_OK(epsilon_module_new(runtime, compiled, NULL, options, &module));
    for (int i = 0; i < 2; ++i) {
        epsilon_memory_t* memory = NULL;
        CHECK_OK(epsilon_module_export_memory(module, names[i], strlen(names[i]), &memory));
        epsilon_error_t* error = epsilon_memory_grow(memory, 1 << 20, NULL);
        const char* text = strstr(epsilon_error_message(error, NULL), "may have ");
        maxima[i] = text == NULL ? 0 : strtoull(text + 9, NULL, 10);
        epsilon_error_delete(error);
        epsilon_memory_delete(memory);
    }
    epsilon_module_delete(module);
    epsilon_compiled_delete(compiled);
}

static void memory_options(void) {
    uint64_t maxima[2];
    epsilon_config_t* config = NULL;
    epsilon_options_t* options = NULL;
    epsilon_runtime_t* runtime = new_runtime();
    CHECK_OK(epsilon_options_new(&options));

    memory_maxima(runtime, NULL, maxima); /* none given anywhere */
    CHECK(maxima[0] == 32768 && maxima[1] == 8);
    memory_maxima(runtime, options, maxima);
    CHECK(maxima[0] == 32768 && maxima[1] == 8);
    CHECK_OK(epsilon_options_set_max_memory_pages(options, 0)); /* explicitly no cap */
    memory_maxima(runtime, options, maxima);
    CHECK(maxima[0] == 65536 && maxima[1] == 8);
    CHECK_OK(epsilon_options_set_max_memory_pages(options, 5));
    memory_maxima(runtime, options, maxima);
    CHECK(maxima[0] == 5 && maxima[1] == 5);
    epsilon_runtime_delete(runtime);

    CHECK_OK(epsilon_config_new(&config)); /* the runtime's cap, and what replaces it */
    CHECK_OK(epsilon_config_set_max_memory_pages(config, 3));
    CHECK_OK(epsilon_runtime_new(config, &runtime));
    epsilon_config_delete(config);
    memory_maxima(runtime, NULL, maxima);
    CHECK(maxima[0] == 3 && maxima[1] == 3);
    memory_maxima(runtime, options, maxima);
    CHECK(maxima[0] == 5 && maxima[1] == 5);
    CHECK_OK(epsilon_options_set_max_memory_pages(options, 0));
    memory_maxima(runtime, options, maxima);
    CHECK(maxima[0] == 65536 && maxima[1] == 8);
    epsilon_runtime_delete(runtime);

    CHECK_ERROR(epsilon_options_set_max_memory_pages(options, 65537), EPSILON_ERROR_MISUSE,
                "max_memory_pages is 65537, which is more than 65536");
    CHECK_ERROR(epsilon_options_set_max_memory_pages(NULL, 1), EPSILON_ERROR_MISUSE,
                "options is NULL");
    CHECK_ERROR(epsilon_options_set_timeout_ms(NULL, 1), EPSILON_ERROR_MISUSE, "options is NULL");
    CHECK_ERROR(epsilon_options_new(NULL), EPSILON_ERROR_MISUSE, "the out-parameter is NULL");
    epsilon_options_delete(options);
    epsilon_options_delete(NULL);
}

int main(void) {
    all_kinds_of_imports();
    link_errors();
    wrong_imports();
    instances_as_imports();
    exports();
    start_functions();
    memory_options();
    return check_result();
}
