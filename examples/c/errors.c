/* SPDX-License-Identifier: Apache-2.0 */
/* Every kind of error that a module or a program can end with, and all there is to read in it.
 *
 *   cc -std=c11 errors.c $(pkg-config --cflags --libs epsilon) -o errors
 */
#include <epsilon.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "modules.h"

static void check(epsilon_error_t* error) {
    if (error == NULL) return;
    fprintf(stderr, "errors: %s\n", epsilon_error_message(error, NULL));
    epsilon_error_delete(error);
    exit(1);
}

/* The innermost frames. Names are there if the module has a name section. Where a program traps is
 * always the same; where a timeout or the like finds it is not, so that is not printed here. */
static void print_frames(const epsilon_error_t* error) {
    size_t count = epsilon_error_frame_count(error);
    for (size_t i = 0; i < count && i < 3; ++i) {
        uint32_t index;
        uint64_t offset;
        const char *func, *module;
        epsilon_error_frame(error, i, &index, &func, NULL, &module, NULL, &offset);
        printf("    in function %" PRIu32 " (%s) of %s", index, func ? func : "no name",
               module ? module : "a module without a name");
        if (epsilon_error_kind(error) == EPSILON_ERROR_TRAP) printf(", byte 0x%" PRIx64, offset);
        printf("\n");
    }
    if (count > 3) printf("    and more\n");
}

/* Prints the error and deletes it. */
static void report(const char* what, epsilon_error_t* error) {
    uint64_t offset;
    if (error == NULL) {
        printf("%s: no error\n", what);
        return;
    }
    epsilon_error_kind_t kind = epsilon_error_kind(error);
    printf("%s: %s\n    %s\n", what, epsilon_error_kind_name(kind),
           epsilon_error_message(error, NULL));
    switch (kind) {
        case EPSILON_ERROR_TRAP:
            printf("    trap %u: %s\n", (unsigned)epsilon_error_trap(error),
                   epsilon_trap_text(epsilon_error_trap(error)));
            break;
        case EPSILON_ERROR_EXIT:
            printf("    status %" PRId32 "\n", epsilon_error_exit_status(error));
            break;
        case EPSILON_ERROR_MALFORMED:
        case EPSILON_ERROR_INVALID:
            if (epsilon_error_offset(error, &offset))
                printf("    at byte %" PRIu64 " of the module\n", offset);
            break;
        default:
            break;
    }
    print_frames(error);
    epsilon_error_delete(error);
}

static epsilon_error_t* host_exit(void* env, epsilon_caller_t* caller, const epsilon_value_t* args,
                                  size_t nargs, epsilon_value_t* results, size_t nresults) {
    (void)env, (void)caller, (void)nargs, (void)results, (void)nresults;
    return epsilon_error_new_exit(args[0].i32);
}

static epsilon_error_t* call(epsilon_module_t* module, const char* name,
                             const epsilon_value_t* args, size_t nargs, uint64_t timeout_ms,
                             uint64_t fuel, size_t nresults) {
    epsilon_func_t* func;
    epsilon_value_t result;
    epsilon_error_t* error = epsilon_module_export_func(module, name, strlen(name), &func);
    if (error) return error;
    error = epsilon_func_call_metered(func, args, nargs, timeout_ms, fuel, &result, nresults);
    epsilon_func_delete(func);
    return error;
}

/* Errors before any code runs. */
static void refused_modules(epsilon_runtime_t* runtime, const epsilon_imports_t* imports) {
    static const uint8_t text[] = "This is no module.";
    /* (module (func (result i32))): the result is missing. */
    static const uint8_t no_result[] = {0, 'a',  's', 'm', 1, 0, 0,  0, 1, 5, 1, 0x60, 0,
                                        1, 0x7f, 3,   2,   1, 0, 10, 4, 1, 2, 0, 0x0b};
    epsilon_compiled_t* compiled;
    epsilon_module_t* module;
    report("compile a text", epsilon_compiled_new(NULL, text, sizeof text, &compiled));
    report("compile a bad module",
           epsilon_compiled_new(NULL, no_result, sizeof no_result, &compiled));
    check(epsilon_compiled_new(NULL, errors_link_wasm, sizeof errors_link_wasm, &compiled));
    report("import what is not there",
           epsilon_module_new(runtime, compiled, imports, NULL, &module));
    epsilon_compiled_delete(compiled);
}

int main(void) {
    static const epsilon_valtype_t i32 = EPSILON_VALTYPE_I32;
    static const epsilon_value_t division[2] = {{.i32 = 10}, {.i32 = 0}}, status = {.i32 = 3};
    epsilon_config_t* config;
    epsilon_runtime_t* runtime;
    epsilon_compiled_t* compiled;
    epsilon_imports_t* imports;
    epsilon_func_t* exit_func;
    epsilon_module_t* module;

    check(epsilon_config_new(&config));
    check(epsilon_config_set_metering(config, true)); /* for the limit on fuel below */
    check(epsilon_runtime_new(config, &runtime));
    check(epsilon_func_new(runtime, &i32, 1, NULL, 0, host_exit, NULL, NULL, &exit_func));
    check(epsilon_imports_new(&imports));
    check(epsilon_imports_add_func(imports, "host", 4, "exit", 4, exit_func));
    refused_modules(runtime, imports);

    check(epsilon_compiled_new(NULL, errors_wasm, sizeof errors_wasm, &compiled));
    check(epsilon_module_new(runtime, compiled, imports, NULL, &module));
    report("average(10, 0)", call(module, "average", division, 2, 0, UINT64_MAX, 1));
    report("recurse()", call(module, "recurse", NULL, 0, 0, UINT64_MAX, 0));
    report("forever(), for 50 ms", call(module, "forever", NULL, 0, 50, UINT64_MAX, 0));
    report("forever(), with 1000 fuel", call(module, "forever", NULL, 0, 0, 1000, 0));
    report("quit(3)", call(module, "quit", &status, 1, 0, UINT64_MAX, 0));
    report("average()", call(module, "average", NULL, 0, 0, UINT64_MAX, 1));
    report("a function it lacks", call(module, "median", NULL, 0, 0, UINT64_MAX, 1));

    epsilon_module_delete(module);
    epsilon_func_delete(exit_func);
    epsilon_imports_delete(imports);
    epsilon_compiled_delete(compiled);
    epsilon_runtime_delete(runtime);
    epsilon_config_delete(config);
    return 0;
}
