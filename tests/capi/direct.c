/* SPDX-License-Identifier: Apache-2.0 */
/* Calls between C and functions that may be machine code: results, traps and their backtraces,
 * stops, floating-point modes, threads and what host functions do meanwhile are the same whatever
 * the function runs in, and however it is called. */
#define _GNU_SOURCE 1
#include <fenv.h>
#include <inttypes.h>
#include <pthread.h>
#if defined(__SSE__)
#include <xmmintrin.h>
#endif

#include "check.h"
#include "modules.h"

enum mode { RETURN, FAIL, CALL_BACK, GROW, DELETE_ALL, INTERRUPT, SPIN };

typedef struct {
    epsilon_runtime_t* runtime;
    epsilon_interrupt_t* interrupt;
    epsilon_module_t* module;
    epsilon_call_t* call;
    epsilon_func_t* func;
    enum mode mode;
    int calls;
    double seen;
} world_t;

typedef struct {
    epsilon_tiers_t tiers;
    bool signals;
    uint64_t depth;
    bool metered;
} way_t;

static epsilon_error_t* act(world_t* world) {
    ++world->calls;
    switch (world->mode) {
        case RETURN:
            return NULL;
        case FAIL:
            return epsilon_error_new(EPSILON_ERROR_HOST, TEXT("the host is unwell"));
        case CALL_BACK: {
            epsilon_func_t* deep = export_func(world->module, "deep");
            epsilon_value_t value = {.i32 = 10};
            world->mode = RETURN;
            CHECK_OK(epsilon_func_call(deep, &value, 1, 0, &value, 1));
            CHECK(value.i32 == 10);
            epsilon_call_t* call = NULL;
            CHECK_OK(epsilon_call_new(deep, &call));
            CHECK(epsilon_call_ints_1(call, 3) == 3);
            epsilon_call_delete(call);
            epsilon_func_delete(deep);
            deep = export_func(world->module, "divide");
            epsilon_value_t two[2] = {{.i32 = 1}, {.i32 = 0}};
            CHECK_ERROR(epsilon_func_call(deep, two, 2, 0, two, 1), EPSILON_ERROR_TRAP,
                        "integer divide by zero");
            epsilon_func_delete(deep);
            return NULL;
        }
        case GROW: {
            epsilon_memory_t* memory = NULL;
            CHECK_OK(epsilon_module_export_memory(world->module, TEXT("memory"), &memory));
            CHECK_OK(epsilon_memory_grow(memory, 1, NULL));
            epsilon_memory_delete(memory);
            return NULL;
        }
        case DELETE_ALL:
            epsilon_call_delete(world->call);
            epsilon_func_delete(world->func);
            epsilon_module_delete(world->module);
            world->call = NULL;
            world->func = NULL;
            world->module = NULL;
            return NULL;
        case INTERRUPT:
            epsilon_interrupt_raise(world->interrupt);
            return NULL;
        case SPIN: {
            epsilon_func_t* spin = export_func(world->module, "spin");
            epsilon_value_t value = {.i32 = 1};
            epsilon_error_t* error = epsilon_func_call(spin, &value, 1, 20, &value, 1);
            epsilon_func_delete(spin);
            return error;
        }
    }
    return NULL;
}

static epsilon_error_t* f(void* env, epsilon_caller_t* caller, const epsilon_value_t* args,
                          size_t nargs, epsilon_value_t* results, size_t nresults) {
    (void)caller, (void)nargs, (void)nresults;
    const int32_t argument = args[0].i32;
    epsilon_error_t* error = act(env);
    results[0].i32 = argument + 1;
    return error;
}
static epsilon_error_t* g(void* env, epsilon_value_t* values) {
    CHECK(values[0].u64 <= UINT32_MAX);
    values[0].i64 = values[0].i32 * values[1].i64;
    return act(env);
}
static epsilon_error_t* h(void* env, epsilon_value_t* values) {
    ((world_t*)env)->seen = values[0].f64;
    return act(env);
}

