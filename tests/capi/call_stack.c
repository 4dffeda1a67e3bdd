/* SPDX-License-Identifier: Apache-2.0 */
/* Recursion in every way there is - direct, mutual, indirect, between instances, through host
 * functions, through start functions - on large and small native stacks, with every limit on the
 * stack: it always ends with "call stack exhausted", and the runtime goes on. The guards are the
 * value stack's end, max_call_depth, and the native stack's remaining bytes. */
#define _GNU_SOURCE 1
#include <limits.h>
#include <pthread.h>

#include "check.h"
#include "modules.h"

#if defined(__GLIBC__) && !defined(INSTRUMENTED)
#include <ucontext.h>
#define HAVE_CONTEXTS 1
#endif

typedef struct {
    const char* name;
    bool native; /* each frame takes native stack too */
} kind_t;
static const kind_t kinds[] = {{"direct", false},
                               {"mutual", false},
                               {"indirect", false},
                               {"across", false},
                               {"large_frames", false},
                               {"through_host", true},
                               {"through_host_indirect", true}};
enum { kind_count = sizeof kinds / sizeof *kinds };

typedef struct {
    uint64_t depth;       /* max_call_depth */
    uint64_t stack_bytes; /* max_stack_bytes */
    bool signals;
} limits_t;

/* A runtime with two instances of recursion.wat, each the other's neighbour. */
typedef struct {
    epsilon_runtime_t* runtime;
    epsilon_imports_t* imports;
    epsilon_module_t* modules[2];
    epsilon_func_t* again; /* what the host function calls */
} world_t;

static epsilon_error_t* enter(void* env, epsilon_caller_t* caller, const epsilon_value_t* args,
                              size_t nargs, epsilon_value_t* results, size_t nresults) {
    const world_t* world = env;
    (void)caller, (void)nargs, (void)nresults;
    return epsilon_func_call(world->again, args, 1, 0, results, 1);
}

static world_t* make_world(limits_t limits) {
    static const epsilon_valtype_t i32[1] = {EPSILON_VALTYPE_I32};
    world_t* world = calloc(1, sizeof *world);
    epsilon_config_t* config = NULL;
    epsilon_func_t* host = NULL;
    CHECK_OK(epsilon_config_new(&config));
    CHECK_OK(epsilon_config_set_max_call_depth(config, limits.depth));
    CHECK_OK(epsilon_config_set_max_stack_bytes(config, limits.stack_bytes));
    CHECK_OK(epsilon_config_set_signals(config, limits.signals && signals_wanted()));
    CHECK_OK(epsilon_runtime_new(config, &world->runtime));
    CHECK_OK(epsilon_func_new(world->runtime, i32, 1, i32, 1, enter, world, NULL, &host));
    CHECK_OK(epsilon_imports_new(&world->imports));
    CHECK_OK(epsilon_imports_add_func(world->imports, TEXT("host"), TEXT("enter"), host));
    epsilon_table_t* tables[2] = {NULL, NULL};
    for (int i = 0; i < 2; ++i) {
        world->modules[i] = INSTANTIATE(world->runtime, recursion_wasm, world->imports);
        CHECK_OK(epsilon_module_export_table(world->modules[i], TEXT("table"), &tables[i]));
        CHECK_OK(epsilon_table_set(tables[i], 2, epsilon_func_ref(host)));
    }
    for (int i = 0; i < 2; ++i) {
        epsilon_func_t* across = export_func(world->modules[i], "across");
        epsilon_func_t* tail = export_func(world->modules[i], "tail_across");
        CHECK_OK(epsilon_table_set(tables[1 - i], 1, epsilon_func_ref(across)));
        CHECK_OK(epsilon_table_set(tables[1 - i], 3, epsilon_func_ref(tail)));
        epsilon_func_delete(across);
        epsilon_func_delete(tail);
    }
    for (int i = 0; i < 2; ++i) {
        epsilon_table_delete(tables[i]);
    }
    epsilon_func_delete(host);
    epsilon_config_delete(config);
    return world;
}

static void delete_world(world_t* world) {
    for (int i = 0; i < 2; ++i) {
        epsilon_module_delete(world->modules[i]);
    }
    epsilon_imports_delete(world->imports);
    epsilon_runtime_delete(world->runtime);
    free(world);
}

/* -1 for "call stack exhausted"; anything else that is no result fails. */
static int32_t call(world_t* world, const char* name, int32_t n) {
    epsilon_value_t value = {.i32 = n};
    epsilon_func_t* func = export_func(world->modules[0], name);
    world->again = func;
    epsilon_error_t* error = epsilon_func_call(func, &value, 1, 0, &value, 1);
    epsilon_func_delete(func);
    if (error == NULL) {
        return value.i32;
    }
    CHECK(epsilon_error_trap(error) == EPSILON_TRAP_CALL_STACK_EXHAUSTED);
    CHECK_ERROR(error, EPSILON_ERROR_TRAP, "call stack exhausted");
    return -1;
}

static void exhaust(world_t* world) {
    for (int i = 0; i < kind_count; ++i) {
        CHECK(call(world, kinds[i].name, -1) == -1);
        CHECK(call(world, kinds[i].name, 0) == 0);
    }
}

/* Frames are counted exactly, the host's are not. */
static void count_frames(world_t* world, uint64_t depth) {
    const int32_t most = (int32_t)depth - 1;
    for (int i = 0; i < kind_count; ++i) {
        const int32_t found = call(world, kinds[i].name, most);
        if (kinds[i].native && most > 20) {
            CHECK(found == most || found == -1); /* the native stack may end first */
        } else {
            CHECK(found == most);
        }
        CHECK(call(world, kinds[i].name, most + 1) == -1);
    }
    CHECK(call(world, "tail", 100000) == 0);
    CHECK(call(world, "tail_across", 100000) == 0);
}

