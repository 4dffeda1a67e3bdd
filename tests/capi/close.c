/* SPDX-License-Identifier: Apache-2.0 */
/* Handles that are given up while a call needs what they stand for: by the host function that the
 * call runs, by a finalizer, and by another thread in both. The call ends as it would have; what is
 * unreachable goes when the runtime is idle again. */
#include <pthread.h>

#include "check.h"
#include "modules.h"

struct world {
    epsilon_runtime_t* runtime;
    epsilon_compiled_t* compiled;
    epsilon_imports_t* imports;
    epsilon_module_t* module;
    epsilon_memory_t* memory;
    epsilon_func_t* call;     /* the module's function, which calls the host */
    epsilon_func_t* callback; /* the host function itself */
    bool on_another_thread;
    int called;
    int finalized; /* the host function's env */
    int finalized_when_called;
};

static void* give_everything_up(void* argument) {
    struct world* world = argument;
    epsilon_runtime_delete(world->runtime);
    epsilon_compiled_delete(world->compiled);
    epsilon_imports_delete(world->imports);
    epsilon_module_delete(world->module);
    epsilon_memory_delete(world->memory);
    epsilon_func_delete(world->call);
    epsilon_func_delete(world->callback);
    world->runtime = NULL;
    world->compiled = NULL;
    world->imports = NULL;
    world->module = NULL;
    world->memory = NULL;
    world->call = NULL;
    world->callback = NULL;
    return NULL;
}

