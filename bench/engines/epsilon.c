// SPDX-License-Identifier: Apache-2.0
// The worker of Epsilon, over its C API; suite/workers.py says what a worker does.
//
//   epsilon_worker [--tiers interpreter|compiled|tiered] run|load FILE
//   epsilon_worker [--tiers interpreter|compiled|tiered] instantiate|calls FILE COUNT
//   epsilon_worker version
#define _POSIX_C_SOURCE 199309L
#include <epsilon.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void report(const char* name, int64_t start, long count) {
    printf("%s %.2f\n", name, (double)(now() - start) / (double)count);
}

static void check(epsilon_error_t* error) {
    if (error == NULL) return;
    fprintf(stderr, "%s\n", epsilon_error_message(error, NULL));
    exit(1);
}

static void* read_file(const char* path, size_t* size) {
    FILE* file = fopen(path, "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0) {
        perror(path);
        exit(1);
    }
    *size = (size_t)ftell(file);
    rewind(file);
    void* bytes = malloc(*size + 1);
    if (bytes == NULL || fread(bytes, 1, *size, file) != *size) {
        perror(path);
        exit(1);
    }
    fclose(file);
    return bytes;
}

static epsilon_error_t* first_of_two(void* env, epsilon_caller_t* caller,
                                     const epsilon_value_t* args, size_t nargs,
                                     epsilon_value_t* results, size_t nresults) {
    (void)env, (void)caller, (void)nargs, (void)nresults;
    results[0].i32 = args[0].i32;
    return NULL;
}

// The first argument is where the result goes.
static epsilon_error_t* first_in_place(void* env, epsilon_value_t* values) {
    (void)env, (void)values;
    return NULL;
}

static epsilon_module_t* instantiate(epsilon_runtime_t* runtime, epsilon_compiled_t* compiled,
                                     epsilon_func_t* f) {
    epsilon_module_t* module;
    epsilon_imports_t* imports = NULL;
    if (f != NULL) {
        check(epsilon_imports_new(&imports));
        check(epsilon_imports_add_func(imports, "env", 3, "f", 1, f));
    }
    check(epsilon_module_new(runtime, compiled, imports, NULL, &module));
    epsilon_imports_delete(imports);
    return module;
}

static void run(epsilon_runtime_t* runtime, epsilon_compiled_t* compiled) {
    epsilon_module_t* module = instantiate(runtime, compiled, NULL);
    epsilon_func_t* function;
    check(epsilon_module_export_func(module, "run", 3, &function));
    puts("ready");
    fflush(stdout);
    uint32_t n;
    while (scanf("%" SCNu32, &n) == 1) {
        epsilon_value_t argument = {.i32 = (int32_t)n}, result;
        check(epsilon_func_call(function, &argument, 1, 0, &result, 1));
        printf("%" PRIu64 "\n", (uint64_t)result.i64);
        fflush(stdout);
    }
    epsilon_func_delete(function);
    epsilon_module_delete(module);
}

static void time_instances(epsilon_runtime_t* runtime, epsilon_compiled_t* compiled, long count,
                           const char* name) {
    int64_t start = now();
    for (long i = 0; i < count; i++)
        epsilon_module_delete(instantiate(runtime, compiled, NULL));
    report(name, start, count);
}

// As users have it, where a memory takes the place of the last one; then without.
static void instantiate_many(epsilon_runtime_t* runtime, epsilon_compiled_t* compiled, long count) {
    time_instances(runtime, compiled, count, "instantiate");
    if (epsilon_pool_size() == 0) return;
    epsilon_pool_set_limit(0);
    time_instances(runtime, compiled, count, "instantiate:fresh");
}

