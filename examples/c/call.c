/* SPDX-License-Identifier: Apache-2.0 */
/* Calls functions of a WebAssembly module: numbers in, numbers out.
 *
 *   cc -std=c11 call.c $(pkg-config --cflags --libs epsilon) -o call
 */
#include <epsilon.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "modules.h"

/* Everything that can fail returns NULL or an error. So steps are chained: each is done if all
 * before it went well, and the first error is passed on. Handles that were not made are NULL, which
 * every delete accepts: one way out serves every case. */
static epsilon_error_t* call_add(epsilon_module_t* module) {
    epsilon_func_t* add = NULL;
    epsilon_value_t args[2] = {{.i32 = 5}, {.i32 = 37}};
    epsilon_value_t result;

    epsilon_error_t* error = epsilon_module_export_func(module, "add", strlen("add"), &add);
    if (!error) error = epsilon_func_call(add, args, 2, 0, &result, 1);
    if (!error) printf("add(5, 37) = %" PRId32 "\n", result.i32);
    epsilon_func_delete(add);
    return error;
}

/* Values have no type of their own: which member is meant follows from the function's type. */
static epsilon_error_t* call_others(epsilon_module_t* module) {
    epsilon_func_t *divide = NULL, *hypotenuse = NULL;
    epsilon_value_t integers[2] = {{.i64 = -43}, {.i64 = 5}};
    epsilon_value_t floats[2] = {{.f64 = 3.0}, {.f64 = 4.0}};
    epsilon_value_t results[2];

    epsilon_error_t* error =
        epsilon_module_export_func(module, "divide", strlen("divide"), &divide);
    if (!error) error = epsilon_func_call(divide, integers, 2, 0, results, 2);
    if (!error) {
        printf("divide(-43, 5) = %" PRId64 ", %" PRId64 "\n", results[0].i64, results[1].i64);
        error = epsilon_module_export_func(module, "hypotenuse", strlen("hypotenuse"), &hypotenuse);
    }
    /* Arguments and results may be the same array. */
    if (!error) error = epsilon_func_call(hypotenuse, floats, 2, 0, floats, 1);
    if (!error) printf("hypotenuse(3, 4) = %g\n", floats[0].f64);
    epsilon_func_delete(divide);
    epsilon_func_delete(hypotenuse);
    return error;
}

/* What a module has can be asked before it is instantiated. Names are pointer and size: in
 * WebAssembly they may hold any character. */
static epsilon_error_t* list_exports(const epsilon_compiled_t* compiled) {
    for (size_t i = 0; i < epsilon_compiled_export_count(compiled); ++i) {
        const char* name;
        size_t size;
        const epsilon_type_t* type;
        epsilon_error_t* error = epsilon_compiled_export(compiled, i, &name, &size, &type);
        if (error) return error;
        printf("export: %s %.*s %s\n", epsilon_externkind_name(epsilon_type_kind(type)), (int)size,
               name, epsilon_type_text(type, NULL));
    }
    return NULL;
}

int main(void) {
    epsilon_compiled_t* compiled = NULL; /* the module: decoded, validated, immutable */
    epsilon_runtime_t* runtime = NULL;   /* where instances live */
    epsilon_module_t* module = NULL;     /* an instance, with memories and globals of its own */

    epsilon_error_t* error = epsilon_compiled_new(NULL, call_wasm, sizeof call_wasm, &compiled);
    if (!error) error = list_exports(compiled);
    if (!error) error = epsilon_runtime_new(NULL, &runtime);
    if (!error) error = epsilon_module_new(runtime, compiled, NULL, NULL, &module);
    if (!error) error = call_add(module);
    if (!error) error = call_others(module);

    int status = 0;
    if (error) {
        fprintf(stderr, "call: %s: %s\n", epsilon_error_kind_name(epsilon_error_kind(error)),
                epsilon_error_message(error, NULL));
        status = 1;
    }
    /* In any order: what a handle needs lives as long as the handle. */
    epsilon_error_delete(error);
    epsilon_runtime_delete(runtime);
    epsilon_compiled_delete(compiled);
    epsilon_module_delete(module);
    return status;
}
