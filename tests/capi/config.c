/* SPDX-License-Identifier: Apache-2.0 */
/* Every option of a configuration: that it works, and that wrong values are refused. */
#include "check.h"
#include "modules.h"

/* (module (func (param i32) (result i32) local.get 0 i32.extend8_s)) */
static const uint8_t sign_extension_wasm[] = {
    0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00,      /* magic, version */
    0x01, 0x06, 0x01, 0x60, 0x01, 0x7f, 0x01, 0x7f,      /* type [i32] -> [i32] */
    0x03, 0x02, 0x01, 0x00,                              /* function 0 of type 0 */
    0x0a, 0x07, 0x01, 0x05, 0x00, 0x20, 0x00, 0xc0, 0x0b /* local.get 0, i32.extend8_s, end */
};

static void refused_values(epsilon_config_t* config) {
    CHECK_ERROR(epsilon_config_new(NULL), EPSILON_ERROR_MISUSE, "the out-parameter is NULL");
    CHECK_ERROR(epsilon_config_set_feature(NULL, EPSILON_FEATURE_SIMD, true), EPSILON_ERROR_MISUSE,
                "config is NULL");
    CHECK_ERROR(epsilon_config_set_feature(config, 200, true), EPSILON_ERROR_UNSUPPORTED,
                "feature 200 is not supported");
    CHECK_ERROR(epsilon_config_set_feature(config, 200, false), EPSILON_ERROR_MISUSE,
                "unknown feature 200");
    CHECK_ERROR(epsilon_config_set_limit(NULL, EPSILON_LIMIT_LOCALS, 1), EPSILON_ERROR_MISUSE,
                "config is NULL");
    CHECK_ERROR(epsilon_config_set_limit(config, 200, 1), EPSILON_ERROR_MISUSE,
                "unknown limit 200");
    CHECK_ERROR(epsilon_config_set_limit(config, EPSILON_LIMIT_LOCALS, UINT64_C(1) << 32),
                EPSILON_ERROR_MISUSE, "locals is 4294967296, which is more than 4294967295");
    CHECK_ERROR(epsilon_config_set_max_memory_pages(config, 65537), EPSILON_ERROR_MISUSE,
                "max_memory_pages is 65537, which is more than 65536");
    CHECK_ERROR(epsilon_config_set_max_table_elements(config, UINT64_C(1) << 32),
                EPSILON_ERROR_MISUSE,
                "max_table_elements is 4294967296, which is more than 4294967295");
    CHECK_ERROR(epsilon_config_set_memory_checks(config, 3), EPSILON_ERROR_MISUSE,
                "unknown form of memory checks 3");
    CHECK_ERROR(epsilon_config_set_max_memory_pages(NULL, 1), EPSILON_ERROR_MISUSE,
                "config is NULL");
    CHECK_ERROR(epsilon_config_set_max_total_memory_bytes(NULL, 1), EPSILON_ERROR_MISUSE,
                "config is NULL");
    CHECK_ERROR(epsilon_config_set_max_table_elements(NULL, 1), EPSILON_ERROR_MISUSE,
                "config is NULL");
    CHECK_ERROR(epsilon_config_set_max_instances(NULL, 1), EPSILON_ERROR_MISUSE, "config is NULL");
    CHECK_ERROR(epsilon_config_set_max_memories(NULL, 1), EPSILON_ERROR_MISUSE, "config is NULL");
    CHECK_ERROR(epsilon_config_set_max_tables(NULL, 1), EPSILON_ERROR_MISUSE, "config is NULL");
    CHECK_ERROR(epsilon_config_set_ceilings(NULL, true), EPSILON_ERROR_MISUSE, "config is NULL");
    CHECK_ERROR(epsilon_config_set_max_call_depth(NULL, 1), EPSILON_ERROR_MISUSE, "config is NULL");
    CHECK_ERROR(epsilon_config_set_max_stack_bytes(NULL, 1), EPSILON_ERROR_MISUSE,
                "config is NULL");
    CHECK_ERROR(epsilon_config_set_memory_checks(NULL, 1), EPSILON_ERROR_MISUSE, "config is NULL");
    CHECK_ERROR(epsilon_config_set_signals(NULL, true), EPSILON_ERROR_MISUSE, "config is NULL");
    CHECK_ERROR(epsilon_config_set_tiers(NULL, EPSILON_TIERS_TIERED), EPSILON_ERROR_MISUSE,
                "config is NULL");
    CHECK_ERROR(epsilon_config_set_tiers(config, 3), EPSILON_ERROR_MISUSE, "unknown tiers 3");
    CHECK_ERROR(epsilon_config_set_tiers(config, 255), EPSILON_ERROR_MISUSE, "unknown tiers 255");
    CHECK_ERROR(epsilon_config_set_tier_thresholds(NULL, 1, 1), EPSILON_ERROR_MISUSE,
                "config is NULL");
    CHECK_ERROR(epsilon_config_set_tier_thresholds(config, 0, 1), EPSILON_ERROR_MISUSE,
                "a threshold of calls is 0, which is less than 1");
    CHECK_ERROR(epsilon_config_set_tier_thresholds(config, 1, 0), EPSILON_ERROR_MISUSE,
                "a threshold of rounds is 0, which is less than 1");
    CHECK_ERROR(epsilon_config_set_random_tiers(NULL, 1), EPSILON_ERROR_MISUSE, "config is NULL");
    CHECK_ERROR(epsilon_config_set_perf_map(NULL, true), EPSILON_ERROR_MISUSE, "config is NULL");
}