static void call_in(epsilon_runtime_t* runtime, epsilon_compiled_t* compiled, long count) {
    epsilon_valtype_t two[2] = {EPSILON_VALTYPE_I32, EPSILON_VALTYPE_I32};
    epsilon_func_t *f, *add;
    check(epsilon_func_new_in_place(runtime, two, 2, two, 1, first_in_place, NULL, NULL, &f));
    epsilon_module_t* module = instantiate(runtime, compiled, f);
    check(epsilon_module_export_func(module, "add", 3, &add));
    epsilon_call_t* call;
    check(epsilon_call_new(add, &call));
    epsilon_value_t* values = epsilon_call_values(call);

    int64_t start = now();
    for (long i = 0; i < count; i++) {
        values[0].i32 = (int32_t)i;
        values[1].i32 = 3;
        check(epsilon_call_run(call));
    }
    report("host-to-wasm", start, count);
    start = now();
    for (long i = 0; i < count; i++)
        if (epsilon_call_ints_2(call, i & 0xffff, 3) > INT32_MAX) exit(1);
    report("host-to-wasm:ints", start, count);
    start = now();
    for (long i = 0; i < count; i++) {
        epsilon_value_t args[2] = {{.i32 = (int32_t)i}, {.i32 = 3}}, result;
        check(epsilon_func_call(add, args, 2, 0, &result, 1));
    }
    report("host-to-wasm:func", start, count);
    epsilon_call_delete(call);
    epsilon_func_delete(add);
    epsilon_func_delete(f);
    epsilon_module_delete(module);
}

static void call_out(epsilon_runtime_t* runtime, epsilon_compiled_t* compiled, long count,
                     const char* name, epsilon_func_t* f) {
    epsilon_module_t* module = instantiate(runtime, compiled, f);
    epsilon_func_t* callbacks;
    check(epsilon_module_export_func(module, "callbacks", 9, &callbacks));
    epsilon_value_t argument = {.i32 = (int32_t)count};
    int64_t start = now();
    check(epsilon_func_call(callbacks, &argument, 1, 0, NULL, 0));
    report(name, start, count);
    epsilon_func_delete(callbacks);
    epsilon_func_delete(f);
    epsilon_module_delete(module);
}

static void calls(epsilon_runtime_t* runtime, epsilon_compiled_t* compiled, long count) {
    call_in(runtime, compiled, count);
    epsilon_valtype_t two[2] = {EPSILON_VALTYPE_I32, EPSILON_VALTYPE_I32};
    epsilon_func_t* f;
    check(epsilon_func_new_in_place(runtime, two, 2, two, 1, first_in_place, NULL, NULL, &f));
    call_out(runtime, compiled, count, "wasm-to-host", f);
    check(epsilon_func_new(runtime, two, 2, two, 1, first_of_two, NULL, NULL, &f));
    call_out(runtime, compiled, count, "wasm-to-host:arrays", f);
}

static epsilon_config_t* config_with_tiers(const char* name) {
    static const char* const names[] = {"interpreter", "compiled", "tiered"};
    epsilon_tiers_t tiers = EPSILON_TIERS_INTERPRETER;
    while (tiers <= EPSILON_TIERS_TIERED && strcmp(names[tiers], name) != 0)
        tiers++;
    epsilon_config_t* config;
    check(epsilon_config_new(&config));
    check(epsilon_config_set_tiers(config, tiers));
    return config;
}

int main(int argc, char** argv) {
    epsilon_config_t* config = NULL;
    if (argc > 3 && strcmp(argv[1], "--tiers") == 0) {
        config = config_with_tiers(argv[2]);
        argc -= 2;
        argv += 2;
    }
    if (argc == 2 && strcmp(argv[1], "version") == 0) {
        printf("%s (%s)\n", epsilon_version(), epsilon_build_info());
        return 0;
    }
    if (argc < 3) {
        fprintf(stderr,
                "usage: epsilon_worker [--tiers WAY] run|load|instantiate|calls FILE "
                "[COUNT]\n");
        return 2;
    }
    const char* mode = argv[1];
    long count = argc > 3 ? strtol(argv[3], NULL, 10) : 0;
    size_t size;
    void* bytes = read_file(argv[2], &size);
    epsilon_compiled_t* compiled;
    int64_t start = now();
    check(epsilon_compiled_new(NULL, bytes, size, &compiled));
    if (strcmp(mode, "load") == 0) {
        report("load", start, 1);
        return 0;
    }
    free(bytes);
    epsilon_runtime_t* runtime;
    check(epsilon_runtime_new(config, &runtime));
    epsilon_config_delete(config);
    if (strcmp(mode, "run") == 0)
        run(runtime, compiled);
    else if (strcmp(mode, "instantiate") == 0)
        instantiate_many(runtime, compiled, count);
    else
        calls(runtime, compiled, count);
    epsilon_runtime_delete(runtime);
    epsilon_compiled_delete(compiled);
    return 0;
}
