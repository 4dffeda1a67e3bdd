/* SPDX-License-Identifier: Apache-2.0 */
/* Fuel and instruction counts: the pool, limits of calls, and what runtimes tell of them. */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "check.h"

/* (module (memory 1)
 *   (func (export "loop") (param i32)
 *     (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
 *   (func (export "fill") (param i32)
 *     (memory.fill (i32.const 0) (i32.const 0) (local.get 0)))) */
static const uint8_t program_wasm[] = {
    0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00,             /* magic, version */
    0x01, 0x05, 0x01, 0x60, 0x01, 0x7f, 0x00,                   /* type [i32] -> [] */
    0x03, 0x03, 0x02, 0x00, 0x00,                               /* two functions of it */
    0x05, 0x03, 0x01, 0x00, 0x01,                               /* a memory of one page */
    0x07, 0x0f, 0x02,                                           /* exports */
    0x04, 'l',  'o',  'o',  'p',  0x00, 0x00,                   /* "loop" */
    0x04, 'f',  'i',  'l',  'l',  0x00, 0x01,                   /* "fill" */
    0x0a, 0x1c, 0x02,                                           /* code */
    0x0e, 0x00, 0x03, 0x40,                                     /* loop */
    0x20, 0x00, 0x41, 0x01, 0x6b, 0x22, 0x00, 0x0d, 0x00, 0x0b, /* ... end */
    0x0b,                                                       /* end */
    0x0b, 0x00, 0x41, 0x00, 0x41, 0x00, 0x20, 0x00,             /* operands */
    0xfc, 0x0b, 0x00, 0x0b                                      /* memory.fill, end */
};

/* (module (func $start (loop (br 0))) (start $start)) */
static const uint8_t endless_wasm[] = {
    0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00,                  /* magic, version */
    0x01, 0x04, 0x01, 0x60, 0x00, 0x00,                              /* type [] -> [] */
    0x03, 0x02, 0x01, 0x00,                                          /* a function of it */
    0x08, 0x01, 0x00,                                                /* start */
    0x0a, 0x09, 0x01, 0x07, 0x00, 0x03, 0x40, 0x0c, 0x00, 0x0b, 0x0b /* loop br 0 end end */
};

static const char not_metered[] =
    "the runtime does not meter: it was made without fuel or metering";

static epsilon_runtime_t* metered_runtime(epsilon_config_t* config) {
    epsilon_runtime_t* runtime = NULL;
    CHECK_OK(epsilon_config_set_signals(config, signals_wanted()));
    CHECK_OK(epsilon_runtime_new(config, &runtime));
    return runtime;
}

static epsilon_error_t* call(epsilon_func_t* func, int32_t argument, uint64_t fuel) {
    epsilon_value_t value = {.i32 = argument};
    return epsilon_func_call_metered(func, &value, 1, 0, fuel, NULL, 0);
}

static uint64_t left(epsilon_runtime_t* runtime) {
    uint64_t fuel = 0;
    CHECK_OK(epsilon_runtime_fuel(runtime, &fuel));
    return fuel;
}

/* Checks what was used by the last call, and by all. */
static void check_usage(epsilon_runtime_t* runtime, uint64_t last_fuel, uint64_t last_instructions,
                        uint64_t all_fuel) {
    uint64_t fuel = 1;
    uint64_t instructions = 1;
    CHECK_OK(epsilon_runtime_last_call_usage(runtime, &fuel, &instructions));
    CHECK(fuel == last_fuel && instructions == last_instructions);
    CHECK_OK(epsilon_runtime_last_call_usage(runtime, NULL, NULL));
    CHECK_OK(epsilon_runtime_usage(runtime, &fuel, NULL));
    CHECK(fuel == all_fuel);
    CHECK_OK(epsilon_runtime_usage(runtime, NULL, &instructions));
    CHECK(instructions <= fuel);
}

