/* SPDX-License-Identifier: Apache-2.0 */
/* Links modules: one uses what another exports, and both use a memory and a number of the host's.
 *
 *   cc -std=c11 linking.c $(pkg-config --cflags --libs epsilon) -o linking
 */
#include <epsilon.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "modules.h"

static void check(epsilon_error_t* error) {
    if (error == NULL) return;
    fprintf(stderr, "linking: %s\n", epsilon_error_message(error, NULL));
    epsilon_error_delete(error);
    exit(1);
}

/* What a module needs from others. The names and types are known before it is instantiated. */
static void list_imports(const epsilon_compiled_t* compiled) {
    for (size_t i = 0; i < epsilon_compiled_import_count(compiled); ++i) {
        const char *module, *name;
        const epsilon_type_t* type;
        check(epsilon_compiled_import(compiled, i, &module, NULL, &name, NULL, &type));
        printf("%s imports %s.%s: %s %s\n", epsilon_compiled_name(compiled, NULL), module, name,
               epsilon_externkind_name(epsilon_type_kind(type)), epsilon_type_text(type, NULL));
    }
}

static epsilon_module_t* instantiate(epsilon_runtime_t* runtime, const uint8_t* bytes, size_t size,
                                     const epsilon_imports_t* imports) {
    epsilon_compiled_t* compiled;
    epsilon_module_t* module;
    check(epsilon_compiled_new(NULL, bytes, size, &compiled));
    list_imports(compiled);
    check(epsilon_module_new(runtime, compiled, imports, NULL, &module));
    epsilon_compiled_delete(compiled);
    return module;
}

int main(void) {
    const epsilon_value_t limit_value = {.i32 = 5};
    epsilon_value_t written, end;
    epsilon_runtime_t* runtime;
    epsilon_memory_t* memory;
    epsilon_global_t *limit, *end_global;
    epsilon_imports_t* imports;
    epsilon_func_t* run;
    check(epsilon_runtime_new(NULL, &runtime));

    /* The host's own: a memory of one page, which may grow to two, and an immutable global. */
    check(epsilon_memory_new(runtime, 1, true, 2, &memory));
    check(epsilon_global_new(runtime, EPSILON_VALTYPE_I32, false, &limit_value, &limit));
    check(epsilon_imports_new(&imports));
    check(epsilon_imports_add_memory(imports, "host", 4, "memory", 6, memory));
    check(epsilon_imports_add_global(imports, "host", 4, "limit", 5, limit));

    /* One set of imports serves both: each takes what it asks for. All that the first exports is
     * added under a name of our choice for the second. */
    epsilon_module_t* text =
        instantiate(runtime, linking_text_wasm, sizeof linking_text_wasm, imports);
    check(epsilon_imports_add_module(imports, "text", 4, text));
    epsilon_module_t* count =
        instantiate(runtime, linking_count_wasm, sizeof linking_count_wasm, imports);

    check(epsilon_module_export_func(count, "run", strlen("run"), &run));
    check(epsilon_func_call(run, NULL, 0, 0, &written, 1));
    check(epsilon_module_export_global(text, "end", strlen("end"), &end_global));
    check(epsilon_global_get(end_global, &end));
    char bytes[64];
    if (end.u32 == 0 || end.u32 > sizeof bytes) exit(1); /* it is the program's number */
    check(epsilon_memory_read(memory, 0, bytes, end.u32));
    printf("%" PRId32 " bytes, up to %" PRId32 ": %.*s\n", written.i32, end.i32, (int)end.u32 - 1,
           bytes);

    /* A mutable global can be set, and the program goes on from there. */
    end.i32 = 2;
    check(epsilon_global_set(end_global, &end));
    check(epsilon_func_call(run, NULL, 0, 0, &written, 1));
    check(epsilon_memory_read(memory, 0, bytes, 11));
    printf("from the third byte on: %.*s\n", 11, bytes);

    /* What instances use of each other they hold. */
    epsilon_module_delete(text);
    epsilon_global_delete(end_global);
    epsilon_global_delete(limit);
    epsilon_imports_delete(imports);
    check(epsilon_func_call(run, NULL, 0, 0, &written, 1));
    printf("the other module's handle is gone, run() = %" PRId32 "\n", written.i32);

    epsilon_func_delete(run);
    epsilon_module_delete(count);
    epsilon_memory_delete(memory);
    epsilon_runtime_delete(runtime);
    return 0;
}