static void give_up(struct world* world) {
    pthread_t thread;
    if (!world->on_another_thread) {
        give_everything_up(world);
        return;
    }
    CHECK(pthread_create(&thread, NULL, give_everything_up, world) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
}

static void world_finalized(void* data) {
    ++((struct world*)data)->finalized;
}

/* Gives everything up, and goes on using what the call itself keeps. */
static epsilon_error_t* close_all(void* env, epsilon_caller_t* caller, const epsilon_value_t* args,
                                  size_t nargs, epsilon_value_t* results, size_t nresults) {
    struct world* world = env;
    uint8_t* data = NULL;
    uint64_t size = 0;
    epsilon_module_t* module = NULL;
    epsilon_value_t value = {.i32 = 0};
    (void)nargs, (void)nresults;
    results[0].i32 = args[0].i32 + 1;
    if (world->called++ != 0) {
        return NULL; /* called again, from below */
    }
    give_up(world);
    world->finalized_when_called = world->finalized;
    CHECK_OK(epsilon_caller_memory(caller, 0, &data, &size));
    CHECK(size == 65536);
    data[65535] = 1;
    CHECK_OK(epsilon_caller_module(caller, &module));
    epsilon_func_t* call = export_func(module, "call");
    epsilon_module_delete(module);
    value.i32 = 10;
    CHECK_OK(epsilon_func_call(call, &value, 1, 0, &value, 1));
    CHECK(value.i32 == 11);
    epsilon_func_delete(call);
    return NULL;
}

static void make(struct world* world, epsilon_func_callback_t callback) {
    const epsilon_valtype_t i32 = EPSILON_VALTYPE_I32;
    world->runtime = new_runtime();
    world->compiled = COMPILE(calls_wasm);
    CHECK_OK(epsilon_imports_new(&world->imports));
    CHECK_OK(epsilon_func_new(world->runtime, &i32, 1, &i32, 1, callback, world, world_finalized,
                              &world->callback));
    CHECK_OK(
        epsilon_imports_add_func(world->imports, TEXT("host"), TEXT("callback"), world->callback));
    CHECK_OK(
        epsilon_module_new(world->runtime, world->compiled, world->imports, NULL, &world->module));
    world->call = export_func(world->module, "call");
    CHECK_OK(epsilon_module_export_memory(world->module, TEXT("memory"), &world->memory));
}

static void by_a_host_function(bool on_another_thread) {
    struct world world = {.on_another_thread = on_another_thread};
    epsilon_value_t value = {.i32 = 41};
    make(&world, close_all);
    CHECK_OK(epsilon_func_call(world.call, &value, 1, 0, &value, 1));
    CHECK(value.i32 == 42);
    CHECK(world.called == 2);
    CHECK(world.finalized_when_called == 0);
    CHECK(world.finalized == 1);
}

/* The same while the module's start function runs: there is no instance to close yet. */
static epsilon_error_t* close_at_start(void* env, epsilon_caller_t* caller,
                                       const epsilon_value_t* args, size_t nargs,
                                       epsilon_value_t* results, size_t nresults) {
    (void)caller, (void)args, (void)nargs, (void)results, (void)nresults;
    give_up(env);
    return NULL;
}

static void by_a_start_function(bool on_another_thread) {
    struct world world = {.on_another_thread = on_another_thread};
    epsilon_module_t* module = NULL;
    world.runtime = new_runtime();
    world.compiled = COMPILE(start_wasm);
    CHECK_OK(epsilon_imports_new(&world.imports));
    CHECK_OK(epsilon_func_new(world.runtime, NULL, 0, NULL, 0, close_at_start, &world,
                              world_finalized, &world.callback));
    CHECK_OK(epsilon_imports_add_func(world.imports, TEXT("host"), TEXT("start"), world.callback));
    CHECK_OK(epsilon_module_new(world.runtime, world.compiled, world.imports, NULL, &module));
    CHECK(world.finalized == 0); /* the instance holds it */
    epsilon_module_delete(module);
    CHECK(world.finalized == 1);
}

/* A finalizer that gives everything up, while its object's runtime is being left or released. */
static void closing_finalizer(void* data) {
    give_up(data);
}

static epsilon_error_t* nothing(void* env, epsilon_caller_t* caller, const epsilon_value_t* args,
                                size_t nargs, epsilon_value_t* results, size_t nresults) {
    (void)env, (void)caller, (void)args, (void)nargs, (void)results, (void)nresults;
    return NULL;
}

static void by_a_finalizer(bool on_another_thread) {
    struct world world = {.on_another_thread = on_another_thread};
    epsilon_externref_t* externref = NULL;
    make(&world, nothing);
    CHECK_OK(epsilon_externref_new(world.runtime, &world, closing_finalizer, &externref));
    epsilon_externref_delete(externref); /* idle: now */
    CHECK(world.runtime == NULL);
    CHECK(world.finalized == 1);
}

struct closing_call {
    struct world world;
    epsilon_externref_t* externref;
};

static epsilon_error_t* drop_the_reference(void* env, epsilon_caller_t* caller,
                                           const epsilon_value_t* args, size_t nargs,
                                           epsilon_value_t* results, size_t nresults) {
    struct world* world = env;
    struct closing_call* call = env;
    (void)caller, (void)args, (void)nargs, (void)nresults;
    epsilon_externref_delete(call->externref); /* busy: later */
    CHECK(world->runtime != NULL);
    results[0].i32 = 7;
    return NULL;
}

static void by_a_finalizer_after_a_call(bool on_another_thread) {
    struct closing_call call = {.world = {.on_another_thread = on_another_thread}};
    epsilon_value_t value = {.i32 = 1};
    make(&call.world, drop_the_reference);
    CHECK_OK(
        epsilon_externref_new(call.world.runtime, &call.world, closing_finalizer, &call.externref));
    CHECK_OK(epsilon_func_call(call.world.call, &value, 1, 0, &value, 1));
    CHECK(value.i32 == 7);
    CHECK(call.world.runtime == NULL);
    CHECK(call.world.finalized == 1);
}

int main(void) {
    for (int other = 0; other < 2; ++other) {
        by_a_host_function(other != 0);
        by_a_start_function(other != 0);
        by_a_finalizer(other != 0);
        by_a_finalizer_after_a_call(other != 0);
    }
    return check_result();
}