static void* every_limit(void* unused) {
    static const limits_t rows[] = {{0, 0, true},       {1, 0, true},         {1, 0, false},
                                    {2, 0, true},       {3, 0, false},        {20, 0, true},
                                    {1000, 0, true},    {1000, 0, false},     {0, 1, true},
                                    {0, 1, false},      {0, 64 << 10, true},  {0, 64 << 10, false},
                                    {0, 1 << 20, true}, {1000, 1 << 20, true}};
    (void)unused;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; ++i) {
        world_t* world = make_world(rows[i]);
        exhaust(world);
        if (rows[i].depth != 0) {
            count_frames(world, rows[i].depth);
        } else {
            CHECK(call(world, "tail", 100000) == 0);
            CHECK(call(world, "tail_across", 100000) == 0);
        }
        /* It takes native stack only, and no frame is counted: that ends it. */
        CHECK(call(world, "tail_through_host", -1) == -1);
        CHECK(call(world, "tail_through_host", 3) == 0);
        exhaust(world);
        delete_world(world);
    }
    return NULL;
}

/* ---- Start functions ---- */

typedef struct {
    epsilon_runtime_t* runtime;
    epsilon_compiled_t* compiled;
    epsilon_imports_t* imports;
    int depth;
} starter_t;

static epsilon_error_t* again(void* env, epsilon_caller_t* caller, const epsilon_value_t* args,
                              size_t nargs, epsilon_value_t* results, size_t nresults) {
    starter_t* starter = env;
    epsilon_module_t* module = NULL;
    (void)caller, (void)args, (void)nargs, (void)results, (void)nresults;
    ++starter->depth;
    epsilon_error_t* error =
        epsilon_module_new(starter->runtime, starter->compiled, starter->imports, NULL, &module);
    epsilon_module_delete(module);
    return error;
}

static void* endless_instantiation(void* unused) {
    starter_t starter = {new_runtime(), COMPILE(start_again_wasm), NULL, 0};
    epsilon_func_t* func = NULL;
    epsilon_module_t* module = NULL;
    (void)unused;
    CHECK_OK(epsilon_func_new(starter.runtime, NULL, 0, NULL, 0, again, &starter, NULL, &func));
    CHECK_OK(epsilon_imports_new(&starter.imports));
    CHECK_OK(epsilon_imports_add_func(starter.imports, TEXT("host"), TEXT("again"), func));
    CHECK_ERROR(
        epsilon_module_new(starter.runtime, starter.compiled, starter.imports, NULL, &module),
        EPSILON_ERROR_TRAP, "call stack exhausted");
    CHECK(module == NULL);
    CHECK(starter.depth > 5);
    epsilon_func_delete(func);
    epsilon_imports_delete(starter.imports);
    epsilon_compiled_delete(starter.compiled);
    epsilon_runtime_delete(starter.runtime);
    return NULL;
}

/* ---- Native stacks ---- */

static void on_thread(size_t stack_bytes, void* (*task)(void*)) {
    pthread_attr_t attributes;
    pthread_t thread;
    /* Of our own making: the C library gives a thread an old stack that is larger, if it has one.
     */
    void* stack = aligned_alloc(4096, stack_bytes);
    CHECK(pthread_attr_init(&attributes) == 0);
    CHECK(pthread_attr_setstack(&attributes, stack, stack_bytes) == 0);
    if (pthread_create(&thread, &attributes, task, NULL) != 0) {
        CHECK(false);
        return;
    }
    pthread_join(thread, NULL);
    free(stack);
    pthread_attr_destroy(&attributes);
}

/* Less than what calls into the library may need: they are refused, not tried. */
static void* no_room(void* unused) {
    world_t* world = make_world((limits_t){0, 0, true});
    epsilon_value_t value = {.i32 = 0};
    epsilon_func_t* func = export_func(world->modules[0], "direct");
    (void)unused;
    CHECK_ERROR(epsilon_func_call(func, &value, 1, 0, &value, 1), EPSILON_ERROR_TRAP,
                "call stack exhausted");
    epsilon_func_delete(func);
    delete_world(world);
    return NULL;
}

#if HAVE_CONTEXTS
/* On a stack of the program's own making nobody knows the bounds. */
static ucontext_t outside;
static ucontext_t inside;

static void in_context(void) {
    every_limit(NULL);
    endless_instantiation(NULL);
}

static void on_own_stack(size_t bytes) {
    char* stack = malloc(bytes);
    CHECK(getcontext(&inside) == 0);
    inside.uc_stack.ss_sp = stack;
    inside.uc_stack.ss_size = bytes;
    inside.uc_link = &outside;
    makecontext(&inside, in_context, 0);
    CHECK(swapcontext(&outside, &inside) == 0);
    free(stack);
}
#endif

int main(void) {
    every_limit(NULL);
    endless_instantiation(NULL);
    on_thread(1 << 20, every_limit);
    on_thread(1 << 20, endless_instantiation);
#if !defined(INSTRUMENTED) /* whose frames are several times as large */
    on_thread(128 << 10, every_limit);
    on_thread(128 << 10, endless_instantiation);
    if (48 << 10 >= PTHREAD_STACK_MIN) {
        on_thread(48 << 10, no_room);
    }
#else
    (void)no_room;
#endif
#if HAVE_CONTEXTS
    on_own_stack(256 << 10);
#endif
    return check_result();
}