static world_t* new_world(way_t way) {
    static const epsilon_valtype_t i32[1] = {EPSILON_VALTYPE_I32};
    static const epsilon_valtype_t both[2] = {EPSILON_VALTYPE_I32, EPSILON_VALTYPE_I64};
    static const epsilon_valtype_t f64[1] = {EPSILON_VALTYPE_F64};
    world_t* world = calloc(1, sizeof *world);
    epsilon_config_t* config = NULL;
    CHECK_OK(epsilon_config_new(&config));
    CHECK_OK(epsilon_config_set_tiers(config, way.tiers));
    CHECK_OK(epsilon_config_set_signals(config, way.signals && signals_wanted()));
    CHECK_OK(epsilon_config_set_max_call_depth(config, way.depth));
    CHECK_OK(epsilon_config_set_metering(config, way.metered));
    CHECK_OK(epsilon_runtime_new(config, &world->runtime));
    epsilon_config_delete(config);
    CHECK_OK(epsilon_interrupt_new(world->runtime, &world->interrupt));
    epsilon_func_t* host[3];
    CHECK_OK(epsilon_func_new(world->runtime, i32, 1, i32, 1, f, world, NULL, &host[0]));
    CHECK_OK(
        epsilon_func_new_in_place(world->runtime, both, 2, both + 1, 1, g, world, NULL, &host[1]));
    CHECK_OK(epsilon_func_new_in_place(world->runtime, f64, 1, NULL, 0, h, world, NULL, &host[2]));
    epsilon_imports_t* imports = NULL;
    CHECK_OK(epsilon_imports_new(&imports));
    CHECK_OK(epsilon_imports_add_func(imports, TEXT("host"), TEXT("f"), host[0]));
    CHECK_OK(epsilon_imports_add_func(imports, TEXT("host"), TEXT("g"), host[1]));
    CHECK_OK(epsilon_imports_add_func(imports, TEXT("host"), TEXT("h"), host[2]));
    world->module = INSTANTIATE(world->runtime, direct_wasm, imports);
    epsilon_imports_delete(imports);
    for (int i = 0; i < 3; ++i) {
        epsilon_func_delete(host[i]);
    }
    return world;
}

static void delete_world(world_t* world) {
    epsilon_interrupt_delete(world->interrupt);
    epsilon_module_delete(world->module);
    epsilon_runtime_delete(world->runtime);
    free(world);
}

/* A function with a prepared call of it. */
static void take(world_t* world, const char* name) {
    epsilon_call_delete(world->call);
    epsilon_func_delete(world->func);
    world->func = export_func(world->module, name);
    CHECK_OK(epsilon_call_new(world->func, &world->call));
}
static void drop(world_t* world) {
    epsilon_call_delete(world->call);
    epsilon_func_delete(world->func);
    world->call = NULL;
    world->func = NULL;
}

/* Calls it as often as it takes to be machine code that is entered directly, in both ways. */
static epsilon_error_t* call_twice(world_t* world, const epsilon_value_t* args, size_t nargs,
                                   epsilon_value_t* results, size_t nresults) {
    epsilon_value_t* values = epsilon_call_values(world->call);
    for (int i = 0; i < 3; ++i) {
        for (size_t k = 0; k < nargs; ++k) {
            values[k] = args[k];
        }
        epsilon_error_t* error = epsilon_call_run(world->call);
        if (error == NULL && nresults != 0) {
            memcpy(results, values, nresults * sizeof *results);
        } else if (error != NULL && i == 2) {
            /* What was given is still there. */
            for (size_t k = 0; k < nargs; ++k) {
                CHECK(memcmp(&values[k], &args[k], sizeof *args) == 0);
            }
        }
        epsilon_error_delete(error);
    }
    epsilon_error_t* error = NULL;
    for (int i = 0; i < 3; ++i) {
        epsilon_value_t again[2] = {{.u64 = 77}, {.u64 = 77}};
        epsilon_error_delete(error);
        error = epsilon_func_call(world->func, args, nargs, 0, again, nresults);
        for (size_t k = 0; k < nresults; ++k) {
            if (error == NULL) {
                CHECK(again[k].u64 == results[k].u64 && again[k].v128[15] == 0);
            } else {
                CHECK(again[k].u64 == 0);
            }
        }
    }
    return error;
}

static epsilon_value_t result_of(world_t* world, const char* name, const epsilon_value_t* args,
                                 size_t nargs) {
    epsilon_value_t result = {.u64 = 0};
    take(world, name);
    CHECK_OK(call_twice(world, args, nargs, &result, 1));
    drop(world);
    return result;
}

