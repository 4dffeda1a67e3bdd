/* SPDX-License-Identifier: Apache-2.0 */
/* Programs that go from C to WebAssembly to C and so on, several calls deep and in every way in
 * which calls can be made. Whatever the functions run in: what they give, what the host's functions
 * see meanwhile, what errors say, and what it all costs to the last instruction, is the same. */
#define _GNU_SOURCE 1
#include <fenv.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdarg.h>
#include <time.h>

#include "check.h"
#include "modules.h"

/* How a function is called. */
enum form { RUN, INTS, FUNC, RUN_METERED, FUNC_METERED, FORMS };

/* What the host's function does that is called for the time that was said. */
enum action {
    NOTHING,
    FAIL,
    RAISE,
    RAISE_AND_FAIL,
    TRAP,
    GROW,
    MODES,
    LEAVE_MODES,
    OTHER_THREAD,
    SET_FUEL,
    ADD_FUEL,
    SET_PAUSE,
    SLOW_CALL,
    SLEEP,
    DELETE_ALL,
    ACTIONS
};

typedef struct {
    epsilon_tiers_t tiers;
    bool signals;
    uint64_t depth;
    bool metered;
    bool pauses;
    uint64_t timeout_ms;
} way_t;

typedef struct {
    way_t way;
    epsilon_runtime_t* runtime;
    epsilon_interrupt_t* interrupt;
    epsilon_module_t* module;
    epsilon_func_t* down;
    epsilon_call_t* call;
    /* What is to happen. */
    enum action action;
    int at;
    enum form form;
    bool passes_over_errors;
    uint64_t limit;       /* of the calls that have one */
    uint64_t interval_ms; /* of pauses */
    /* What has happened. */
    int calls;
    char* text;
    size_t length;
    size_t room;
} world_t;

static void note(world_t* world, const char* format, ...) {
    enum { most = 400 };
    if (world->room - world->length < most) {
        world->room = world->room * 2 + 2 * most;
        world->text = realloc(world->text, world->room);
        CHECK(world->text != NULL);
    }
    va_list args;
    va_start(args, format);
    const int size = vsnprintf(world->text + world->length, most, format, args);
    va_end(args);
    CHECK(size >= 0 && size < most);
    world->length += (size_t)size;
}

static void note_error(world_t* world, const epsilon_error_t* error) {
    note(world, " %s: %s", epsilon_error_kind_name(epsilon_error_kind(error)),
         epsilon_error_message(error, NULL));
    for (size_t i = 0; i < epsilon_error_frame_count(error); ++i) {
        uint32_t index = 0;
        uint64_t offset = 0;
        CHECK(epsilon_error_frame(error, i, &index, NULL, NULL, NULL, NULL, &offset));
        note(world, " %" PRIu32 "@%" PRIu64, index, offset);
    }
}

static void note_fuel(world_t* world) {
    uint64_t left = 0;
    uint64_t used = 0;
    uint64_t instructions = 0;
    if (world->way.metered && world->runtime != NULL) {
        CHECK_OK(epsilon_runtime_fuel(world->runtime, &left));
        CHECK_OK(epsilon_runtime_usage(world->runtime, &used, &instructions));
        CHECK(used == instructions);
        note(world, " fuel %" PRId64 " used %" PRIu64, (int64_t)left, used);
        CHECK_OK(epsilon_runtime_last_call_usage(world->runtime, &used, &instructions));
        CHECK(used == instructions);
        note(world, " last %" PRIu64, used);
    }
}

static epsilon_error_t* call_down(world_t* world, enum form form, int32_t depth, int32_t seed,
                                  int32_t* result) {
    epsilon_value_t values[2] = {{.i32 = depth}, {.i32 = seed}};
    epsilon_value_t* const own = epsilon_call_values(world->call);
    const uint64_t limit = world->way.metered ? world->limit : UINT64_MAX;
    epsilon_error_t* error = NULL;
    switch (form) {
        case RUN:
        case RUN_METERED:
            own[0].i32 = depth;
            own[1].i32 = seed;
            error = form == RUN ? epsilon_call_run(world->call)
                                : epsilon_call_run_metered(world->call, 0, limit);
            *result = world->call == NULL ? -1 : own[0].i32;
            break;
        case INTS: {
            const int64_t number = epsilon_call_ints_2(world->call, depth, seed);
            if (number > INT32_MAX) {
                error = (epsilon_error_t*)(uintptr_t)(number - INT64_C(0x4000000000000000));
            } else {
                *result = (int32_t)number;
            }
            break;
        }
        default:
            error = form == FUNC
                        ? epsilon_func_call(world->down, values, 2, 0, values, 1)
                        : epsilon_func_call_metered(world->down, values, 2, 0, limit, values, 1);
            *result = values[0].i32;
    }
    return error;
}