static void features(epsilon_config_t* config) {
    CHECK_OK(epsilon_compiled_validate(config, sign_extension_wasm, sizeof sign_extension_wasm));
    CHECK_OK(epsilon_config_set_feature(config, EPSILON_FEATURE_SIGN_EXTENSION, false));
    epsilon_error_t* error =
        epsilon_compiled_validate(config, sign_extension_wasm, sizeof sign_extension_wasm);
    CHECK(epsilon_error_kind(error) == EPSILON_ERROR_UNSUPPORTED ||
          epsilon_error_kind(error) == EPSILON_ERROR_MALFORMED);
    uint64_t offset = 0;
    CHECK(epsilon_error_offset(error, &offset) && offset == 27);
    epsilon_error_delete(error);
    CHECK_OK(epsilon_config_set_feature(config, EPSILON_FEATURE_SIGN_EXTENSION, true));
    CHECK_OK(epsilon_compiled_validate(config, sign_extension_wasm, sizeof sign_extension_wasm));
}

static void limits(epsilon_config_t* config) {
    /* Each limit at the number that basic.wat has, and one below. */
    static const struct {
        epsilon_limit_t limit;
        uint64_t enough;
    } rows[] = {{EPSILON_LIMIT_MODULE_BYTES, sizeof basic_wasm},
                {EPSILON_LIMIT_FUNCTIONS, 14},
                {EPSILON_LIMIT_EXPORTS, 19},
                {EPSILON_LIMIT_GLOBALS, 3},
                {EPSILON_LIMIT_MEMORIES, 1},
                {EPSILON_LIMIT_TABLES, 1},
                {EPSILON_LIMIT_PARAMS, 12},
                {EPSILON_LIMIT_LOCALS, 12},
                {EPSILON_LIMIT_RESULTS, 2},
                {EPSILON_LIMIT_DATA_SEGMENTS, 1},
                {EPSILON_LIMIT_ELEMENT_SEGMENTS, 1},
                {EPSILON_LIMIT_SEGMENT_ELEMENTS, 1}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; ++i) {
        CHECK_OK(epsilon_config_set_limit(config, rows[i].limit, rows[i].enough));
        CHECK_OK(epsilon_compiled_validate(config, basic_wasm, sizeof basic_wasm));
        CHECK_OK(epsilon_config_set_limit(config, rows[i].limit, rows[i].enough - 1));
        epsilon_error_t* error = epsilon_compiled_validate(config, basic_wasm, sizeof basic_wasm);
        if (epsilon_error_kind(error) != EPSILON_ERROR_LIMIT) {
            fprintf(stderr, "limit %s is not kept\n", epsilon_limit_name(rows[i].limit));
            CHECK(false);
        }
        epsilon_error_delete(error);
        CHECK_OK(
            epsilon_config_set_limit(config, rows[i].limit, epsilon_limit_default(rows[i].limit)));
    }
}