static void values(world_t* world) {
    /* What lies above narrow arguments doesn't count. */
    epsilon_value_t args[4];
    memset(args, 0xff, sizeof args);
    args[0].i32 = 1;
    args[1].i64 = INT64_C(-5000000000);
    args[2].i64 = INT64_C(6000000000);
    args[3].i32 = -1;
    CHECK(result_of(world, "four", args, 4).i64 == 1000000000 + INT64_C(4294967296));
    CHECK(result_of(world, "constant", NULL, 0).u64 == (uint32_t)-3);
    memset(args, 0xff, sizeof args);
    args[0].f32 = 1.5f;
    args[1].f32 = -4.0f;
    epsilon_value_t result = result_of(world, "f32_add", args, 2);
    CHECK(result.f32 == -2.5f && result.u64 <= UINT32_MAX);
    args[1].f64 = 0.125;
    args[2].i32 = 0;
    CHECK(result_of(world, "select", args, 3).f64 == 0.125);
    args[2].i32 = INT32_MIN;
    CHECK(result_of(world, "select", args, 3).f64 == 1.5);
    args[0].i32 = 100;
    CHECK(result_of(world, "locals", args, 1).i32 == 100);
    args[1].i32 = 0;
    CHECK(result_of(world, "tail", args, 2).i32 == 150);
    args[0].i32 = 101;
    CHECK(result_of(world, "tail", args, 2).i32 == 151);
    args[0].i32 = 0;
    CHECK(result_of(world, "spin", args, 1).i32 == 5);

    /* Without results the values of a prepared call stay. */
    take(world, "set");
    for (int i = 1; i <= 3; ++i) {
        epsilon_call_values(world->call)->u64 = UINT64_C(0xabcd00000000) + (unsigned)i;
        CHECK_OK(epsilon_call_run(world->call));
        CHECK(epsilon_call_values(world->call)->u64 == UINT64_C(0xabcd00000000) + (unsigned)i);
        CHECK(epsilon_call_ints_1(world->call, i + 10) == 0);
    }
    args[0].i32 = 0;
    CHECK(result_of(world, "load", args, 1).i32 == 13);
    take(world, "nothing");
    for (int i = 0; i < 3; ++i) {
        CHECK(epsilon_call_ints_0(world->call) == 0);
        CHECK_OK(epsilon_func_call(world->func, NULL, 0, 0, NULL, 0));
    }
    take(world, "divide");
    for (int i = 0; i < 3; ++i) {
        CHECK(epsilon_call_ints_2(world->call, -7, 2) == -3);
        CHECK(epsilon_call_ints_2(world->call, UINT32_MAX, 1) == -1);
        CHECK(epsilon_call_ints_2(world->call, INT64_C(1) << 32, 1) == INT64_MAX);
    }
    take(world, "two");
    args[0].i32 = 8;
    epsilon_value_t two[2];
    CHECK_OK(call_twice(world, args, 1, two, 2));
    CHECK(two[0].i32 == 8 && two[1].i32 == 9);
    drop(world);
}

/* Functions that machine code needs no frame for. */
static void simple(world_t* world) {
    epsilon_value_t args[4];
    memset(args, 0xff, sizeof args);
    args[0].i32 = 3;
    args[1].i64 = -7;
    args[2].i32 = 8;
    args[3].i64 = INT64_MIN + 1;
    CHECK(result_of(world, "pick", args, 4).i64 == 8 + 4 - 28);
    args[0].i32 = 2;
    CHECK(result_of(world, "pick", args, 4).i64 == -7 * 256 - 28);
    args[0].i32 = 9;
    CHECK(result_of(world, "pick", args, 4).i64 == -28);
    args[1].i64 = 0;
    CHECK(result_of(world, "pick", args, 4).i64 == -9);
    args[0].u64 = UINT64_MAX;
    args[1].i32 = -5;
    CHECK(result_of(world, "second", args, 2).u64 == (uint32_t)-5);
    args[0].u64 = UINT64_C(0x123456789abcdef0);
    CHECK(result_of(world, "wrap", args, 1).u64 == 0x9abcdef0);
    take(world, "ignore");
    for (int i = 0; i < 3; ++i) {
        CHECK(epsilon_call_ints_2(world->call, INT32_MIN, UINT32_MAX) == 0);
        epsilon_call_values(world->call)->u64 = 5;
        CHECK_OK(epsilon_call_run(world->call));
        CHECK(epsilon_call_values(world->call)->u64 == 5);
    }
    drop(world);
}

/* All that an error says, one after the other, unless it came at no particular place. */
static void describe(epsilon_error_t* error, char* text, size_t size) {
    size_t at = 0;
    CHECK(error != NULL);
    at += (size_t)snprintf(text, size, "%s: %s", epsilon_error_kind_name(epsilon_error_kind(error)),
                           epsilon_error_message(error, NULL));
    const bool anywhere = epsilon_error_kind(error) == EPSILON_ERROR_TIMEOUT;
    for (size_t i = 0; !anywhere && i < epsilon_error_frame_count(error) && at < size; ++i) {
        uint32_t index = 0;
        uint64_t offset = 0;
        CHECK(epsilon_error_frame(error, i, &index, NULL, NULL, NULL, NULL, &offset));
        at += (size_t)snprintf(text + at, size - at, " %" PRIu32 "@%" PRIu64, index, offset);
    }
    epsilon_error_delete(error);
}

