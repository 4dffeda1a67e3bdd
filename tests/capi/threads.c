/* SPDX-License-Identifier: Apache-2.0 */
/* Threads: one at a time in a runtime, compiled modules for all, handles deleted anywhere. */
#define _POSIX_C_SOURCE 200809L /* nanosleep, barriers */
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

/* A module of FUNCTIONS functions, number i exported under the name of one letter and giving its
 * argument plus i. All threads need all of its code for the first time at the same moment. */
enum { FUNCTIONS = 26, TOGETHER = 4 };

static epsilon_compiled_t* alphabet(void) {
    static const uint8_t head[] = {0x00,
                                   0x61,
                                   0x73,
                                   0x6d,
                                   0x01,
                                   0x00,
                                   0x00,
                                   0x00,
                                   /* type [i32] -> [i32] */ 0x01,
                                   0x06,
                                   0x01,
                                   0x60,
                                   0x01,
                                   0x7f,
                                   0x01,
                                   0x7f};
    uint8_t bytes[512];
    size_t size = sizeof head;
    memcpy(bytes, head, sizeof head);
    const uint8_t functions[] = {0x03, 1 + FUNCTIONS, FUNCTIONS};
    memcpy(bytes + size, functions, sizeof functions);
    size += sizeof functions;
    for (int i = 0; i < FUNCTIONS; ++i) {
        bytes[size++] = 0; /* its type */
    }
    const uint8_t exports[] = {0x07, 1 + 4 * FUNCTIONS, FUNCTIONS};
    memcpy(bytes + size, exports, sizeof exports);
    size += sizeof exports;
    for (int i = 0; i < FUNCTIONS; ++i) {
        const uint8_t item[] = {1, (uint8_t)('a' + i), 0x00, (uint8_t)i};
        memcpy(bytes + size, item, sizeof item);
        size += sizeof item;
    }
    const int code_size = 1 + 8 * FUNCTIONS; /* two bytes of LEB128 */
    const uint8_t code[] = {0x0a, (uint8_t)(0x80 | (code_size & 0x7f)), (uint8_t)(code_size >> 7),
                            FUNCTIONS};
    memcpy(bytes + size, code, sizeof code);
    size += sizeof code;
    for (int i = 0; i < FUNCTIONS; ++i) {
        /* local.get 0, i32.const i, i32.add, end */
        const uint8_t body[] = {7, 0, 0x20, 0x00, 0x41, (uint8_t)i, 0x6a, 0x0b};
        memcpy(bytes + size, body, sizeof body);
        size += sizeof body;
    }
    return compile_bytes(bytes, size);
}

struct together {
    epsilon_compiled_t* compiled;
    pthread_barrier_t start;
    atomic_int number;
};

static void* need_all_code(void* argument) {
    struct together* together = argument;
    epsilon_func_t* funcs[FUNCTIONS];
    epsilon_config_t* config = NULL;
    epsilon_runtime_t* runtime = NULL;
    epsilon_module_t* module = NULL;
    CHECK_OK(epsilon_config_new(&config));
    CHECK_OK(epsilon_config_set_signals(config, signals_wanted()));
    /* Two forms of the code, half of the threads each. */
    CHECK_OK(epsilon_config_set_max_call_depth(config,
                                               atomic_fetch_add(&together->number, 1) % 2 ? 9 : 0));
    CHECK_OK(epsilon_runtime_new(config, &runtime));
    CHECK_OK(epsilon_module_new(runtime, together->compiled, NULL, NULL, &module));
    for (int i = 0; i < FUNCTIONS; ++i) {
        const char name[] = {(char)('a' + i), '\0'};
        funcs[i] = export_func(module, name);
    }
    pthread_barrier_wait(&together->start);
    for (int i = 0; i < FUNCTIONS; ++i) {
        epsilon_value_t value = {.i32 = 1000};
        CHECK_OK(epsilon_func_call(funcs[i], &value, 1, 0, &value, 1));
        CHECK(value.i32 == 1000 + i);
    }
    for (int i = 0; i < FUNCTIONS; ++i) {
        epsilon_func_delete(funcs[i]);
    }
    epsilon_module_delete(module);
    epsilon_runtime_delete(runtime);
    epsilon_config_delete(config);
    return NULL;
}