static void memory_caps(epsilon_config_t* config) {
    epsilon_runtime_t* runtime = NULL;
    epsilon_memory_t* memory = NULL;
    CHECK_OK(epsilon_config_set_max_memory_pages(config, 4));
    CHECK_OK(epsilon_config_set_max_total_memory_bytes(config, 5 * 65536));
    CHECK_OK(epsilon_runtime_new(config, &runtime));
    CHECK_ERROR(epsilon_memory_new(runtime, 5, false, 0, &memory), EPSILON_ERROR_LIMIT,
                "the minimum of 5 pages is above the cap of 4 pages");
    CHECK(memory == NULL);
    CHECK_OK(epsilon_memory_new(runtime, 3, false, 0, &memory));
    epsilon_memory_t* second = NULL;
    epsilon_error_t* error = epsilon_memory_new(runtime, 3, false, 0, &second);
    CHECK(epsilon_error_kind(error) == EPSILON_ERROR_LIMIT);
    epsilon_error_delete(error);
    CHECK_OK(epsilon_memory_new(runtime, 2, false, 0, &second));
    /* A cap of the runtime's own, and the cap of all together. */
    error = epsilon_memory_grow(memory, 1, NULL);
    CHECK(epsilon_error_kind(error) == EPSILON_ERROR_LIMIT);
    epsilon_error_delete(error);
    epsilon_memory_delete(second);
    CHECK_OK(epsilon_memory_grow(memory, 1, NULL));
    CHECK_ERROR(epsilon_memory_grow(memory, 1, NULL), EPSILON_ERROR_LIMIT,
                "a memory of 4 pages cannot grow by 1: it may have 4 pages");
    epsilon_memory_delete(memory);
    epsilon_runtime_delete(runtime);
    CHECK_OK(epsilon_config_set_max_memory_pages(config, 0));
    CHECK_OK(epsilon_config_set_max_total_memory_bytes(config, 0));
}

/* Tables count in the total too. What is refused says by which cap. */
static void caps_on_all_together(void) {
    epsilon_config_t* config = NULL;
    epsilon_runtime_t* runtime = NULL;
    epsilon_memory_t* memory = NULL;
    epsilon_table_t* table = NULL;
    epsilon_table_t* second = NULL;
    CHECK_OK(epsilon_config_new(&config));
    CHECK_OK(epsilon_config_set_max_total_memory_bytes(config, 2 * 65536));
    CHECK_OK(epsilon_config_set_max_memories(config, 1));
    CHECK_OK(epsilon_config_set_max_tables(config, 1));
    CHECK_OK(epsilon_runtime_new(config, &runtime));
    epsilon_config_delete(config);
    CHECK_OK(epsilon_memory_new(runtime, 1, false, 0, &memory));
    epsilon_memory_t* other = memory;
    CHECK_ERROR(epsilon_memory_new(runtime, 0, false, 0, &other), EPSILON_ERROR_LIMIT,
                "too many memories: the limit is 1");
    CHECK(other == NULL);
    CHECK_ERROR(epsilon_table_new(runtime, EPSILON_VALTYPE_FUNCREF, 8193, false, 0, 0, &table),
                EPSILON_ERROR_LIMIT,
                "the minimum of 8193 elements exceeds the limit on all memories and tables "
                "together: 65536 of 131072 bytes are in use");
    CHECK_OK(epsilon_table_new(runtime, EPSILON_VALTYPE_FUNCREF, 8000, false, 0, 0, &table));
    CHECK_ERROR(epsilon_table_new(runtime, EPSILON_VALTYPE_FUNCREF, 0, false, 0, 0, &second),
                EPSILON_ERROR_LIMIT, "too many tables: the limit is 1");
    CHECK_ERROR(epsilon_table_grow(table, 193, 0, NULL), EPSILON_ERROR_LIMIT,
                "a table of 8000 elements cannot grow by 193: all memories and tables together "
                "have 129536 of 131072 bytes");
    CHECK_ERROR(epsilon_table_grow(table, 10000000, 0, NULL), EPSILON_ERROR_LIMIT,
                "a table of 8000 elements cannot grow by 10000000: it may have 10000000 elements");
    CHECK_OK(epsilon_table_grow(table, 192, 0, NULL));
    epsilon_table_delete(table);
    CHECK_OK(epsilon_table_new(runtime, EPSILON_VALTYPE_FUNCREF, 8192, false, 0, 0, &table));
    epsilon_table_delete(table);
    epsilon_memory_delete(memory);
    epsilon_runtime_delete(runtime);
}