/* The errors of a few calls, to be compared. */
static char* errors(world_t* world) {
    static const struct {
        const char* name;
        int32_t args[2];
        size_t nargs;
        enum mode mode;
    } all[] = {{"divide", {1, 0}, 2, RETURN},          {"divide", {INT32_MIN, -1}, 2, RETURN},
               {"outer", {5, 0}, 2, RETURN},           {"unreachable", {0, 0}, 1, RETURN},
               {"load", {65536, 0}, 1, RETURN},        {"load", {-1, 0}, 1, RETURN},
               {"deep", {-1, 0}, 1, RETURN},           {"calls_f", {4, 0}, 1, FAIL},
               {"calls_f", {4, 0}, 1, SPIN},           {"calls_f_and_loads", {4, -1}, 2, RETURN},
               {"calls_f_and_loads", {4, 0}, 2, FAIL}, {"calls_f", {4, 0}, 1, INTERRUPT}};
    enum { size = 20000 };
    char* text = malloc(size);
    size_t at = 0;
    for (size_t i = 0; i < sizeof all / sizeof *all; ++i) {
        epsilon_value_t args[2] = {{.i32 = all[i].args[0]}, {.i32 = all[i].args[1]}};
        epsilon_value_t result = {.u64 = 1};
        world->mode = all[i].mode;
        take(world, all[i].name);
        describe(call_twice(world, args, all[i].nargs, &result, 1), text + at, size - at);
        at += strlen(text + at);
        CHECK(at < size - 2);
        text[at++] = '\n';
        world->mode = RETURN;
        args[0].i32 = 12;
        CHECK(result_of(world, "deep", args, 1).i32 == 12);
    }
    text[at] = 0;
    drop(world);
    return text;
}

static void host_functions(world_t* world) {
    epsilon_value_t args[2] = {{.i32 = 4}, {.i32 = 0}};
    for (int again = 0; again < 3; ++again) {
        world->mode = again == 1 ? CALL_BACK : RETURN;
        CHECK(result_of(world, "calls_f", args, 1).i32 == 405);
        args[1].i64 = INT64_C(-7000000000);
        CHECK(result_of(world, "calls_g", args, 2).i64 == INT64_C(-70000000000));
        epsilon_value_t number = {.f64 = 2.5};
        CHECK(result_of(world, "calls_h", &number, 1).f64 == 3.5);
        CHECK(world->seen == 5.0);
    }
    /* A page more, at once. */
    world->mode = GROW;
    take(world, "calls_f_and_loads");
    args[1].i32 = 65536;
    CHECK_OK(epsilon_func_call(world->func, args, 2, 0, args, 1));
    CHECK(args[0].i32 == 0);
    args[1].i32 = 131072;
    CHECK_OK(epsilon_func_call(world->func, args, 2, 0, args, 1));
    world->mode = RETURN;
    args[1].i32 = 3 * 65536 - 4;
    CHECK_OK(epsilon_func_call(world->func, args, 2, 0, args, 1));
    args[1].i32 = 3 * 65536 - 3;
    CHECK_ERROR(epsilon_func_call(world->func, args, 2, 0, args, 1), EPSILON_ERROR_TRAP,
                "out of bounds memory access");
    drop(world);
}

/* An interrupt that comes while nothing runs is for nobody. */
static void stale_interrupts(world_t* world) {
    take(world, "deep");
    for (int i = 0; i < 4; ++i) {
        epsilon_interrupt_raise(world->interrupt);
        CHECK(epsilon_call_ints_1(world->call, 5) == 5);
        epsilon_interrupt_raise(world->interrupt);
        epsilon_call_values(world->call)->i32 = 6;
        CHECK_OK(epsilon_call_run(world->call));
        CHECK(epsilon_call_values(world->call)->i32 == 6);
    }
    drop(world);
}