static void* call_there(void* argument) {
    world_t* world = argument;
    for (enum form form = RUN; form < FORMS; ++form) {
        int32_t result = 0;
        epsilon_error_t* error = call_down(world, form, 0, 1, &result);
        CHECK(error != NULL);
        note_error(world, error);
        epsilon_error_delete(error);
    }
    return NULL;
}

static epsilon_error_t* end_by_pause(void* env, bool* again) {
    (void)env, (void)again;
    return epsilon_error_new(EPSILON_ERROR_HOST, TEXT("enough"));
}

static void delete_handles(world_t* world) {
    epsilon_call_delete(world->call);
    epsilon_func_delete(world->down);
    epsilon_interrupt_delete(world->interrupt);
    epsilon_module_delete(world->module);
    epsilon_runtime_delete(world->runtime);
    world->call = NULL;
    world->down = NULL;
    world->interrupt = NULL;
    world->module = NULL;
    world->runtime = NULL;
}

static epsilon_error_t* act(world_t* world) {
    epsilon_error_t* error = NULL;
    switch (world->action) {
        case FAIL:
            return epsilon_error_new(EPSILON_ERROR_HOST, TEXT("the host is unwell"));
        case RAISE:
            epsilon_interrupt_raise(world->interrupt);
            break;
        case RAISE_AND_FAIL:
            epsilon_interrupt_raise(world->interrupt);
            return epsilon_error_new(EPSILON_ERROR_HOST, TEXT("the host is unwell"));
        case TRAP: {
            epsilon_value_t values[2] = {{.i32 = 1}, {.i32 = 0}};
            epsilon_func_t* divide = export_func(world->module, "divide");
            error = epsilon_func_call(divide, values, 2, 0, values, 1);
            epsilon_func_delete(divide);
            break;
        }
        case GROW: {
            epsilon_memory_t* memory = NULL;
            CHECK_OK(epsilon_module_export_memory(world->module, TEXT("memory"), &memory));
            CHECK_OK(epsilon_memory_grow(memory, 1, NULL));
            epsilon_memory_delete(memory);
            break;
        }
        case OTHER_THREAD: {
            pthread_t thread;
            CHECK(pthread_create(&thread, NULL, call_there, world) == 0);
            CHECK(pthread_join(thread, NULL) == 0);
            break;
        }
        case SET_FUEL:
        case ADD_FUEL:
            if (world->way.metered) {
                CHECK_OK(world->action == SET_FUEL ? epsilon_runtime_set_fuel(world->runtime, 100)
                                                   : epsilon_runtime_add_fuel(world->runtime, 50));
            }
            break;
        case SET_PAUSE:
            CHECK_OK(epsilon_runtime_set_pause(world->runtime, world->interval_ms, end_by_pause,
                                               NULL, NULL));
            break;
        case SLOW_CALL: {
            epsilon_value_t values[2] = {{.i32 = 0}, {.i32 = 0}};
            epsilon_func_t* spin = export_func(world->module, "spin");
            CHECK_ERROR(epsilon_func_call(spin, values, 2, 1, values, 1), EPSILON_ERROR_TIMEOUT,
                        "execution timed out");
            epsilon_func_delete(spin);
            break;
        }
        case SLEEP: {
            const struct timespec beyond = {.tv_nsec = 20000000};
            nanosleep(&beyond, NULL);
            break;
        }
        case DELETE_ALL:
            delete_handles(world);
            break;
        default:
            break;
    }
    if (error != NULL) {
        note_error(world, error);
        epsilon_error_delete(error);
    }
    return NULL;
}