static void ceilings(void) {
    static const struct {
        bool ceilings;
        uint64_t asked;
        uint64_t most; /* pages */
    } rows[] = {{false, 0, 3}, {false, 2, 2}, {false, 3, 3}, {true, 0, 2},
                {true, 1, 1},  {true, 2, 2},  {true, 3, 2},  {true, 65536, 2}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; ++i) {
        epsilon_config_t* config = NULL;
        epsilon_options_t* options = NULL;
        epsilon_runtime_t* runtime = NULL;
        epsilon_module_t* module = NULL;
        epsilon_memory_t* memory = NULL;
        epsilon_compiled_t* compiled = COMPILE(basic_wasm); /* its memory: 1 page, at most 3 */
        CHECK_OK(epsilon_config_new(&config));
        CHECK_OK(epsilon_config_set_max_memory_pages(config, 2));
        CHECK_OK(epsilon_config_set_ceilings(config, rows[i].ceilings));
        CHECK_OK(epsilon_config_set_signals(config, signals_wanted()));
        CHECK_OK(epsilon_runtime_new(config, &runtime));
        CHECK_OK(epsilon_options_new(&options));
        CHECK_OK(epsilon_options_set_max_memory_pages(options, rows[i].asked));
        CHECK_OK(epsilon_module_new(runtime, compiled, NULL, options, &module));
        CHECK_OK(epsilon_module_export_memory(module, TEXT("memory"), &memory));
        epsilon_error_t* error = epsilon_memory_grow(memory, rows[i].most, NULL);
        CHECK(epsilon_error_kind(error) == EPSILON_ERROR_LIMIT);
        epsilon_error_delete(error);
        CHECK_OK(epsilon_memory_grow(memory, rows[i].most - 1, NULL));
        epsilon_memory_delete(memory);
        epsilon_module_delete(module);
        epsilon_compiled_delete(compiled);
        epsilon_options_delete(options);
        epsilon_runtime_delete(runtime);
        epsilon_config_delete(config);
    }
    /* Time and fuel. */
    epsilon_config_t* config = NULL;
    epsilon_runtime_t* runtime = NULL;
    CHECK_OK(epsilon_config_new(&config));
    CHECK_OK(epsilon_config_set_timeout_ms(config, 20));
    CHECK_OK(epsilon_config_set_fuel(config, UINT64_C(1) << 40));
    CHECK_OK(epsilon_config_set_ceilings(config, true));
    CHECK_OK(epsilon_config_set_signals(config, signals_wanted()));
    CHECK_OK(epsilon_runtime_new(config, &runtime));
    epsilon_module_t* module = INSTANTIATE(runtime, basic_wasm, NULL);
    epsilon_func_t* forever = export_func(module, "forever");
    static const uint64_t times[] = {0, 1, 1000000, UINT64_MAX};
    for (size_t i = 0; i < sizeof times / sizeof *times; ++i) {
        CHECK_ERROR(epsilon_func_call(forever, NULL, 0, times[i], NULL, 0), EPSILON_ERROR_TIMEOUT,
                    "execution timed out");
    }
    CHECK_ERROR(epsilon_runtime_set_fuel(runtime, UINT64_MAX), EPSILON_ERROR_LIMIT,
                "the pool of fuel may hold 1099511627776 at most");
    CHECK_OK(epsilon_runtime_set_fuel(runtime, 1000));
    CHECK_ERROR(epsilon_runtime_add_fuel(runtime, UINT64_MAX), EPSILON_ERROR_LIMIT,
                "the pool of fuel may hold 1099511627776 at most");
    epsilon_error_t* error = epsilon_func_call(forever, NULL, 0, 1000000, NULL, 0);
    CHECK(epsilon_error_kind(error) == EPSILON_ERROR_FUEL);
    epsilon_error_delete(error);
    epsilon_func_delete(forever);
    epsilon_module_delete(module);
    epsilon_runtime_delete(runtime);
    epsilon_config_delete(config);
}

