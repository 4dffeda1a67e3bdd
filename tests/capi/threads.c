/* SPDX-License-Identifier: Apache-2.0 */
/* Threads: one at a time in a runtime, compiled modules for all, handles deleted anywhere. */
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "check.h"
#include "modules.h"

static void nap(void) {
    const struct timespec time = {.tv_nsec = 1000000};
    nanosleep(&time, NULL);
}

struct shared {
    epsilon_func_t* func;
    epsilon_memory_t* memory;
    epsilon_externref_t* externref;
    atomic_int inside;
    atomic_int finalized;
};

static void count_atomically(void* data) {
    atomic_fetch_add((atomic_int*)data, 1);
}

static epsilon_error_t* wait_inside(void* env, epsilon_caller_t* caller,
                                    const epsilon_value_t* args, size_t nargs,
                                    epsilon_value_t* results, size_t nresults) {
    struct shared* shared = env;
    (void)caller, (void)args, (void)nargs, (void)results, (void)nresults;
    atomic_store(&shared->inside, 1);
    while (atomic_load(&shared->inside) == 1) {
        nap();
    }
    return NULL;
}

static void* call_it(void* argument) {
    struct shared* shared = argument;
    CHECK_OK(epsilon_func_call(shared->func, NULL, 0, 0, NULL, 0));
    return NULL;
}

static void one_at_a_time(void) {
    struct shared shared = {.func = NULL};
    pthread_t thread;
    uint8_t byte = 0;
    epsilon_runtime_t* runtime = new_runtime();
    CHECK_OK(epsilon_func_new(runtime, NULL, 0, NULL, 0, wait_inside, &shared, NULL, &shared.func));
    CHECK_OK(epsilon_memory_new(runtime, 1, false, 0, &shared.memory));
    CHECK_OK(
        epsilon_externref_new(runtime, &shared.finalized, count_atomically, &shared.externref));
    CHECK(pthread_create(&thread, NULL, call_it, &shared) == 0);
    while (atomic_load(&shared.inside) == 0) {
        nap();
    }
    CHECK_ERROR(epsilon_func_call(shared.func, NULL, 0, 0, NULL, 0), EPSILON_ERROR_MISUSE,
                "the runtime is in use by another thread");
    CHECK_ERROR(epsilon_memory_read(shared.memory, 0, &byte, 1), EPSILON_ERROR_MISUSE,
                "the runtime is in use by another thread");
    /* Deleting is allowed; what it sets free is freed when the runtime is idle again. */
    epsilon_memory_delete(shared.memory);
    epsilon_externref_delete(shared.externref);
    epsilon_runtime_delete(runtime);
    CHECK(atomic_load(&shared.finalized) == 0);
    atomic_store(&shared.inside, 2);
    CHECK(pthread_join(thread, NULL) == 0);
    CHECK(atomic_load(&shared.finalized) == 1);
    epsilon_func_delete(shared.func);
}

static epsilon_compiled_t* common;

static void* use_compiled(void* argument) {
    (void)argument;
    for (int i = 0; i < 50; ++i) {
        const epsilon_type_t* type = NULL;
        epsilon_runtime_t* runtime = new_runtime();
        epsilon_module_t* module = NULL;
        CHECK_OK(epsilon_compiled_export(common, 5, NULL, NULL, &type));
        CHECK_TEXT(epsilon_type_text(type, NULL), "[i32 i32] -> [i32]");
        CHECK_TEXT(epsilon_compiled_name(common, NULL), "basic");
        CHECK_OK(epsilon_module_new(runtime, common, NULL, NULL, &module));
        epsilon_func_t* deep = export_func(module, "deep");
        epsilon_value_t value = {.i32 = 100 + i};
        CHECK_OK(epsilon_func_call(deep, &value, 1, 0, &value, 1));
        CHECK(value.i32 == 100 + i);
        epsilon_func_delete(deep);
        epsilon_module_delete(module);
        epsilon_runtime_delete(runtime);
    }
    return NULL;
}

static void compiled_for_all(void) {
    pthread_t threads[4];
    common = COMPILE(basic_wasm);
    for (int i = 0; i < 4; ++i) {
        CHECK(pthread_create(&threads[i], NULL, use_compiled, NULL) == 0);
    }
    for (int i = 0; i < 4; ++i) {
        CHECK(pthread_join(threads[i], NULL) == 0);
    }
    epsilon_compiled_delete(common);
}

/* One thread calls, another deletes what the first one makes. */
struct queue {
    _Atomic(epsilon_externref_t*) slots[64];
    atomic_int done;
    atomic_int finalized;
};

static void* delete_them(void* argument) {
    struct queue* queue = argument;
    bool done = false;
    while (!done) {
        done = atomic_load(&queue->done) != 0;
        for (int i = 0; i < 64; ++i) {
            epsilon_externref_delete(atomic_exchange(&queue->slots[i], NULL));
        }
    }
    return NULL;
}

static void deleted_anywhere(void) {
    enum { ROUNDS = 20000 };
    static struct queue queue;
    pthread_t thread;
    epsilon_runtime_t* runtime = new_runtime();
    epsilon_module_t* module = INSTANTIATE(runtime, basic_wasm, NULL);
    epsilon_func_t* add = export_func(module, "add");
    CHECK(pthread_create(&thread, NULL, delete_them, &queue) == 0);
    for (int i = 0; i < ROUNDS; ++i) {
        epsilon_externref_t* externref = NULL;
        epsilon_value_t values[2] = {{.i32 = i}, {.i32 = 1}};
        epsilon_error_t* error =
            epsilon_externref_new(runtime, &queue.finalized, count_atomically, &externref);
        /* The other thread may be inside, freeing. That is no error to worry about here. */
        epsilon_error_delete(error);
        error = epsilon_func_call(add, values, 2, 0, values, 1);
        CHECK(error != NULL || values[0].i32 == i + 1);
        epsilon_error_delete(error);
        epsilon_externref_delete(atomic_exchange(&queue.slots[i % 64], externref));
    }
    atomic_store(&queue.done, 1);
    CHECK(pthread_join(thread, NULL) == 0);
    epsilon_func_delete(add);
    epsilon_module_delete(module);
    epsilon_runtime_delete(runtime);
    CHECK(atomic_load(&queue.finalized) == ROUNDS);
}

int main(void) {
    one_at_a_time();
    compiled_for_all();
    deleted_anywhere();
    return check_result();
}
