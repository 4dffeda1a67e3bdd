/* SPDX-License-Identifier: Apache-2.0 */
/* Functions and objects as values: a table of callbacks, and a program that holds an object of
 * ours.
 *
 *   cc -std=c11 references.c $(pkg-config --cflags --libs epsilon) -o references
 */
#include <epsilon.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "modules.h"

struct document {
    const char* title;
};

static void check(epsilon_error_t* error) {
    if (error == NULL) return;
    fprintf(stderr, "references: %s\n", epsilon_error_message(error, NULL));
    epsilon_error_delete(error);
    exit(1);
}

/* Called once, when neither a handle nor the program can reach the document any more. */
static void close_document(void* data) {
    struct document* document = (struct document*)data;
    printf("closed: %s\n", document->title);
    free(document);
}

static epsilon_error_t* negate(void* env, epsilon_caller_t* caller, const epsilon_value_t* args,
                               size_t nargs, epsilon_value_t* results, size_t nresults) {
    (void)env, (void)caller, (void)nargs, (void)nresults;
    results[0].u32 = 0 - args[0].u32;
    return NULL;
}

static void call(epsilon_module_t* module, const char* name, const epsilon_value_t* args,
                 size_t nargs, epsilon_value_t* results, size_t nresults) {
    epsilon_func_t* func;
    check(epsilon_module_export_func(module, name, strlen(name), &func));
    check(epsilon_func_call(func, args, nargs, 0, results, nresults));
    epsilon_func_delete(func);
}

/* A reference in a value is a number that the runtime knows, 0 for null. It is good as long as a
 * handle or the program holds what it stands for. */
static void functions(epsilon_runtime_t* runtime, epsilon_module_t* module) {
    static const epsilon_valtype_t i32 = EPSILON_VALTYPE_I32;
    epsilon_table_t* handlers;
    epsilon_func_t *square, *negate_func;
    uint64_t ref;
    epsilon_value_t value = {.i32 = 12};
    check(epsilon_module_export_table(module, "handlers", strlen("handlers"), &handlers));

    /* Theirs: a handle for the function in the table, to call it. */
    check(epsilon_table_get(handlers, 1, &ref));
    check(epsilon_runtime_func_from_ref(runtime, ref, &square));
    check(epsilon_func_call(square, &value, 1, 0, &value, 1));
    printf("%s(12) = %" PRId32 "\n", epsilon_func_name(square, NULL), value.i32);

    /* Ours: a host function in the table, which the program calls as it calls its own. */
    check(epsilon_func_new(runtime, &i32, 1, &i32, 1, negate, NULL, NULL, &negate_func));
    check(epsilon_table_set(handlers, 2, epsilon_func_ref(negate_func)));
    for (int32_t index = 0; index < 3; ++index) {
        const epsilon_value_t args[2] = {{.i32 = index}, {.i32 = 21}};
        call(module, "apply", args, 2, &value, 1);
        printf("apply(%" PRId32 ", 21) = %" PRId32 "\n", index, value.i32);
    }
    epsilon_func_delete(square);
    epsilon_func_delete(negate_func);
    epsilon_table_delete(handlers);
}

static void objects(epsilon_runtime_t* runtime, epsilon_module_t* module) {
    struct document* document = (struct document*)malloc(sizeof *document);
    epsilon_externref_t* externref;
    epsilon_value_t args[2] = {{.i32 = 3}, {.ref = 0}}, result;
    if (document == NULL) exit(1);
    document->title = "Minutes of the meeting";
    check(epsilon_externref_new(runtime, document, close_document, &externref));

    args[1].ref = epsilon_externref_ref(externref);
    call(module, "keep", args, 2, NULL, 0);
    epsilon_externref_delete(externref); /* the program holds it now */

    call(module, "kept", args, 1, &result, 1);
    /* A reference that was made up, or belongs to another runtime, would be refused here. */
    check(epsilon_runtime_externref_from_ref(runtime, result.ref, &externref));
    document = (struct document*)epsilon_externref_data(externref);
    printf("kept: %s\n", document->title);
    epsilon_externref_delete(externref);

    args[0].i32 = 0;
    call(module, "kept", args, 1, &result, 1);
    printf("slot 0: %s\n", result.ref == 0 ? "null" : "an object");
}

int main(void) {
    epsilon_runtime_t* runtime;
    epsilon_compiled_t* compiled;
    epsilon_module_t* module;
    check(epsilon_runtime_new(NULL, &runtime));
    check(epsilon_compiled_new(NULL, references_wasm, sizeof references_wasm, &compiled));
    check(epsilon_module_new(runtime, compiled, NULL, NULL, &module));
    functions(runtime, module);
    objects(runtime, module);

    printf("the program goes\n");
    epsilon_compiled_delete(compiled);
    epsilon_module_delete(module);
    epsilon_runtime_delete(runtime);
    return 0;
}