static void a_pool(epsilon_config_t* config) {
    CHECK_OK(epsilon_config_set_fuel(config, 2000));
    epsilon_runtime_t* runtime = metered_runtime(config);
    epsilon_module_t* module = INSTANTIATE(runtime, program_wasm, NULL);
    epsilon_func_t* loop = export_func(module, "loop");
    epsilon_func_t* fill = export_func(module, "fill");
    CHECK(left(runtime) == 2000);
    check_usage(runtime, 0, 0, 0);
    CHECK_OK(call(loop, 10, UINT64_MAX));
    CHECK(left(runtime) == 1950);
    check_usage(runtime, 50, 50, 50);
    CHECK_OK(call(fill, 65536, UINT64_MAX - 1));
    CHECK(left(runtime) == 1950 - 4 - 1024);
    epsilon_func_delete(fill);
    epsilon_func_delete(loop);
    epsilon_module_delete(module);
    epsilon_runtime_delete(runtime);
}

static void running_out(epsilon_config_t* config) {
    CHECK_OK(epsilon_config_set_fuel(config, 1000));
    epsilon_runtime_t* runtime = metered_runtime(config);
    epsilon_module_t* module = INSTANTIATE(runtime, program_wasm, NULL);
    epsilon_func_t* loop = export_func(module, "loop");
    epsilon_error_t* error = call(loop, -1, UINT64_MAX);
    CHECK(epsilon_error_kind(error) == EPSILON_ERROR_FUEL);
    CHECK(epsilon_error_trap(error) == EPSILON_TRAP_NONE);
    CHECK_TEXT(epsilon_error_message(error, NULL), "fuel exhausted");
    CHECK(epsilon_error_frame_count(error) == 1);
    uint64_t offset = 0;
    CHECK(epsilon_error_frame(error, 0, NULL, NULL, NULL, NULL, NULL, &offset) && offset == 49);
    epsilon_error_delete(error);
    CHECK(left(runtime) == 0);
    check_usage(runtime, 1000, 1000, 1000);
    CHECK_OK(epsilon_runtime_add_fuel(runtime, 54));
    CHECK_OK(call(loop, 10, UINT64_MAX));
    CHECK(left(runtime) == 4);
    CHECK_ERROR(call(loop, 1, UINT64_MAX), EPSILON_ERROR_FUEL, "fuel exhausted");
    CHECK(left(runtime) == 4);
    CHECK_OK(epsilon_runtime_set_fuel(runtime, UINT64_MAX));
    CHECK_OK(call(loop, 1000, UINT64_MAX));
    CHECK(left(runtime) == UINT64_MAX);
    CHECK_OK(epsilon_runtime_set_fuel(runtime, UINT64_MAX - 2));
    CHECK_OK(epsilon_runtime_add_fuel(runtime, 1));
    CHECK(left(runtime) == UINT64_MAX - 1);
    CHECK_OK(epsilon_runtime_add_fuel(runtime, UINT64_MAX));
    CHECK(left(runtime) == UINT64_MAX);
    epsilon_func_delete(loop);
    epsilon_module_delete(module);
    epsilon_runtime_delete(runtime);
}