static void other_caps(epsilon_config_t* config) {
    epsilon_runtime_t* runtime = NULL;
    epsilon_table_t* table = NULL;
    CHECK_OK(epsilon_config_set_max_table_elements(config, 10));
    CHECK_OK(epsilon_config_set_max_instances(config, 1));
    CHECK_OK(epsilon_config_set_max_call_depth(config, 100));
    CHECK_OK(epsilon_runtime_new(config, &runtime));
    epsilon_error_t* error =
        epsilon_table_new(runtime, EPSILON_VALTYPE_FUNCREF, 11, false, 0, 0, &table);
    CHECK(epsilon_error_kind(error) == EPSILON_ERROR_LIMIT);
    epsilon_error_delete(error);

    epsilon_module_t* module = INSTANTIATE(runtime, basic_wasm, NULL);
    epsilon_compiled_t* compiled = COMPILE(basic_wasm);
    epsilon_module_t* second = NULL;
    error = epsilon_module_new(runtime, compiled, NULL, NULL, &second);
    CHECK(epsilon_error_kind(error) == EPSILON_ERROR_LIMIT);
    CHECK(second == NULL);
    epsilon_error_delete(error);
    epsilon_compiled_delete(compiled);

    /* deep(n) has n + 1 frames. */
    epsilon_func_t* deep = export_func(module, "deep");
    epsilon_value_t value = {.i32 = 99};
    CHECK_OK(epsilon_func_call(deep, &value, 1, 0, &value, 1));
    CHECK(value.i32 == 99);
    value.i32 = 100;
    CHECK_ERROR(epsilon_func_call(deep, &value, 1, 0, &value, 1), EPSILON_ERROR_TRAP,
                "call stack exhausted");
    epsilon_func_delete(deep);
    epsilon_module_delete(module);
    epsilon_runtime_delete(runtime);
    CHECK_OK(epsilon_config_set_max_call_depth(config, 0));

    /* A small value stack ends recursion earlier than a large one. */
    int32_t depth[2];
    static const uint64_t sizes[2] = {64 << 10, 1 << 20};
    for (int i = 0; i < 2; ++i) {
        CHECK_OK(epsilon_config_set_max_stack_bytes(config, sizes[i]));
        CHECK_OK(epsilon_runtime_new(config, &runtime));
        module = INSTANTIATE(runtime, basic_wasm, NULL);
        deep = export_func(module, "deep");
        for (depth[i] = 1; depth[i] < 1 << 24; depth[i] *= 2) {
            value.i32 = depth[i];
            error = epsilon_func_call(deep, &value, 1, 0, &value, 1);
            if (error != NULL) {
                CHECK(epsilon_error_trap(error) == EPSILON_TRAP_CALL_STACK_EXHAUSTED);
                epsilon_error_delete(error);
                break;
            }
        }
        epsilon_func_delete(deep);
        epsilon_module_delete(module);
        epsilon_runtime_delete(runtime);
    }
    CHECK(depth[0] < depth[1]);
    CHECK(depth[1] < 1 << 24);
}

static void memory_checks(epsilon_config_t* config) {
    epsilon_runtime_t* runtime = NULL;
    for (unsigned signals = 0; signals < (signals_wanted() ? 2u : 1u); ++signals) {
        for (unsigned checks = 0; checks < 3; ++checks) {
            CHECK_OK(epsilon_config_set_signals(config, signals == 1));
            CHECK_OK(epsilon_config_set_memory_checks(config, (epsilon_memory_checks_t)checks));
            epsilon_error_t* error = epsilon_runtime_new(config, &runtime);
            if (checks == EPSILON_MEMORY_CHECKS_GUARD && (signals == 0)) {
                CHECK_ERROR(error, EPSILON_ERROR_UNSUPPORTED, epsilon_error_message(error, NULL));
                CHECK(runtime == NULL);
                continue;
            }
            if (error != NULL) { /* only without guard pages */
                CHECK(checks == EPSILON_MEMORY_CHECKS_GUARD && !epsilon_build_guard_pages());
                epsilon_error_delete(error);
                continue;
            }
            epsilon_module_t* module = INSTANTIATE(runtime, basic_wasm, NULL);
            epsilon_func_t* load = export_func(module, "load");
            epsilon_value_t value = {.i32 = 8};
            CHECK_OK(epsilon_func_call(load, &value, 1, 0, &value, 1));
            CHECK(value.i32 == 0x6c6c6568);
            static const uint32_t bad[] = {65533, 65536, 0x7fffffff, 0xffffffff};
            for (size_t i = 0; i < 4; ++i) {
                value.u32 = bad[i];
                CHECK_ERROR(epsilon_func_call(load, &value, 1, 0, &value, 1), EPSILON_ERROR_TRAP,
                            "out of bounds memory access");
            }
            epsilon_memory_t* memory = NULL;
            CHECK_OK(epsilon_module_export_memory(module, TEXT("memory"), &memory));
            if (checks == EPSILON_MEMORY_CHECKS_EXPLICIT || signals == 0) {
                CHECK(!epsilon_memory_is_reserved(memory));
            } else if (checks == EPSILON_MEMORY_CHECKS_GUARD) {
                CHECK(epsilon_memory_is_reserved(memory));
            }
            epsilon_memory_delete(memory);
            epsilon_func_delete(load);
            epsilon_module_delete(module);
            epsilon_runtime_delete(runtime);
        }
    }
}