/* What both of the host's functions do: act, and call "down" in the next way. */
static epsilon_error_t* host(world_t* world, int32_t depth, int32_t seed, int32_t* result) {
    const int number = ++world->calls;
    note(world, " (%d %" PRId32 " %" PRId32, number, depth, seed);
    note_fuel(world);
    *result = 7;
    epsilon_error_t* error = number == world->at ? act(world) : NULL;
    if (error == NULL && world->down != NULL) {
        const enum form form = (enum form)((world->form + number) % FORMS);
        const int modes = fegetround();
        if (number != world->at || (world->action != MODES && world->action != LEAVE_MODES)) {
            error = call_down(world, form, depth, seed, result);
        } else {
            /* The program's are its own, as long as it runs; the host's stay what they are. */
            fesetround(FE_UPWARD);
            error = call_down(world, form, depth, seed, result);
            CHECK(fegetround() == FE_UPWARD);
            if (world->action == MODES) {
                fesetround(modes);
            }
        }
    }
    if (error != NULL) {
        note_error(world, error);
        if (world->passes_over_errors) {
            epsilon_error_delete(error);
            error = NULL;
            *result = -1;
        }
    } else {
        note(world, " = %" PRId32, *result);
    }
    note_fuel(world);
    note(world, ")");
    return error;
}

static epsilon_error_t* in_place(void* env, epsilon_value_t* values) {
    int32_t result = 1;
    epsilon_error_t* error = NULL;
    if (values[0].i32 >= 0) {
        error = host(env, values[0].i32, (int32_t)(values[1].u64 % 1000), &result);
    }
    values[0].u64 = values[1].u64 * 31 + (uint32_t)result;
    return error;
}

static epsilon_error_t* arrays(void* env, epsilon_caller_t* caller, const epsilon_value_t* args,
                               size_t nargs, epsilon_value_t* results, size_t nresults) {
    (void)caller;
    CHECK(nargs == 2 && nresults == 1 && results[0].u64 == 0);
    int32_t result = 0;
    const double number = args[1].f64;
    epsilon_error_t* error = host(env, args[0].i32, (int32_t)(number * 10), &result);
    results[0].f64 = number + result;
    return error;
}

static epsilon_error_t* no_pause(void* env, bool* again) {
    (void)env, (void)again;
    return NULL;
}

static void make_world(world_t* world, way_t way) {
    static const epsilon_valtype_t types[] = {EPSILON_VALTYPE_I32, EPSILON_VALTYPE_I64,
                                              EPSILON_VALTYPE_I32, EPSILON_VALTYPE_F64};
    world->way = way;
    world->limit = UINT64_MAX;
    world->interval_ms = 3600000;
    epsilon_config_t* config = NULL;
    CHECK_OK(epsilon_config_new(&config));
    CHECK_OK(epsilon_config_set_tiers(config, way.tiers));
    CHECK_OK(epsilon_config_set_signals(config, way.signals && signals_wanted()));
    CHECK_OK(epsilon_config_set_max_call_depth(config, way.depth));
    CHECK_OK(epsilon_config_set_metering(config, way.metered));
    CHECK_OK(epsilon_config_set_timeout_ms(config, way.timeout_ms));
    CHECK_OK(epsilon_runtime_new(config, &world->runtime));
    epsilon_config_delete(config);
    if (way.pauses) {
        CHECK_OK(epsilon_runtime_set_pause(world->runtime, 3600000, no_pause, NULL, NULL));
    }
    CHECK_OK(epsilon_interrupt_new(world->runtime, &world->interrupt));
    epsilon_func_t* funcs[2];
    CHECK_OK(epsilon_func_new_in_place(world->runtime, types, 2, types + 1, 1, in_place, world,
                                       NULL, &funcs[0]));
    CHECK_OK(epsilon_func_new(world->runtime, types + 2, 2, types + 3, 1, arrays, world, NULL,
                              &funcs[1]));
    epsilon_imports_t* imports = NULL;
    CHECK_OK(epsilon_imports_new(&imports));
    CHECK_OK(epsilon_imports_add_func(imports, TEXT("host"), TEXT("in_place"), funcs[0]));
    CHECK_OK(epsilon_imports_add_func(imports, TEXT("host"), TEXT("arrays"), funcs[1]));
    world->module = INSTANTIATE(world->runtime, border_wasm, imports);
    epsilon_imports_delete(imports);
    epsilon_func_delete(funcs[0]);
    epsilon_func_delete(funcs[1]);
    world->down = export_func(world->module, "down");
    CHECK_OK(epsilon_call_new(world->down, &world->call));
}

/* A line for a call from outside. */
static void play(world_t* world, enum form form, int32_t depth) {
    int32_t result = -1;
    world->calls = 0;
    world->form = form;
    note(world, "action %d at %d, form %d:", world->action, world->at, form);
    epsilon_error_t* error = call_down(world, form, depth, 5, &result);
    note(world, fegetround() == FE_TONEAREST ? "" : " other modes");
    fesetround(FE_TONEAREST);
    if (error != NULL) {
        note_error(world, error);
        epsilon_error_delete(error);
    } else {
        note(world, " = %" PRId32, result);
    }
    note_fuel(world);
    note(world, "\n");
}