static void translated_at_once(void) {
    for (int round = 0; round < 50; ++round) {
        struct together together = {.compiled = alphabet()};
        pthread_t threads[TOGETHER];
        CHECK(pthread_barrier_init(&together.start, NULL, TOGETHER) == 0);
        for (int i = 0; i < TOGETHER; ++i) {
            CHECK(pthread_create(&threads[i], NULL, need_all_code, &together) == 0);
        }
        for (int i = 0; i < TOGETHER; ++i) {
            CHECK(pthread_join(threads[i], NULL) == 0);
        }
        pthread_barrier_destroy(&together.start);
        epsilon_compiled_delete(together.compiled);
    }
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

/* A call of WebAssembly waits in a host function, which is the last moment that it and its runtime
 * have any handle: other threads delete all of them, or the host function itself does. What the
 * call needs lives until it is over, and not longer. */
enum way { BY_FUNC, BY_CALL, BY_INTEGERS, WAYS };

struct caller {
    enum way way;
    bool deletes_itself;
    epsilon_runtime_t* runtime;
    epsilon_func_t* func;
    epsilon_call_t* call;
    atomic_int inside;
    atomic_int finalized;
};

static void delete_handles(struct caller* caller) {
    epsilon_call_delete(caller->call);
    epsilon_func_delete(caller->func);
    epsilon_runtime_delete(caller->runtime);
}

static epsilon_error_t* wait_for_deletion(void* env, epsilon_value_t* values) {
    struct caller* caller = env;
    (void)values;
    if (caller->deletes_itself) {
        delete_handles(caller);
        CHECK(atomic_load(&caller->finalized) == 0);
        return NULL;
    }
    atomic_store(&caller->inside, 1);
    while (atomic_load(&caller->inside) == 1) {
        nap();
    }
    return NULL;
}

static void finalize_caller(void* env) {
    struct caller* caller = env;
    atomic_fetch_add(&caller->finalized, 1);
}

static void* call_once(void* argument) {
    struct caller* caller = argument;
    /* By func and by array: both are the caller's, and outlive the handles. */
    epsilon_value_t value = {.i32 = 3};
    if (caller->way == BY_FUNC) {
        CHECK_OK(epsilon_func_call(caller->func, NULL, 0, 0, &value, 1));
        CHECK(value.i32 == 0);
    } else if (caller->way == BY_CALL) {
        CHECK_OK(epsilon_call_run(caller->call));
    } else {
        CHECK(epsilon_call_ints_0(caller->call) == 0);
    }
    return NULL;
}

static void all_deleted_meanwhile(void) {
    static const epsilon_valtype_t result = EPSILON_VALTYPE_I32;
    for (int i = 0; i < 4 * WAYS; ++i) {
        struct caller caller = {.way = (enum way)(i / 4), .deletes_itself = i % 2 != 0};
        const bool through_wasm = i % 4 >= 2;
        epsilon_func_t* wait = NULL;
        caller.runtime = new_runtime();
        CHECK_OK(epsilon_func_new_in_place(caller.runtime, NULL, 0, &result, 1, wait_for_deletion,
                                           &caller, finalize_caller, &wait));
        caller.func = wait;
        if (through_wasm) {
            epsilon_imports_t* imports = NULL;
            CHECK_OK(epsilon_imports_new(&imports));
            CHECK_OK(epsilon_imports_add_func(imports, TEXT("env"), TEXT("wait"), wait));
            epsilon_module_t* module = INSTANTIATE(caller.runtime, wait_wasm, imports);
            caller.func = export_func(module, "run");
            epsilon_imports_delete(imports);
            epsilon_func_delete(wait);
            epsilon_func_t* ready = export_func(module, "ready");
            /* From the second call on a module's functions are called in a shorter way. */
            CHECK_OK(epsilon_func_call(ready, NULL, 0, 0, NULL, 0));
            epsilon_func_delete(ready);
            epsilon_module_delete(module);
        }
        CHECK_OK(epsilon_call_new(caller.func, &caller.call));
        pthread_t thread;
        CHECK(pthread_create(&thread, NULL, call_once, &caller) == 0);
        if (!caller.deletes_itself) {
            while (atomic_load(&caller.inside) == 0) {
                nap();
            }
            delete_handles(&caller);
            CHECK(atomic_load(&caller.finalized) == 0);
            atomic_store(&caller.inside, 2);
        }
        CHECK(pthread_join(thread, NULL) == 0);
        CHECK(atomic_load(&caller.finalized) == 1);
    }
}

/* A call that returns while another thread deletes the last handles of its runtime, at any moment.
 */
struct race {
    epsilon_runtime_t* runtime;
    epsilon_func_t* func;
    epsilon_call_t* call;
    atomic_int begun;
};

static epsilon_error_t* begin(void* env, epsilon_value_t* values) {
    struct race* race = env;
    (void)values;
    atomic_store(&race->begun, 1);
    return NULL;
}

static void* delete_last(void* argument) {
    struct race* race = argument;
    while (atomic_load(&race->begun) == 0) {
    }
    epsilon_runtime_delete(race->runtime);
    epsilon_call_delete(race->call);
    epsilon_func_delete(race->func);
    return NULL;
}

static void deleted_at_the_end(void) {
    for (int i = 0; i < 500; ++i) {
        struct race race = {.runtime = new_runtime()};
        pthread_t thread;
        CHECK_OK(epsilon_func_new_in_place(race.runtime, NULL, 0, NULL, 0, begin, &race, NULL,
                                           &race.func));
        CHECK_OK(epsilon_call_new(race.func, &race.call));
        CHECK(pthread_create(&thread, NULL, delete_last, &race) == 0);
        if (i % 2 == 0) {
            CHECK_OK(epsilon_call_run(race.call));
        } else {
            CHECK_OK(epsilon_func_call(race.func, NULL, 0, 0, NULL, 0));
        }
        CHECK(pthread_join(thread, NULL) == 0);
    }
}

int main(void) {
    one_at_a_time();
    all_deleted_meanwhile();
    deleted_at_the_end();
    compiled_for_all();
    translated_at_once();
    deleted_anywhere();
    return check_result();
}
