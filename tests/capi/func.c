/* SPDX-License-Identifier: Apache-2.0 */
/* Functions: calling WebAssembly, being called by it, errors with their frames, time limits. */
#include <time.h>

#include "check.h"
#include "modules.h"

static double now_ms(void) {
    struct timespec time;
    timespec_get(&time, TIME_UTC);
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

static void values_in_and_out(epsilon_module_t* module) {
    epsilon_value_t args[12], results[2];
    epsilon_func_t* func = export_func(module, "add");
    /* All bytes but those of the type are of no account. */
    memset(args, 0xff, sizeof args);
    memset(results, 0xff, sizeof results);
    args[0].i32 = 40;
    args[1].i32 = -50;
    CHECK_OK(epsilon_func_call(func, args, 2, 0, results, 1));
    CHECK(results[0].i32 == -10);
    static const uint8_t nothing[16] = {0};
    CHECK(memcmp(results[0].v128 + 4, nothing, 12) == 0);
    /* The results may take the place of the arguments. */
    CHECK_OK(epsilon_func_call(func, args, 2, 0, args, 1));
    CHECK(args[0].i32 == -10);
    size_t size = 0;
    uint32_t index = 99;
    CHECK_TEXT(epsilon_func_name(func, &size), "add");
    CHECK(size == 3);
    CHECK(epsilon_func_index(func, &index) && index == 0);
    CHECK_TEXT(epsilon_type_text(epsilon_func_type(func), NULL), "[i32 i32] -> [i32]");
    epsilon_func_delete(func);

    func = export_func(module, "swap");
    args[0].i32 = 7;
    args[1].f64 = -0.5;
    CHECK_OK(epsilon_func_call(func, args, 2, 0, results, 2));
    CHECK(results[0].f64 == -0.5 && results[1].i32 == 7);
    epsilon_func_delete(func);

    /* A signaling NaN goes through unchanged, bit by bit. */
    func = export_func(module, "echo_f32");
    args[0].u32 = 0x7fa00001;
    CHECK_OK(epsilon_func_call(func, args, 1, 0, results, 1));
    CHECK(results[0].u64 == 0x7fa00001);
    args[0].f32 = 1.5f;
    CHECK_OK(epsilon_func_call(func, args, 1, 0, results, 1));
    CHECK(results[0].f32 == 1.5f);
    epsilon_func_delete(func);

    func = export_func(module, "lanes");
    for (int i = 0; i < 16; ++i) {
        args[0].v128[i] = (uint8_t)i;
    }
    CHECK_OK(epsilon_func_call(func, args, 1, 0, results, 1));
    for (int i = 0; i < 16; ++i) {
        CHECK(results[0].v128[i] == 2 * i);
    }
    epsilon_func_delete(func);

    func = export_func(module, "sum12");
    for (int i = 0; i < 12; ++i) {
        args[i].i64 = (int64_t)1 << (4 * i);
    }
    CHECK_OK(epsilon_func_call(func, args, 12, 0, results, 1));
    CHECK(results[0].i64 == 0x111111111111);
    epsilon_func_delete(func);

    func = export_func(module, "nothing");
    CHECK_OK(epsilon_func_call(func, NULL, 0, 0, NULL, 0));
    epsilon_func_delete(func);
}

static void wrong_calls(epsilon_module_t* module) {
    epsilon_value_t args[3] = {{.i32 = 1}, {.i32 = 2}, {.i32 = 3}}, results[2] = {{.i32 = 9}};
    epsilon_func_t* func = export_func(module, "add");
    CHECK_ERROR(epsilon_func_call(func, args, 1, 0, results, 1), EPSILON_ERROR_MISUSE,
                "function \"add\" takes 2 arguments, not 1");
    CHECK(results[0].i32 == 0);
    CHECK_ERROR(epsilon_func_call(func, args, 3, 0, results, 1), EPSILON_ERROR_MISUSE,
                "function \"add\" takes 2 arguments, not 3");
    CHECK_ERROR(epsilon_func_call(func, args, 2, 0, results, 0), EPSILON_ERROR_MISUSE,
                "function \"add\" gives 1 results, not 0");
    CHECK_ERROR(epsilon_func_call(func, args, 2, 0, results, 2), EPSILON_ERROR_MISUSE,
                "function \"add\" gives 1 results, not 2");
    CHECK_ERROR(epsilon_func_call(func, NULL, 2, 0, results, 1), EPSILON_ERROR_MISUSE,
                "an array of values is NULL");
    CHECK_ERROR(epsilon_func_call(func, args, 2, 0, NULL, 1), EPSILON_ERROR_MISUSE,
                "an array of values is NULL");
    CHECK_ERROR(epsilon_func_call(NULL, args, 2, 0, results, 1), EPSILON_ERROR_MISUSE,
                "func is NULL");
    epsilon_func_delete(func);
}

static void traps(epsilon_module_t* module) {
    epsilon_value_t value = {.i32 = 0};
    epsilon_func_t* func = export_func(module, "outer");
    epsilon_error_t* error = epsilon_func_call(func, &value, 1, 0, &value, 1);
    CHECK(epsilon_error_kind(error) == EPSILON_ERROR_TRAP);
    CHECK(epsilon_error_trap(error) == EPSILON_TRAP_INTEGER_DIVIDE_BY_ZERO);
    CHECK_TEXT(epsilon_error_message(error, NULL), "integer divide by zero");
    CHECK(epsilon_error_frame_count(error) == 2);
    uint32_t index = 0;
    const char *name = NULL, *module_name = NULL;
    size_t name_size = 0, module_size = 0;
    uint64_t offset = 0, error_offset = 0;
    CHECK(epsilon_error_frame(error, 0, &index, &name, &name_size, &module_name, &module_size,
                              &offset));
    CHECK(index == 6 && name_size == 6 && module_size == 5);
    CHECK_TEXT(name, "divide");
    CHECK_TEXT(module_name, "basic");
    CHECK(basic_wasm[offset] == 0x6d); /* i32.div_s */
    CHECK(epsilon_error_offset(error, &error_offset) && error_offset == offset);
    CHECK(epsilon_error_frame(error, 1, &index, &name, NULL, NULL, NULL, &offset));
    CHECK(index == 7);
    CHECK_TEXT(name, "outer");
    CHECK(basic_wasm[offset] == 0x10); /* call */
    CHECK(!epsilon_error_frame(error, 2, &index, &name, NULL, NULL, NULL, &offset));
    CHECK(index == 0 && name == NULL && offset == 0);
    epsilon_error_delete(error);

    /* After a trap everything stays usable. */
    value.i32 = 1;
    CHECK_OK(epsilon_func_call(func, &value, 1, 0, &value, 1));
    CHECK(value.i32 == 1);
    epsilon_func_delete(func);

    func = export_func(module, "call_indirect");
    value.i32 = 0;
    CHECK_OK(epsilon_func_call(func, &value, 1, 0, &value, 1));
    CHECK(value.i32 == 3);
    value.i32 = 1;
    error = epsilon_func_call(func, &value, 1, 0, &value, 1);
    CHECK(epsilon_error_trap(error) == EPSILON_TRAP_UNINITIALIZED_ELEMENT);
    CHECK_TEXT(epsilon_error_message(error, NULL), "uninitialized element 1");
    epsilon_error_delete(error);
    value.i32 = 9;
    error = epsilon_func_call(func, &value, 1, 0, &value, 1);
    CHECK(epsilon_error_trap(error) == EPSILON_TRAP_UNDEFINED_ELEMENT);
    epsilon_error_delete(error);
    epsilon_func_delete(func);

    func = export_func(module, "deep");
    for (int i = 0; i < 3; ++i) {
        value.i32 = -1;
        CHECK_ERROR(epsilon_func_call(func, &value, 1, 0, &value, 1), EPSILON_ERROR_TRAP,
                    "call stack exhausted");
    }
    value.i32 = 1000;
    CHECK_OK(epsilon_func_call(func, &value, 1, 0, &value, 1));
    CHECK(value.i32 == 1000);
    epsilon_func_delete(func);
}

static void time_limits(epsilon_module_t* module) {
    epsilon_func_t* func = export_func(module, "forever");
    double start = now_ms();
    epsilon_error_t* error = epsilon_func_call(func, NULL, 0, 50, NULL, 0);
    double took = now_ms() - start;
    CHECK(epsilon_error_kind(error) == EPSILON_ERROR_TIMEOUT);
    CHECK(took >= 49 && took < 5000);
    CHECK(epsilon_error_frame_count(error) == 1);
    epsilon_error_delete(error);
    /* Again, and a short call that is not hit by the deadline of the last. */
    CHECK(epsilon_error_kind(error = epsilon_func_call(func, NULL, 0, 1, NULL, 0)) ==
          EPSILON_ERROR_TIMEOUT);
    epsilon_error_delete(error);
    epsilon_func_delete(func);
    func = export_func(module, "nothing");
    CHECK_OK(epsilon_func_call(func, NULL, 0, UINT64_MAX, NULL, 0));
    CHECK_OK(epsilon_func_call(func, NULL, 0, 0, NULL, 0));
    epsilon_func_delete(func);
}

/* What the host functions below should do, and what they saw. */
struct host {
    epsilon_runtime_t* runtime;
    epsilon_module_t* module; /* borrowed */
    epsilon_func_t* func;     /* borrowed */
    epsilon_call_t* call;     /* borrowed */
    int calls;
    int finalized;
    int mode;
};
enum {
    RETURN_DOUBLE,
    FAIL,
    FAIL_SILENTLY,
    TRAP,
    EXIT,
    CALL_BACK,
    LOOK_AT_MEMORY,
    SPIN_INSIDE,
    CALL_DIRECTLY,
    ASK_CALLER,
    DELETE_CALL
};

static epsilon_error_t* callback(void* env, epsilon_caller_t* caller, const epsilon_value_t* args,
                                 size_t nargs, epsilon_value_t* results, size_t nresults) {
    struct host* host = env;
    ++host->calls;
    CHECK(nargs == 1 && nresults == 1 && results[0].i32 == 0);
    switch (host->mode) {
        case FAIL:
            return epsilon_error_new_host(TEXT("the host is unwell"), &host->finalized,
                                          count_finalizer);
        case FAIL_SILENTLY:
            return epsilon_error_callback_failed();
        case TRAP:
            return epsilon_error_new(EPSILON_ERROR_TRAP, TEXT("a trap of the host"));
        case EXIT:
            return epsilon_error_new_exit(42);
        case CALL_BACK: {
            epsilon_func_t* again = export_func(host->module, "call");
            epsilon_value_t value = {.i32 = args[0].i32 - 1};
            epsilon_error_t* error = NULL;
            if (value.i32 >= 0) {
                error = epsilon_func_call(again, &value, 1, 0, results, 1);
            }
            epsilon_func_delete(again);
            ++results[0].i32;
            return error;
        }
        case LOOK_AT_MEMORY: {
            uint8_t* data = NULL;
            uint64_t size = 0;
            epsilon_module_t* module = NULL;
            epsilon_runtime_t* runtime = NULL;
            CHECK_OK(epsilon_caller_memory(caller, 0, &data, &size));
            CHECK(size == 65536);
            data[0] = 77;
            CHECK_OK(epsilon_caller_memory(caller, 1, &data, &size));
            CHECK(data == NULL && size == 0);
            CHECK_OK(epsilon_caller_module(caller, &module));
            CHECK_OK(epsilon_caller_runtime(caller, &runtime));
            epsilon_memory_t* memory = NULL;
            CHECK_OK(epsilon_module_export_memory(module, TEXT("memory"), &memory));
            CHECK(*epsilon_memory_data(memory) == 77);
            epsilon_memory_delete(memory);
            epsilon_module_delete(module);
            epsilon_runtime_delete(runtime);
            return NULL;
        }
        case CALL_DIRECTLY: {
            host->mode = ASK_CALLER;
            epsilon_value_t value = {.i32 = 0};
            return epsilon_func_call(host->func, &value, 1, 0, &value, 1);
        }
        case ASK_CALLER: {
            epsilon_module_t* module = (epsilon_module_t*)host;
            CHECK_OK(epsilon_caller_module(caller, &module));
            CHECK(module == NULL);
            return NULL;
        }
        case SPIN_INSIDE: {
            /* An inner call with a deadline of its own, longer than the outer one's. */
            host->mode = RETURN_DOUBLE;
            epsilon_func_t* loop = export_func(host->module, "loop");
            epsilon_value_t value = {.i32 = 1};
            epsilon_error_t* error = epsilon_func_call(loop, &value, 1, 100000, &value, 1);
            CHECK(epsilon_error_kind(error) == EPSILON_ERROR_TIMEOUT);
            epsilon_error_delete(error);
            epsilon_func_delete(loop);
            return NULL; /* the outer call has to end all the same */
        }
        default:
            results[0].i32 = 2 * args[0].i32;
            return NULL;
    }
}

static void host_functions(void) {
    struct host host = {.runtime = new_runtime()};
    static const epsilon_valtype_t i32[1] = {EPSILON_VALTYPE_I32};
    epsilon_func_t* func = NULL;
    CHECK_OK(epsilon_func_new(host.runtime, i32, 1, i32, 1, callback, &host, NULL, &func));
    CHECK_TEXT(epsilon_type_text(epsilon_func_type(func), NULL), "[i32] -> [i32]");
    CHECK(epsilon_func_name(func, NULL) == NULL);
    uint32_t index = 99;
    CHECK(!epsilon_func_index(func, &index) && index == 0);

    /* Called by the embedder itself. */
    epsilon_value_t value = {.i32 = 4};
    CHECK_OK(epsilon_func_call(func, &value, 1, 0, &value, 1));
    CHECK(value.i32 == 8 && host.calls == 1);

    epsilon_imports_t* imports = NULL;
    CHECK_OK(epsilon_imports_new(&imports));
    CHECK_OK(epsilon_imports_add_func(imports, TEXT("host"), TEXT("callback"), func));
    host.func = func;
    host.module = INSTANTIATE(host.runtime, calls_wasm, imports);
    epsilon_imports_delete(imports);
    func = export_func(host.module, "call");

    value.i32 = 21;
    CHECK_OK(epsilon_func_call(func, &value, 1, 0, &value, 1));
    CHECK(value.i32 == 42);

    host.mode = FAIL;
    epsilon_error_t* error = epsilon_func_call(func, &value, 1, 0, &value, 1);
    CHECK(epsilon_error_kind(error) == EPSILON_ERROR_HOST);
    CHECK_TEXT(epsilon_error_message(error, NULL), "the host is unwell");
    CHECK(epsilon_error_host_data(error) == &host.finalized && host.finalized == 0);
    CHECK(epsilon_error_frame_count(error) == 1);
    const char* name = NULL;
    CHECK(epsilon_error_frame(error, 0, NULL, &name, NULL, NULL, NULL, NULL));
    CHECK_TEXT(name, "inner");
    epsilon_error_delete(error);
    CHECK(host.finalized == 1);
    CHECK(value.i32 == 0);

    host.mode = FAIL_SILENTLY;
    for (int i = 0; i < 3; ++i) {
        error = epsilon_func_call(func, &value, 1, 0, &value, 1);
        CHECK(error == epsilon_error_callback_failed());
        CHECK(epsilon_error_frame_count(error) == 0);
        epsilon_error_delete(error);
    }

    host.mode = TRAP;
    error = epsilon_func_call(func, &value, 1, 0, &value, 1);
    CHECK(epsilon_error_kind(error) == EPSILON_ERROR_TRAP);
    CHECK(epsilon_error_trap(error) == EPSILON_TRAP_NONE);
    CHECK_TEXT(epsilon_error_message(error, NULL), "a trap of the host");
    epsilon_error_delete(error);

    host.mode = EXIT;
    error = epsilon_func_call(func, &value, 1, 0, &value, 1);
    CHECK(epsilon_error_kind(error) == EPSILON_ERROR_EXIT);
    CHECK(epsilon_error_exit_status(error) == 42);
    epsilon_error_delete(error);

    host.mode = CALL_BACK;
    value.i32 = 10;
    CHECK_OK(epsilon_func_call(func, &value, 1, 0, &value, 1));
    CHECK(value.i32 == 11);
    /* Without end: the native stack's limit is a trap too. */
    value.i32 = INT32_MAX;
    error = epsilon_func_call(func, &value, 1, 0, &value, 1);
    CHECK(epsilon_error_trap(error) == EPSILON_TRAP_CALL_STACK_EXHAUSTED);
    epsilon_error_delete(error);

    host.mode = LOOK_AT_MEMORY;
    CHECK_OK(epsilon_func_call(func, &value, 1, 0, &value, 1));

    /* No instance calls a function that the embedder calls itself. */
    host.mode = CALL_DIRECTLY;
    CHECK_OK(epsilon_func_call(func, &value, 1, 0, &value, 1));
    CHECK(host.mode == ASK_CALLER);

    host.mode = RETURN_DOUBLE;
    epsilon_func_t* loop = export_func(host.module, "loop");
    error = epsilon_func_call(loop, &value, 1, 30, &value, 1);
    CHECK(epsilon_error_kind(error) == EPSILON_ERROR_TIMEOUT);
    epsilon_error_delete(error);

    /* The outer deadline holds inside an inner call, and ends the outer call too. */
    host.mode = SPIN_INSIDE;
    error = epsilon_func_call(loop, &value, 1, 30, &value, 1);
    CHECK(epsilon_error_kind(error) == EPSILON_ERROR_TIMEOUT);
    epsilon_error_delete(error);
    host.mode = RETURN_DOUBLE;
    value.i32 = 4;
    CHECK_OK(epsilon_func_call(func, &value, 1, 0, &value, 1));
    CHECK(value.i32 == 8);

    epsilon_func_delete(loop);
    epsilon_func_delete(func);
    epsilon_func_delete(host.func);
    epsilon_module_delete(host.module);
    epsilon_runtime_delete(host.runtime);
}

/* One array for arguments and results. */
static epsilon_error_t* swap(void* env, epsilon_value_t* values) {
    struct host* host = env;
    ++host->calls;
    if (host->mode == FAIL) {
        return epsilon_error_new_host(TEXT("the host is unwell"), NULL, NULL);
    }
    if (host->mode == DELETE_CALL) {
        epsilon_call_delete(host->call);
    }
    const int32_t first = values[0].i32;
    values[0] = values[1];
    values[1].i32 = first;
    return NULL;
}

static epsilon_error_t* sum_of_twelve(void* env, epsilon_value_t* values) {
    (void)env;
    for (int i = 1; i < 12; ++i) {
        values[0].i64 += values[i].i64;
    }
    return NULL;
}

/* Calls of a function, whose handle is given away. */
static epsilon_call_t* prepare(epsilon_func_t* func) {
    epsilon_call_t* call = NULL;
    CHECK_OK(epsilon_call_new(func, &call));
    epsilon_func_delete(func);
    return call;
}

/* The error that a call of integers returned instead of a result. */
static epsilon_error_t* error_in(int64_t code) {
    static const int64_t base = 0x4000000000000000;
    CHECK(code > base && code != INT64_MAX);
    return (epsilon_error_t*)(uintptr_t)(code - base);
}

static void integers(epsilon_module_t* module) {
    epsilon_call_t* call = prepare(export_func(module, "add"));
    CHECK(epsilon_call_ints_2(call, 40, -50) == -10);
    CHECK(epsilon_call_ints_2(call, INT32_MIN, 0) == INT32_MIN);
    CHECK(epsilon_call_ints_2(call, UINT32_MAX, 0) == -1);
    CHECK(epsilon_call_ints_2(call, (int64_t)UINT32_MAX + 1, 0) == INT64_MAX);
    CHECK(epsilon_call_ints_2(call, 0, (int64_t)INT32_MIN - 1) == INT64_MAX);
    static const char* const unfit =
        "function \"add\" does not take 1 integers and give an i32 or nothing";
    CHECK_ERROR(error_in(epsilon_call_ints_1(call, 40)), EPSILON_ERROR_MISUSE, unfit);
    epsilon_call_delete(call);
    call = prepare(export_func(module, "divide"));
    CHECK(epsilon_call_ints_2(call, -7, 2) == -3);
    CHECK_ERROR(error_in(epsilon_call_ints_2(call, 1, 0)), EPSILON_ERROR_TRAP,
                "integer divide by zero");
    epsilon_call_delete(call);
    call = prepare(export_func(module, "nothing"));
    CHECK(epsilon_call_ints_0(call) == 0);
    epsilon_call_delete(call);
    /* Floats, v128s, two results. */
    call = prepare(export_func(module, "echo_f32"));
    CHECK_ERROR(error_in(epsilon_call_ints_1(call, 1)), EPSILON_ERROR_MISUSE,
                "function \"echo_f32\" does not take 1 integers and give an i32 or nothing");
    epsilon_call_delete(call);
    call = prepare(export_func(module, "swap"));
    CHECK_ERROR(error_in(epsilon_call_ints_2(call, 1, 2)), EPSILON_ERROR_MISUSE,
                "function \"swap\" does not take 2 integers and give an i32 or nothing");
    epsilon_call_delete(call);
    CHECK_ERROR(error_in(epsilon_call_ints_0(NULL)), EPSILON_ERROR_MISUSE, "call is NULL");
    CHECK_ERROR(error_in(epsilon_call_ints_3(NULL, 1, 2, 3)), EPSILON_ERROR_MISUSE, "call is NULL");
    CHECK_ERROR(error_in(epsilon_call_ints_4(NULL, 1, 2, 3, 4)), EPSILON_ERROR_MISUSE,
                "call is NULL");
}

static void in_place(void) {
    struct host host = {.runtime = new_runtime()};
    epsilon_module_t* module = INSTANTIATE(host.runtime, basic_wasm, NULL);
    epsilon_call_t* call = prepare(export_func(module, "add"));
    epsilon_value_t* values = epsilon_call_values(call);
    memset(values, 0xff, 2 * sizeof *values);
    values[0].i32 = 40;
    values[1].i32 = -50;
    CHECK_OK(epsilon_call_run(call));
    CHECK(values[0].u64 == (uint32_t)-10);
    epsilon_call_delete(call);
    call = prepare(export_func(module, "nothing"));
    CHECK(epsilon_call_values(call) != NULL);
    CHECK_OK(epsilon_call_run(call));
    epsilon_call_delete(call);

    call = prepare(export_func(module, "forever"));
    CHECK_ERROR(epsilon_call_run_metered(call, 20, UINT64_MAX), EPSILON_ERROR_TIMEOUT,
                "execution timed out");
    CHECK_ERROR(epsilon_call_run_metered(NULL, 0, UINT64_MAX), EPSILON_ERROR_MISUSE,
                "call is NULL");
    epsilon_call_delete(call);

    CHECK_ERROR(epsilon_call_new(NULL, &call), EPSILON_ERROR_MISUSE, "func is NULL");
    CHECK(call == NULL);
    CHECK_ERROR(epsilon_call_run(NULL), EPSILON_ERROR_MISUSE, "call is NULL");
    CHECK(epsilon_call_values(NULL) == NULL);
    epsilon_call_delete(NULL);

    /* A host function of this form, called in this form; after an error the values are as before.
     */
    static const epsilon_valtype_t types[2] = {EPSILON_VALTYPE_I32, EPSILON_VALTYPE_F64};
    static const epsilon_valtype_t swapped[2] = {EPSILON_VALTYPE_F64, EPSILON_VALTYPE_I32};
    epsilon_func_t* func = NULL;
    CHECK_OK(
        epsilon_func_new_in_place(host.runtime, types, 2, swapped, 2, swap, &host, NULL, &func));
    CHECK_ERROR(epsilon_call_new(func, NULL), EPSILON_ERROR_MISUSE, "the out-parameter is NULL");
    call = prepare(func);
    values = epsilon_call_values(call);
    values[0].i32 = 7;
    values[1].f64 = -0.5;
    CHECK_OK(epsilon_call_run(call));
    CHECK(values[0].f64 == -0.5 && values[1].i32 == 7 && host.calls == 1);
    host.mode = FAIL;
    CHECK_ERROR(epsilon_call_run(call), EPSILON_ERROR_HOST, "the host is unwell");
    CHECK(values[0].f64 == -0.5 && values[1].i32 == 7 && host.calls == 2);
    CHECK_ERROR(epsilon_call_run_metered(call, 0, 5), EPSILON_ERROR_MISUSE,
                "the runtime does not meter: it was made without fuel or metering");
    /* Deleted while it runs, and never looked at again. */
    host.mode = DELETE_CALL;
    host.call = call;
    CHECK_OK(epsilon_call_run(call));
    CHECK(host.calls == 3);
    static const epsilon_valtype_t ints[2] = {EPSILON_VALTYPE_I32, EPSILON_VALTYPE_I32};
    CHECK_OK(epsilon_func_new_in_place(host.runtime, ints, 2, ints, 1, swap, &host, NULL, &func));
    host.call = call = prepare(func);
    CHECK(epsilon_call_ints_2(call, 7, 9) == 9);
    CHECK(host.calls == 4);

    epsilon_valtype_t many[12];
    for (int i = 0; i < 12; ++i) {
        many[i] = EPSILON_VALTYPE_I64;
    }
    CHECK_OK(epsilon_func_new_in_place(host.runtime, many, 12, many, 1, sum_of_twelve, NULL, NULL,
                                       &func));
    call = prepare(func);
    values = epsilon_call_values(call);
    for (int i = 0; i < 12; ++i) {
        values[i].i64 = (int64_t)1 << (4 * i);
    }
    CHECK_OK(epsilon_call_run(call));
    CHECK(values[0].i64 == 0x111111111111 && values[1].i64 == 16);
    epsilon_call_delete(call);
    integers(module);
    int finalized = 0;
    CHECK_ERROR(epsilon_func_new_in_place(host.runtime, NULL, 0, NULL, 0, NULL, &finalized,
                                          count_finalizer, &func),
                EPSILON_ERROR_MISUSE, "callback is NULL");
    CHECK(func == NULL && finalized == 1);
    epsilon_module_delete(module);
    epsilon_runtime_delete(host.runtime);
}

static void finalizers(void) {
    int finalized = 0;
    static const epsilon_valtype_t bad[2] = {EPSILON_VALTYPE_I32, 0};
    static const epsilon_valtype_t many[1001];
    epsilon_runtime_t* runtime = new_runtime();
    epsilon_func_t* func = NULL;
    CHECK_OK(
        epsilon_func_new(runtime, NULL, 0, NULL, 0, callback, &finalized, count_finalizer, &func));
    epsilon_func_delete(func);
    CHECK(finalized == 1);

    /* Exactly once also when there is no function to finalize with. */
    finalized = 0;
    CHECK_ERROR(
        epsilon_func_new(NULL, NULL, 0, NULL, 0, callback, &finalized, count_finalizer, &func),
        EPSILON_ERROR_MISUSE, "runtime is NULL");
    CHECK_ERROR(
        epsilon_func_new(runtime, NULL, 0, NULL, 0, NULL, &finalized, count_finalizer, &func),
        EPSILON_ERROR_MISUSE, "callback is NULL");
    CHECK_ERROR(
        epsilon_func_new(runtime, NULL, 1, NULL, 0, callback, &finalized, count_finalizer, &func),
        EPSILON_ERROR_MISUSE, "an array of types is NULL");
    CHECK_ERROR(
        epsilon_func_new(runtime, bad, 2, NULL, 0, callback, &finalized, count_finalizer, &func),
        EPSILON_ERROR_MISUSE, "unknown type 0 of parameter 1");
    CHECK_ERROR(
        epsilon_func_new(runtime, NULL, 0, bad, 2, callback, &finalized, count_finalizer, &func),
        EPSILON_ERROR_MISUSE, "unknown type 0 of result 1");
    CHECK_ERROR(epsilon_func_new(runtime, many, 1001, NULL, 0, callback, &finalized,
                                 count_finalizer, &func),
                EPSILON_ERROR_LIMIT,
                "a function with 1001 parameters and 0 results: the limit is 1000");
    CHECK(func == NULL && finalized == 6);
    CHECK_ERROR(
        epsilon_func_new(runtime, NULL, 0, NULL, 0, callback, &finalized, count_finalizer, NULL),
        EPSILON_ERROR_MISUSE, "the out-parameter is NULL");
    CHECK(finalized == 7);

    /* At the latest with the runtime. */
    finalized = 0;
    CHECK_OK(
        epsilon_func_new(runtime, NULL, 0, NULL, 0, callback, &finalized, count_finalizer, &func));
    epsilon_runtime_delete(runtime);
    CHECK(finalized == 0);
    epsilon_func_delete(func);
    CHECK(finalized == 1);
}

static void null_handles(void) {
    size_t size = 99;
    uint32_t index = 99;
    uint64_t bytes = 99;
    uint8_t* data = NULL;
    epsilon_module_t* module = NULL;
    epsilon_runtime_t* runtime = NULL;
    epsilon_func_delete(NULL);
    CHECK(epsilon_func_type(NULL) == NULL);
    CHECK(epsilon_func_name(NULL, &size) == NULL && size == 0);
    CHECK(!epsilon_func_index(NULL, &index) && index == 0);
    CHECK(epsilon_func_ref(NULL) == 0);
    CHECK_ERROR(epsilon_caller_memory(NULL, 0, &data, &bytes), EPSILON_ERROR_MISUSE,
                "caller is NULL");
    CHECK_ERROR(epsilon_caller_module(NULL, &module), EPSILON_ERROR_MISUSE, "caller is NULL");
    CHECK_ERROR(epsilon_caller_runtime(NULL, &runtime), EPSILON_ERROR_MISUSE, "caller is NULL");
}

int main(void) {
    epsilon_runtime_t* runtime = new_runtime();
    epsilon_module_t* module = INSTANTIATE(runtime, basic_wasm, NULL);
    values_in_and_out(module);
    wrong_calls(module);
    traps(module);
    time_limits(module);
    epsilon_module_delete(module);
    epsilon_runtime_delete(runtime);
    host_functions();
    in_place();
    finalizers();
    null_handles();
    return check_result();
}