/* Compiled now, if it ever is, and entered in the way of calls that are often made. */
static void warm_up(world_t* world) {
    world->action = NOTHING;
    for (enum form form = RUN; form < FORMS; ++form) {
        for (int i = 0; i < 3; ++i) {
            play(world, form, 2);
        }
    }
}

/* --- What is compared, for each way of running */

/* Something happens in each call of the host, and in none. */
static void actions(world_t* world, way_t way) {
    for (enum action action = NOTHING; action < ACTIONS; ++action) {
        if (action == SLEEP || (action == SLOW_CALL && way.metered)) {
            continue; /* see deadlines(); and it costs what it costs */
        }
        for (int at = 0; at <= 14; ++at) {
            for (enum form form = RUN; form < FORMS; ++form) {
                if (world->down == NULL) {
                    make_world(world, way);
                    warm_up(world);
                }
                world->action = action;
                world->at = at;
                world->passes_over_errors = (at & 1) != 0;
                play(world, form, action == DELETE_ALL ? 1 : 3);
                if (way.metered && world->runtime != NULL) {
                    CHECK_OK(epsilon_runtime_set_fuel(world->runtime, UINT64_MAX));
                }
            }
            if (action == DELETE_ALL && at > 2) {
                break;
            }
        }
        delete_handles(world);
    }
}

/* Every amount of fuel in the pool, or that calls are given; some of them where that takes long. */
static void fuels(world_t* world, way_t way) {
#ifdef INSTRUMENTED
    const uint64_t step = 7;
#else
    const uint64_t step = 1;
#endif
    if (!way.metered) {
        return;
    }
    make_world(world, way);
    warm_up(world);
    for (int errors = 0; errors < 2; ++errors) {
        world->passes_over_errors = errors != 0;
        for (enum form form = RUN; form < FORMS; ++form) {
            uint64_t before = 0;
            uint64_t after = 0;
            CHECK_OK(epsilon_runtime_usage(world->runtime, &before, NULL));
            play(world, form, 2);
            CHECK_OK(epsilon_runtime_usage(world->runtime, &after, NULL));
            const uint64_t all = after - before;
            CHECK(all > 100 && all < 1000);
            for (uint64_t fuel = 0; fuel <= all + 1; fuel += step) {
                CHECK_OK(epsilon_runtime_set_fuel(world->runtime, fuel));
                play(world, form, 2);
                CHECK_OK(epsilon_runtime_set_fuel(world->runtime, UINT64_MAX));
                world->limit = fuel;
                play(world, form, 2);
                world->limit = UINT64_MAX;
            }
        }
    }
    delete_handles(world);
}

/* Too few frames for what is called, down to one. */
static void depths(world_t* world, way_t way) {
    for (uint64_t depth = 1; depth <= 6; ++depth) {
        way.depth = depth;
        make_world(world, way);
        for (int i = 0; i < 4; ++i) {
            for (enum form form = RUN; form < FORMS; ++form) {
                world->action = NOTHING;
                world->passes_over_errors = (i & 1) != 0;
                play(world, form, 3);
            }
        }
        delete_handles(world);
    }
}

static char* story(way_t way) {
    world_t world = {.text = NULL};
    actions(&world, way);
    fuels(&world, way);
    depths(&world, way);
    return world.text;
}

/* As CHECK_TEXT, with the first line that differs. */
static void compare(const char* text, const char* expected, way_t way) {
    if (strcmp(text, expected) == 0) {
        return;
    }
    size_t line = 0;
    for (size_t i = 0; text[i] == expected[i]; ++i) {
        line = text[i] == '\n' ? i + 1 : line;
    }
    ++check_failures;
    fprintf(stderr,
            "tiers %d, signals %d, depth %d, metered %d, pauses %d:\n%.*s\nexpected\n%.*s\n",
            way.tiers, way.signals, (int)way.depth, way.metered, way.pauses,
            (int)strcspn(text + line, "\n"), text + line, (int)strcspn(expected + line, "\n"),
            expected + line);
}

/* --- Pauses and deadlines, which come when they come */

static epsilon_error_t* count_pauses(void* env, bool* again) {
    (void)again;
    ++*(int*)env;
    return NULL;
}

