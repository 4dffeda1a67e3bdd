/* SPDX-License-Identifier: Apache-2.0 */
/* Gives a program functions of ours: one that reads the program's memory, and one whose error comes
 * out of our own call, with an object of ours in it.
 *
 *   cc -std=c11 host_function.c $(pkg-config --cflags --libs epsilon) -o host_function
 */
#include <epsilon.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "modules.h"

/* The functions' env: what they work on. */
struct shop {
    int32_t prices[4];
    int asked; /* how often for a price */
};

/* Our own idea of an error. */
struct unknown_item {
    int32_t item;
};

static void check(epsilon_error_t* error) {
    if (error == NULL) return;
    fprintf(stderr, "host_function: %s\n", epsilon_error_message(error, NULL));
    epsilon_error_delete(error);
    exit(1);
}

/* log(text, size): a text in the memory of whoever calls. The numbers come from the program: they
 * are checked before they are used. */
static epsilon_error_t* log_text(void* env, epsilon_caller_t* caller, const epsilon_value_t* args,
                                 size_t nargs, epsilon_value_t* results, size_t nresults) {
    static const char message[] = "log: the text is not in the memory";
    uint32_t text = args[0].u32, text_size = args[1].u32;
    uint8_t* memory;
    uint64_t memory_size;
    (void)env, (void)nargs, (void)results, (void)nresults;

    epsilon_error_t* error = epsilon_caller_memory(caller, 0, &memory, &memory_size);
    if (error) return error;
    if (text > memory_size || text_size > memory_size - text)
        return epsilon_error_new(EPSILON_ERROR_TRAP, message, strlen(message));
    printf("the program says: %.*s\n", (int)text_size, (const char*)memory + text);
    return NULL;
}

/* price(item) -> price. An error ends the program; the outer call returns it. */
static epsilon_error_t* price(void* env, epsilon_caller_t* caller, const epsilon_value_t* args,
                              size_t nargs, epsilon_value_t* results, size_t nresults) {
    struct shop* shop = (struct shop*)env;
    int32_t item = args[0].i32;
    (void)caller, (void)nargs, (void)nresults;

    ++shop->asked;
    if (item >= 0 && item < 4) {
        results[0].i32 = shop->prices[item];
        return NULL;
    }
    static const char message[] = "no such item";
    struct unknown_item* problem = (struct unknown_item*)malloc(sizeof *problem);
    if (problem != NULL) problem->item = item;
    return epsilon_error_new_host(message, strlen(message), problem, free);
}

/* Called once, when nobody can call `price` any more. */
static void close_shop(void* env) {
    struct shop* shop = (struct shop*)env;
    printf("the shop closes; it was asked for %d prices\n", shop->asked);
    free(shop);
}

static epsilon_module_t* instantiate(epsilon_runtime_t* runtime) {
    static const epsilon_valtype_t i32s[2] = {EPSILON_VALTYPE_I32, EPSILON_VALTYPE_I32};
    static const struct shop stock = {{250, 120, 990, 75}, 0};
    epsilon_compiled_t* compiled;
    epsilon_imports_t* imports;
    epsilon_func_t *log_func, *price_func;
    epsilon_module_t* module;

    struct shop* shop = (struct shop*)malloc(sizeof *shop);
    if (shop == NULL) exit(1);
    *shop = stock;
    /* From here on the shop is the function's, also if no function could be made. */
    check(epsilon_func_new(runtime, i32s, 1, i32s, 1, price, shop, close_shop, &price_func));
    check(epsilon_func_new(runtime, i32s, 2, NULL, 0, log_text, NULL, NULL, &log_func));
    check(epsilon_imports_new(&imports));
    check(epsilon_imports_add_func(imports, "shop", 4, "price", 5, price_func));
    check(epsilon_imports_add_func(imports, "shop", 4, "log", 3, log_func));
    check(epsilon_compiled_new(NULL, host_function_wasm, sizeof host_function_wasm, &compiled));
    check(epsilon_module_new(runtime, compiled, imports, NULL, &module));

    /* The instance holds the functions it imported. */
    epsilon_compiled_delete(compiled);
    epsilon_imports_delete(imports);
    epsilon_func_delete(price_func);
    epsilon_func_delete(log_func);
    return module;
}

int main(void) {
    epsilon_runtime_t* runtime;
    epsilon_func_t* total;
    epsilon_value_t result;
    check(epsilon_runtime_new(NULL, &runtime));
    epsilon_module_t* module = instantiate(runtime);
    check(epsilon_module_export_func(module, "total", strlen("total"), &total));

    const epsilon_value_t good[2] = {{.i32 = 0}, {.i32 = 2}};
    check(epsilon_func_call(total, good, 2, 0, &result, 1));
    printf("total(0, 2) = %" PRId32 "\n", result.i32);

    const epsilon_value_t bad[2] = {{.i32 = 2}, {.i32 = 9}};
    epsilon_error_t* error = epsilon_func_call(total, bad, 2, 0, &result, 1);
    if (error != NULL && epsilon_error_kind(error) == EPSILON_ERROR_HOST) {
        const struct unknown_item* problem =
            (const struct unknown_item*)epsilon_error_host_data(error);
        printf("total(2, 9) fails: %s", epsilon_error_message(error, NULL));
        if (problem != NULL) printf(": %" PRId32, problem->item);
        printf("; %zu frame of the program was active\n", epsilon_error_frame_count(error));
        epsilon_error_delete(error); /* with our object in it */
    } else {
        check(error);
    }

    epsilon_func_delete(total);
    epsilon_module_delete(module);
    epsilon_runtime_delete(runtime);
    return 0;
}