static void limits_of_calls(epsilon_config_t* config) {
    CHECK_OK(epsilon_config_set_metering(config, true));
    epsilon_runtime_t* runtime = metered_runtime(config);
    epsilon_module_t* module = INSTANTIATE(runtime, program_wasm, NULL);
    epsilon_func_t* loop = export_func(module, "loop");
    epsilon_func_t* fill = export_func(module, "fill");
    CHECK(left(runtime) == UINT64_MAX);
    CHECK_OK(call(loop, 10, 50));
    CHECK_ERROR(call(loop, 10, 49), EPSILON_ERROR_FUEL, "fuel exhausted");
    check_usage(runtime, 45, 45, 95);
    CHECK_ERROR(call(loop, 10, 0), EPSILON_ERROR_FUEL, "fuel exhausted");
    check_usage(runtime, 0, 0, 95);
    CHECK_ERROR(call(fill, 65536, 1027), EPSILON_ERROR_FUEL, "fuel exhausted");
    check_usage(runtime, 4, 4, 99);
    CHECK_OK(call(fill, 65536, 1028));
    check_usage(runtime, 1028, 4, 1127);
    /* With a timeout that doesn't matter: the same. */
    epsilon_value_t value = {.i32 = 10};
    CHECK_ERROR(epsilon_func_call_metered(loop, &value, 1, 60000, 49, NULL, 0), EPSILON_ERROR_FUEL,
                "fuel exhausted");
    check_usage(runtime, 45, 45, 1172);
    CHECK_ERROR(epsilon_func_call_metered(loop, &value, 2, 0, 49, NULL, 0), EPSILON_ERROR_MISUSE,
                "function \"loop\" takes 1 arguments, not 2");
    CHECK_ERROR(epsilon_func_call_metered(NULL, &value, 1, 0, 49, NULL, 0), EPSILON_ERROR_MISUSE,
                "func is NULL");

    epsilon_compiled_t* endless = COMPILE(endless_wasm);
    epsilon_options_t* options = NULL;
    epsilon_module_t* never = NULL;
    CHECK_OK(epsilon_options_new(&options));
    CHECK_OK(epsilon_options_set_fuel(options, 100));
    CHECK_ERROR(epsilon_module_new(runtime, endless, NULL, options, &never), EPSILON_ERROR_FUEL,
                "fuel exhausted");
    CHECK(never == NULL);
    check_usage(runtime, 100, 100, 1272);
    epsilon_options_delete(options);
    epsilon_compiled_delete(endless);
    epsilon_func_delete(fill);
    epsilon_func_delete(loop);
    epsilon_module_delete(module);
    epsilon_runtime_delete(runtime);
}

static void without_metering(void) {
    epsilon_runtime_t* runtime = new_runtime();
    epsilon_module_t* module = INSTANTIATE(runtime, program_wasm, NULL);
    epsilon_func_t* loop = export_func(module, "loop");
    uint64_t fuel = 1;
    uint64_t instructions = 1;
    CHECK(left(runtime) == UINT64_MAX);
    CHECK_ERROR(call(loop, 1, 100), EPSILON_ERROR_MISUSE, not_metered);
    CHECK_OK(call(loop, 1, UINT64_MAX));
    CHECK_ERROR(epsilon_runtime_set_fuel(runtime, 1), EPSILON_ERROR_MISUSE, not_metered);
    CHECK_ERROR(epsilon_runtime_add_fuel(runtime, 1), EPSILON_ERROR_MISUSE, not_metered);
    CHECK_ERROR(epsilon_runtime_usage(runtime, &fuel, &instructions), EPSILON_ERROR_MISUSE,
                not_metered);
    CHECK(fuel == 0 && instructions == 0);
    CHECK_ERROR(epsilon_runtime_last_call_usage(runtime, NULL, NULL), EPSILON_ERROR_MISUSE,
                not_metered);
    epsilon_compiled_t* endless = COMPILE(endless_wasm);
    epsilon_options_t* options = NULL;
    epsilon_module_t* never = NULL;
    CHECK_OK(epsilon_options_new(&options));
    CHECK_OK(epsilon_options_set_fuel(options, 100));
    CHECK_ERROR(epsilon_module_new(runtime, endless, NULL, options, &never), EPSILON_ERROR_MISUSE,
                not_metered);
    epsilon_options_delete(options);
    epsilon_compiled_delete(endless);
    epsilon_func_delete(loop);
    epsilon_module_delete(module);
    epsilon_runtime_delete(runtime);
}