/* Long calls cost the same with pauses in them. */
static void pauses_cost_nothing(way_t way) {
    world_t world = {.text = NULL};
    int pauses = 0;
    make_world(&world, way);
    CHECK_OK(epsilon_runtime_set_pause(world.runtime, 1, count_pauses, &pauses, NULL));
    epsilon_func_t* spin = export_func(world.module, "spin");
    int32_t expected = 0;
    uint64_t cost = 0;
    for (int i = 0; i < 1000 && pauses < 4; ++i) {
        epsilon_value_t values[2] = {{.i32 = 200000}, {.i32 = 0}};
        uint64_t used = 0;
        CHECK_OK(epsilon_func_call(spin, values, 2, 0, values, 1));
        if (way.metered) {
            CHECK_OK(epsilon_runtime_last_call_usage(world.runtime, &used, NULL));
        }
        CHECK(i == 0 || (values[0].i32 == expected && used == cost));
        expected = values[0].i32;
        cost = used;
    }
    CHECK(pauses >= 4);
    epsilon_func_delete(spin);
    delete_handles(&world);
}

/* Calls have pauses that were asked for by a host function during the one before. */
static void pauses_from_within(way_t way, enum form form) {
    world_t world = {.text = NULL};
    make_world(&world, way);
    warm_up(&world);
    world.action = SET_PAUSE;
    world.at = 1;
    world.interval_ms = 1;
    play(&world, form, 1);
    epsilon_value_t values[2] = {{.i32 = 0}, {.i32 = 0}};
    epsilon_func_t* spin = export_func(world.module, "spin");
    for (int i = 0; i < 2; ++i) {
        CHECK_ERROR(epsilon_func_call(spin, values, 2, 10000, values, 1), EPSILON_ERROR_HOST,
                    "enough");
    }
    epsilon_func_delete(spin);
    delete_handles(&world);
    free(world.text);
}

/* Time that a host's function has spent is over for all calls that are going on, whoever passes
 * over the errors of those within. */
static void deadlines(way_t way, enum form form) {
    world_t world = {.text = NULL};
    const bool has_own = form == RUN_METERED || form == FUNC_METERED;
    way.timeout_ms = has_own ? 0 : 5;
    make_world(&world, way);
    world.action = SLEEP;
    world.passes_over_errors = true;
    for (world.at = 1; world.at <= 2; ++world.at) {
        epsilon_value_t values[2] = {{.i32 = 2}, {.i32 = 5}};
        world.calls = 0;
        epsilon_error_t* error = NULL;
        if (form == RUN_METERED) {
            memcpy(epsilon_call_values(world.call), values, sizeof values);
            error = epsilon_call_run_metered(world.call, 5, UINT64_MAX);
        } else if (form == FUNC_METERED) {
            error = epsilon_func_call_metered(world.down, values, 2, 5, UINT64_MAX, values, 1);
        } else {
            error = call_down(&world, form, 2, 5, &values[0].i32);
        }
        CHECK_ERROR(error, EPSILON_ERROR_TIMEOUT, "execution timed out");
        CHECK(world.calls <= world.at);
    }
    delete_handles(&world);
    free(world.text);
}

int main(void) {
    for (int metered = 0; metered < 2; ++metered) {
        char* expected = NULL;
        for (int i = 0; i < 18; ++i) {
            const way_t way = {.tiers = i % 3 == 0   ? EPSILON_TIERS_INTERPRETER
                                        : i % 3 == 1 ? EPSILON_TIERS_COMPILED
                                                     : EPSILON_TIERS_TIERED,
                               .signals = i / 3 % 2 == 0,
                               .depth = i / 6 == 1 ? 1000 : 0,
                               .metered = metered != 0,
                               .pauses = i / 6 == 2};
            char* text = story(way);
            if (expected == NULL) {
                expected = text;
            } else {
                compare(text, expected, way);
                free(text);
            }
        }
        free(expected);
    }
    for (int i = 0; i < 8; ++i) {
        const way_t way = {.tiers = i % 2 == 0 ? EPSILON_TIERS_INTERPRETER : EPSILON_TIERS_COMPILED,
                           .signals = i / 2 % 2 == 0,
                           .metered = i >= 4};
        pauses_cost_nothing(way);
        for (enum form form = RUN; form < FORMS; ++form) {
            pauses_from_within(way, form);
            deadlines(way, form);
        }
    }
    return check_result();
}