static void call_load(epsilon_runtime_t* runtime, epsilon_compiled_t* compiled) {
    epsilon_module_t* module = NULL;
    CHECK_OK(epsilon_module_new(runtime, compiled, NULL, NULL, &module));
    epsilon_func_t* load = export_func(module, "load");
    for (int i = 0; i < 10; ++i) {
        epsilon_value_t value = {.i32 = 8};
        CHECK_OK(epsilon_func_call(load, &value, 1, 0, &value, 1));
        CHECK(value.i32 == 0x6c6c6568);
        value.i32 = 65533;
        CHECK_ERROR(epsilon_func_call(load, &value, 1, 0, &value, 1), EPSILON_ERROR_TRAP,
                    "out of bounds memory access");
    }
    epsilon_func_delete(load);
    epsilon_module_delete(module);
}

/* Runtimes of all kinds share a module. */
static void tiers(epsilon_config_t* config) {
    const bool compiles = epsilon_build_baseline_compiler();
    epsilon_compiled_t* compiled = NULL;
    CHECK_OK(epsilon_compiled_new(config, basic_wasm, sizeof basic_wasm, &compiled));
    uint64_t functions = 1, bytes = 1, nanoseconds = 1;
    epsilon_runtime_t* runtime = NULL;
    CHECK(epsilon_runtime_tiers(NULL) == EPSILON_TIERS_INTERPRETER);
    for (int which = 0; which < 5; ++which) {
        const epsilon_tiers_t chosen = which < 3 ? (epsilon_tiers_t)which : EPSILON_TIERS_TIERED;
        CHECK_OK(epsilon_config_set_tiers(config, chosen));
        CHECK_OK(epsilon_config_set_tier_thresholds(config, UINT32_MAX, UINT32_MAX));
        if (which == 3) {
            CHECK_OK(epsilon_config_set_tier_thresholds(config, 1, 1));
        } else if (which == 4) {
            CHECK_OK(epsilon_config_set_random_tiers(config, UINT64_MAX));
        }
        CHECK_OK(epsilon_runtime_new(config, &runtime));
        CHECK(epsilon_runtime_tiers(runtime) == (compiles ? chosen : EPSILON_TIERS_INTERPRETER));
        call_load(runtime, compiled);
        epsilon_runtime_delete(runtime);
        CHECK_OK(epsilon_compiled_machine_code(compiled, &functions, &bytes, &nanoseconds));
        CHECK(functions == (compiles && which > 0 ? 1 : 0));
        CHECK((bytes > 0) == (functions > 0));
        CHECK((nanoseconds > 0) == (functions > 0));
    }
    CHECK_OK(epsilon_compiled_machine_code(compiled, NULL, NULL, NULL));
    CHECK_ERROR(epsilon_compiled_machine_code(NULL, &functions, &bytes, &nanoseconds),
                EPSILON_ERROR_MISUSE, "compiled is NULL");
    CHECK(functions == 0 && bytes == 0 && nanoseconds == 0);
    epsilon_compiled_delete(compiled);
    /* Without a configuration they are tiered. */
    CHECK_OK(epsilon_runtime_new(NULL, &runtime));
    CHECK(epsilon_runtime_tiers(runtime) ==
          (compiles ? EPSILON_TIERS_TIERED : EPSILON_TIERS_INTERPRETER));
    epsilon_runtime_delete(runtime);
}

int main(void) {
    epsilon_config_t* config = NULL;
    CHECK_OK(epsilon_config_new(&config));
    refused_values(config);
    features(config);
    limits(config);
    memory_caps(config);
    other_caps(config);
    epsilon_config_delete(config);
    caps_on_all_together();
    ceilings();

    CHECK_OK(epsilon_config_new(&config));
    memory_checks(config);
    epsilon_config_delete(config);
    CHECK_OK(epsilon_config_new(&config));
    tiers(config);
    epsilon_config_delete(config);
    epsilon_config_delete(NULL);
    return check_result();
}