/* The host's rounding and exceptions are not the program's. */
static void floating_point_modes(world_t* world) {
    epsilon_value_t args[2] = {{.f64 = 1.0}, {.f64 = 0x1p-60}};
    const int modes[] = {FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO, FE_TONEAREST};
    take(world, "f64_add");
    for (size_t i = 0; i < sizeof modes / sizeof *modes; ++i) {
        epsilon_value_t* values = epsilon_call_values(world->call);
        epsilon_value_t result = {.u64 = 0};
        memcpy(values, args, sizeof args);
        fesetround(modes[i]);
        epsilon_error_t* first = epsilon_call_run(world->call);
        epsilon_error_t* second = epsilon_func_call(world->func, args, 2, 0, &result, 1);
        CHECK(fegetround() == modes[i]);
        fesetround(FE_TONEAREST);
        CHECK_OK(first);
        CHECK_OK(second);
        CHECK(values[0].f64 == 1.0 && result.f64 == 1.0);
    }
#if defined(__SSE__)
    /* Flushing, and exceptions that would end the process. */
    const unsigned before = _mm_getcsr();
    args[0].f64 = 0x1p-1050;
    args[1].f64 = 0x1p-1060;
    for (int i = 0; i < 2; ++i) {
        epsilon_value_t result = {.u64 = 0};
        _mm_setcsr(i == 0 ? before | 0x8040 : before & ~0x1f80u);
        epsilon_error_t* error = epsilon_func_call(world->func, args, 2, 0, &result, 1);
        _mm_setcsr(before);
        CHECK_OK(error);
        CHECK(result.f64 == 0x1p-1050 + 0x1p-1060);
    }
    /* Integers as arguments, where the modes matter behind a call. */
    epsilon_call_t* call = NULL;
    epsilon_func_t* func = export_func(world->module, "outer");
    CHECK_OK(epsilon_call_new(func, &call));
    for (int i = 0; i < 3; ++i) {
        _mm_setcsr(before | 0x8040);
        const int64_t result = epsilon_call_ints_2(call, 90, 3);
        _mm_setcsr(before);
        CHECK(result == 31);
    }
    epsilon_call_delete(call);
    epsilon_func_delete(func);
#endif
    drop(world);
}

static void* call_there(void* argument) {
    world_t* world = argument;
    for (int i = 0; i < 3; ++i) {
        CHECK(epsilon_call_ints_1(world->call, 20) == 20);
    }
    return NULL;
}

static void threads(world_t* world) {
    take(world, "deep");
    for (int i = 0; i < 3; ++i) {
        pthread_t thread;
        CHECK(epsilon_call_ints_1(world->call, 9) == 9);
        CHECK(pthread_create(&thread, NULL, call_there, world) == 0);
        CHECK(pthread_join(thread, NULL) == 0);
        CHECK(epsilon_call_ints_1(world->call, 10) == 10);
    }
    drop(world);
}

/* All handles are given up while the function runs, which then ends as ever. */
static void deletions(way_t way) {
    for (int how = 0; how < 3; ++how) {
        world_t* world = new_world(way);
        epsilon_value_t args[1] = {{.i32 = 4}};
        take(world, "calls_f");
        for (int i = 0; i < 2; ++i) {
            CHECK(epsilon_call_ints_1(world->call, 4) == 405);
        }
        world->mode = DELETE_ALL;
        if (how == 0) {
            CHECK(epsilon_call_ints_1(world->call, 4) == 405);
        } else if (how == 1) {
            epsilon_call_values(world->call)->i32 = 4;
            CHECK_OK(epsilon_call_run(world->call));
        } else {
            CHECK_OK(epsilon_func_call(world->func, args, 1, 0, args, 1));
            CHECK(args[0].i32 == 405);
        }
        CHECK(world->module == NULL);
        delete_world(world);
    }
}

int main(void) {
    for (int counted = 0; counted < 2; ++counted) {
        char* expected = NULL;
        for (int i = 0; i < 12; ++i) {
            const way_t way = {.tiers = i % 3 == 0   ? EPSILON_TIERS_INTERPRETER
                                        : i % 3 == 1 ? EPSILON_TIERS_COMPILED
                                                     : EPSILON_TIERS_TIERED,
                               .signals = i / 3 % 2 == 0,
                               .depth = counted != 0 ? 1000 : 0,
                               .metered = i >= 6};
            world_t* world = new_world(way);
            values(world);
            simple(world);
            char* text = errors(world);
            if (expected == NULL) {
                expected = text;
            } else {
                CHECK_TEXT(text, expected);
                free(text);
            }
            host_functions(world);
            stale_interrupts(world);
            floating_point_modes(world);
            threads(world);
            delete_world(world);
            deletions(way);
        }
        free(expected);
    }
    return check_result();
}
