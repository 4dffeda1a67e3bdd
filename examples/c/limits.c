/* SPDX-License-Identifier: Apache-2.0 */
/* A sandbox for programs that nobody trusts: limits on memory, time, fuel, call depth and the
 * module itself, which what runs inside cannot raise; and a program stopped from another thread.
 *
 *   cc -std=c11 -pthread limits.c $(pkg-config --cflags --libs epsilon) -o limits
 */
#define _POSIX_C_SOURCE 200809L /* nanosleep */
#include <epsilon.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "modules.h"

static void check(epsilon_error_t* error) {
    if (error == NULL) return;
    fprintf(stderr, "limits: %s\n", epsilon_error_message(error, NULL));
    epsilon_error_delete(error);
    exit(1);
}

static epsilon_config_t* sandbox(void) {
    epsilon_config_t* config;
    check(epsilon_config_new(&config));
    /* The module: these two count where it is compiled. */
    check(epsilon_config_set_limit(config, EPSILON_LIMIT_MODULE_BYTES, 1000000));
    check(epsilon_config_set_limit(config, EPSILON_LIMIT_CODE_BYTES, 32000000));
    /* The program: 16 pages are 1 MiB. */
    check(epsilon_config_set_max_memory_pages(config, 16));
    check(epsilon_config_set_max_total_memory_bytes(config, 2097152));
    check(epsilon_config_set_max_table_elements(config, 10000));
    check(epsilon_config_set_max_instances(config, 1));
    check(epsilon_config_set_max_call_depth(config, 1000));
    check(epsilon_config_set_timeout_ms(config, 10000));
    check(epsilon_config_set_fuel(config, 100000000000));
    /* No option of an instantiation and no call can ask for more than that. */
    check(epsilon_config_set_ceilings(config, true));
    return config;
}

/* Calls `name`, which takes `nargs` i32s and gives `nresults`, and prints how it ends. */
static void try_call(epsilon_module_t* module, const char* name, epsilon_value_t argument,
                     size_t nargs, size_t nresults, uint64_t timeout_ms) {
    epsilon_func_t* func;
    epsilon_value_t result;
    check(epsilon_module_export_func(module, name, strlen(name), &func));
    epsilon_error_t* error =
        epsilon_func_call(func, &argument, nargs, timeout_ms, &result, nresults);
    printf("%s: ", name);
    if (error)
        printf("%s: %s\n", epsilon_error_kind_name(epsilon_error_kind(error)),
               epsilon_error_message(error, NULL));
    else if (nresults == 1)
        printf("%" PRId32 "\n", result.i32);
    else
        printf("done\n");
    epsilon_error_delete(error);
    epsilon_func_delete(func);
}

struct watch {
    epsilon_interrupt_t* interrupt;
    pthread_mutex_t lock;
    bool ended; /* the call has, as lock protects */
};

/* Stops the program after a while. An interrupt where no program runs has no effect, and a thread
 * cannot know whether the call has begun: so it raises again until the call has ended. */
static void* stop_later(void* argument) {
    struct watch* watch = (struct watch*)argument;
    const struct timespec pause = {.tv_sec = 0, .tv_nsec = 20000000};
    for (bool ended = false; !ended;) {
        nanosleep(&pause, NULL);
        epsilon_interrupt_raise(watch->interrupt);
        pthread_mutex_lock(&watch->lock);
        ended = watch->ended;
        pthread_mutex_unlock(&watch->lock);
    }
    return NULL;
}

static void interrupted_call(epsilon_runtime_t* runtime, epsilon_module_t* module) {
    const epsilon_value_t none = {.i32 = 0};
    struct watch watch;
    pthread_t thread;
    watch.ended = false;
    check(epsilon_interrupt_new(runtime, &watch.interrupt));
    if (pthread_mutex_init(&watch.lock, NULL) != 0 ||
        pthread_create(&thread, NULL, stop_later, &watch) != 0)
        exit(1);
    try_call(module, "forever", none, 0, 0, 0);
    pthread_mutex_lock(&watch.lock);
    watch.ended = true;
    pthread_mutex_unlock(&watch.lock);
    pthread_join(thread, NULL);
    pthread_mutex_destroy(&watch.lock);
    epsilon_interrupt_delete(watch.interrupt);
}

int main(void) {
    const epsilon_value_t none = {.i32 = 0}, thousand = {.i32 = 1000}, many = {.i32 = 2000000000};
    uint64_t fuel, instructions;
    epsilon_runtime_t* runtime;
    epsilon_compiled_t* compiled;
    epsilon_module_t* module;
    epsilon_config_t* config = sandbox();
    check(epsilon_runtime_new(config, &runtime));
    check(epsilon_compiled_new(config, limits_wasm, sizeof limits_wasm, &compiled));
    check(epsilon_module_new(runtime, compiled, NULL, NULL, &module));

    try_call(module, "hoard", none, 0, 1, 0); /* memory.grow fails beyond 16 pages: -1 */
    try_call(module, "recurse", none, 1, 1, 0);
    try_call(module, "count", thousand, 1, 0, 0);
    check(epsilon_runtime_last_call_usage(runtime, &fuel, &instructions));
    printf("count used %" PRIu64 " fuel, %" PRIu64 " instructions\n", fuel, instructions);
    try_call(module, "forever", none, 0, 0, 20); /* milliseconds */
    interrupted_call(runtime, module);

    /* The pool of fuel can be filled up between calls, to the ceiling and not beyond. */
    check(epsilon_runtime_set_fuel(runtime, 5000000));
    try_call(module, "count", many, 1, 0, UINT64_MAX);
    check(epsilon_runtime_fuel(runtime, &fuel));
    printf("fuel left: %" PRIu64 "\n", fuel);
    epsilon_error_t* error = epsilon_runtime_set_fuel(runtime, 100000000001);
    printf("more fuel: %s\n", error ? epsilon_error_message(error, NULL) : "granted");
    epsilon_error_delete(error);

    epsilon_module_delete(module);
    epsilon_compiled_delete(compiled);
    epsilon_runtime_delete(runtime);
    epsilon_config_delete(config);
    return 0;
}