static void wrong_arguments(epsilon_config_t* config) {
    uint64_t fuel = 1;
    CHECK_ERROR(epsilon_config_set_fuel(NULL, 1), EPSILON_ERROR_MISUSE, "config is NULL");
    CHECK_ERROR(epsilon_config_set_metering(NULL, true), EPSILON_ERROR_MISUSE, "config is NULL");
    CHECK_ERROR(epsilon_options_set_fuel(NULL, 1), EPSILON_ERROR_MISUSE, "options is NULL");
    CHECK_ERROR(epsilon_runtime_fuel(NULL, &fuel), EPSILON_ERROR_MISUSE, "runtime is NULL");
    CHECK(fuel == 0);
    CHECK_ERROR(epsilon_runtime_set_fuel(NULL, 1), EPSILON_ERROR_MISUSE, "runtime is NULL");
    CHECK_ERROR(epsilon_runtime_add_fuel(NULL, 1), EPSILON_ERROR_MISUSE, "runtime is NULL");
    CHECK_ERROR(epsilon_runtime_usage(NULL, NULL, NULL), EPSILON_ERROR_MISUSE, "runtime is NULL");
    CHECK_ERROR(epsilon_runtime_last_call_usage(NULL, NULL, NULL), EPSILON_ERROR_MISUSE,
                "runtime is NULL");
    epsilon_runtime_t* runtime = new_runtime();
    CHECK_ERROR(epsilon_runtime_fuel(runtime, NULL), EPSILON_ERROR_MISUSE, "fuel is NULL");
    epsilon_runtime_delete(runtime);
    /* Switching metering off takes the pool away. */
    CHECK_OK(epsilon_config_set_fuel(config, 1));
    CHECK_OK(epsilon_config_set_metering(config, false));
    runtime = metered_runtime(config);
    CHECK(left(runtime) == UINT64_MAX);
    CHECK_ERROR(epsilon_runtime_add_fuel(runtime, 1), EPSILON_ERROR_MISUSE, not_metered);
    epsilon_runtime_delete(runtime);
}

struct raiser {
    epsilon_interrupt_t* interrupt;
    atomic_bool ended;
};

static void* raise_until_ended(void* argument) {
    struct raiser* raiser = argument;
    while (!atomic_load(&raiser->ended)) {
        epsilon_interrupt_raise(raiser->interrupt);
        sched_yield();
    }
    return NULL;
}

/* Programs that are interrupted anywhere, also just where their fuel ends, have used no more than
 * they were given. */
static void interrupted_where_fuel_ends(epsilon_config_t* config) {
    CHECK_OK(epsilon_config_set_metering(config, true));
    epsilon_runtime_t* runtime = metered_runtime(config);
    epsilon_module_t* module = INSTANTIATE(runtime, program_wasm, NULL);
    epsilon_func_t* loop = export_func(module, "loop");
    struct raiser raiser = {.ended = false};
    CHECK_OK(epsilon_interrupt_new(runtime, &raiser.interrupt));
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, raise_until_ended, &raiser) == 0);
    uint64_t all = 0;
    for (uint64_t i = 0; i < 30000; ++i) {
        const uint64_t limit = i % 12; /* a round is 5 instructions */
        uint64_t fuel = 0;
        epsilon_error_delete(call(loop, 1000000, limit));
        CHECK_OK(epsilon_runtime_last_call_usage(runtime, &fuel, NULL));
        CHECK(fuel <= limit);
        all += fuel;
    }
    uint64_t fuel = 0;
    CHECK_OK(epsilon_runtime_usage(runtime, &fuel, NULL));
    CHECK(fuel == all);
    atomic_store(&raiser.ended, true);
    pthread_join(thread, NULL);
    epsilon_interrupt_delete(raiser.interrupt);
    epsilon_func_delete(loop);
    epsilon_module_delete(module);
    epsilon_runtime_delete(runtime);
}

int main(void) {
    epsilon_config_t* config = NULL;
    CHECK_OK(epsilon_config_new(&config));
    a_pool(config);
    running_out(config);
    wrong_arguments(config);
    limits_of_calls(config);
    interrupted_where_fuel_ends(config);
    without_metering();
    epsilon_config_delete(config);
    return check_result();
}
