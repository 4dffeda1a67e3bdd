/* SPDX-License-Identifier: Apache-2.0 */
/* Everything that can be made is made and let go very often; the process must not grow by as much
 * as 1 MiB between a tenth of each run and its end. With the argument "full" (make test-full) the
 * numbers are 100,000 instances, 1,000,000 calls with callbacks and the like, otherwise a fiftieth.
 * The figures are printed. */
#define _DEFAULT_SOURCE /* sysconf, clock_gettime */
#include <pthread.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "modules.h"

/* Resident KiB; 0 where that can't be known: sanitizers keep what is freed. */
static long resident(void) {
#ifdef INSTRUMENTED
    return 0;
#else
    if (!signals_wanted()) {
        return 0; /* under valgrind, whose own memory grows */
    }
    long size = 0;
    long pages = 0;
    FILE* file = fopen("/proc/self/statm", "r");
    if (file == NULL || fscanf(file, "%ld %ld", &size, &pages) != 2) {
        pages = 0;
    }
    if (file != NULL) {
        fclose(file);
    }
    return pages * (sysconf(_SC_PAGESIZE) / 1024);
#endif
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static long divisor = 50;

static void soak(const char* what, long rounds, void (*once)(long round)) {
    const double began = now();
    long at_tenth = 0;
    rounds = rounds / divisor > 10 ? rounds / divisor : 10;
    for (long i = 0; i < rounds; ++i) {
        if (i == rounds / 10) {
            at_tenth = resident();
        }
        once(i);
    }
    const long at_end = resident();
    printf("%-44s %8ld rounds %6.1f s, resident %6ld KiB at 10 %%, %6ld KiB at the end\n", what,
           rounds, now() - began, at_tenth, at_end);
#ifndef EPSILON_TEST_EMULATED /* the emulator's own memory grows */
    CHECK(at_end - at_tenth < 1024);
#endif
}

/* ---- What lives through all of it ------------------------------------------------------------ */

static epsilon_runtime_t* runtime;
static epsilon_compiled_t* compiled;
static epsilon_imports_t* imports;
static epsilon_module_t* module;
static epsilon_func_t* call;
static epsilon_func_t* keep;
static epsilon_func_t* deep;
static epsilon_func_t* descend;
static epsilon_func_t* loop;
static epsilon_func_t* make_one;
static epsilon_func_t* make_many;

static long finalized; /* as many as were handed over, in the end */
static long handed_over;
static int object;

static void finalizer(void* data) {
    CHECK(data == &object);
    ++finalized;
}

static epsilon_error_t* callback(void* env, epsilon_caller_t* caller, const epsilon_value_t* args,
                                 size_t nargs, epsilon_value_t* results, size_t nresults) {
    (void)env, (void)caller, (void)nargs, (void)nresults;
    if (args[0].i32 < 0) {
        ++handed_over;
        return epsilon_error_new_host(TEXT("of the host's"), &object, finalizer);
    }
    results[0].i32 = args[0].i32 + 1;
    return NULL;
}

static epsilon_func_t* new_host_function(epsilon_runtime_t* where) {
    const epsilon_valtype_t i32 = EPSILON_VALTYPE_I32;
    epsilon_func_t* func = NULL;
    ++handed_over;
    CHECK_OK(epsilon_func_new(where, &i32, 1, &i32, 1, callback, &object, finalizer, &func));
    return func;
}

/* Gives a new reference that nobody but the program holds. */
static epsilon_error_t* make(void* env, epsilon_caller_t* caller, const epsilon_value_t* args,
                             size_t nargs, epsilon_value_t* results, size_t nresults) {
    epsilon_runtime_t* where = NULL;
    epsilon_externref_t* externref = NULL;
    (void)env, (void)args, (void)nargs, (void)nresults;
    CHECK_OK(epsilon_caller_runtime(caller, &where));
    ++handed_over;
    CHECK_OK(epsilon_externref_new(where, &object, finalizer, &externref));
    results[0].ref = epsilon_externref_ref(externref);
    epsilon_externref_delete(externref);
    epsilon_runtime_delete(where);
    return NULL;
}

static epsilon_imports_t* new_imports(epsilon_runtime_t* where) {
    const epsilon_valtype_t reference = EPSILON_VALTYPE_EXTERNREF;
    epsilon_imports_t* made = NULL;
    epsilon_func_t* func = new_host_function(where);
    CHECK_OK(epsilon_imports_new(&made));
    CHECK_OK(epsilon_imports_add_func(made, TEXT("host"), TEXT("callback"), func));
    epsilon_func_delete(func);
    CHECK_OK(epsilon_func_new(where, NULL, 0, &reference, 1, make, NULL, NULL, &func));
    CHECK_OK(epsilon_imports_add_func(made, TEXT("host"), TEXT("make"), func));
    epsilon_func_delete(func);
    return made;
}

static void call_once(epsilon_func_t* func, int32_t argument) {
    epsilon_value_t value = {.i32 = argument};
    CHECK_OK(epsilon_func_call(func, &value, 1, 0, &value, 1));
    CHECK(value.i32 == argument + 1);
}

static void open_all(void) {
    runtime = new_runtime();
    compiled = COMPILE(soak_wasm);
    imports = new_imports(runtime);
    CHECK_OK(epsilon_module_new(runtime, compiled, imports, NULL, &module));
    call = export_func(module, "call");
    keep = export_func(module, "keep");
    deep = export_func(module, "deep");
    descend = export_func(module, "descend");
    loop = export_func(module, "loop");
    make_one = export_func(module, "make");
    make_many = export_func(module, "make_many");
}

static void close_all(void) {
    epsilon_func_delete(call);
    epsilon_func_delete(keep);
    epsilon_func_delete(deep);
    epsilon_func_delete(descend);
    epsilon_func_delete(loop);
    epsilon_func_delete(make_one);
    epsilon_func_delete(make_many);
    epsilon_module_delete(module);
    epsilon_imports_delete(imports);
    epsilon_compiled_delete(compiled);
    epsilon_runtime_delete(runtime);
}

/* ---- Rounds ---------------------------------------------------------------------------------- */

static void instantiate_and_close(long round) {
    epsilon_module_t* made = NULL;
    CHECK_OK(epsilon_module_new(runtime, compiled, imports, NULL, &made));
    epsilon_func_t* func = export_func(made, "call");
    call_once(func, (int32_t)(round % 1000));
    epsilon_func_delete(func);
    epsilon_module_delete(made);
}

static void instantiate_and_fail(long round) {
    epsilon_module_t* made = NULL;
    (void)round;
    epsilon_error_delete(epsilon_module_new(runtime, compiled, NULL, NULL, &made));
    CHECK(made == NULL);
}

static void call_with_callback(long round) {
    call_once(call, (int32_t)(round % 1000));
}

static void externref(long round) {
    epsilon_externref_t* made = NULL;
    ++handed_over;
    CHECK_OK(epsilon_externref_new(runtime, &object, finalizer, &made));
    epsilon_value_t values[2] = {{.i32 = (int32_t)(round % 8)}, {.ref = 0}};
    values[1].ref = epsilon_externref_ref(made);
    CHECK_OK(epsilon_func_call(keep, values, 2, 0, values, 1));
    epsilon_externref_delete(made);
}

static void reference_of_a_callback(long round) {
    (void)round;
    CHECK_OK(epsilon_func_call(make_one, NULL, 0, 0, NULL, 0));
}

/* In one call: up to 200,000 are collected at a time. */
static void references_of_callbacks(long round) {
    epsilon_value_t value = {.i32 = 450000};
    (void)round;
    CHECK_OK(epsilon_func_call(make_many, &value, 1, 0, NULL, 0));
}

static void host_function(long round) {
    epsilon_func_t* func = new_host_function(runtime);
    call_once(func, (int32_t)(round % 1000));
    epsilon_func_delete(func);
}

static void error_of_a_callback(long round) {
    epsilon_value_t value = {.i32 = -1};
    (void)round;
    epsilon_error_t* error = epsilon_func_call(call, &value, 1, 0, &value, 1);
    CHECK(epsilon_error_host_data(error) == &object);
    CHECK(epsilon_error_frame_count(error) == 1);
    epsilon_error_delete(error);
}

static void compile(long round) {
    epsilon_compiled_t* made = COMPILE(soak_wasm);
    const epsilon_type_t* type = NULL;
    CHECK_OK(epsilon_compiled_export(made, 0, NULL, NULL, &type));
    CHECK_TEXT(epsilon_compiled_name(made, NULL), "soak");
    if (round % 8 == 0) {
        epsilon_module_t* instance = NULL;
        CHECK_OK(epsilon_module_new(runtime, made, imports, NULL, &instance));
        epsilon_func_t* func = export_func(instance, "call");
        call_once(func, 1);
        epsilon_func_delete(func);
        epsilon_module_delete(instance);
    }
    epsilon_compiled_delete(made);
}

static void compile_in_vain(long round) {
    epsilon_compiled_t* made = NULL;
    const size_t size = (size_t)(round % (long)sizeof soak_wasm);
    epsilon_error_t* error = epsilon_compiled_new(NULL, soak_wasm, size, &made);
    CHECK((error == NULL) == (made != NULL));
    epsilon_error_delete(error);
    epsilon_compiled_delete(made);
}

static void memory(long round) {
    epsilon_memory_t* made = NULL;
    CHECK_OK(epsilon_memory_new(runtime, (uint64_t)(round % 3), true, 10, &made));
    CHECK_OK(epsilon_memory_grow(made, 2, NULL));
    CHECK_OK(epsilon_memory_write(made, 65536, &round, sizeof round));
    CHECK(epsilon_memory_data(made) != NULL);
    epsilon_memory_delete(made);
}

static void table_and_global(long round) {
    epsilon_table_t* table = NULL;
    epsilon_global_t* global = NULL;
    epsilon_func_t* func = new_host_function(runtime);
    const epsilon_value_t value = {.ref = epsilon_func_ref(func)};
    CHECK_OK(epsilon_table_new(runtime, EPSILON_VALTYPE_FUNCREF, (uint64_t)(round % 100), false, 0,
                               value.ref, &table));
    CHECK_OK(epsilon_table_grow(table, 10, 0, NULL));
    CHECK_OK(epsilon_global_new(runtime, EPSILON_VALTYPE_FUNCREF, true, &value, &global));
    epsilon_func_delete(func);
    epsilon_global_delete(global);
    epsilon_table_delete(table);
}

static void trap_with_backtrace(long round) {
    epsilon_value_t value = {.i32 = (int32_t)(round % 100)};
    epsilon_error_t* error = epsilon_func_call(deep, &value, 1, 0, &value, 1);
    CHECK(epsilon_error_trap(error) == EPSILON_TRAP_OUT_OF_BOUNDS_MEMORY_ACCESS);
    CHECK(epsilon_error_frame_count(error) > 0);
    epsilon_error_delete(error);
}

static void exhaust_the_stack(long round) {
    epsilon_value_t value;
    (void)round;
    epsilon_error_t* error = epsilon_func_call(descend, NULL, 0, 0, &value, 1);
    CHECK(epsilon_error_trap(error) == EPSILON_TRAP_CALL_STACK_EXHAUSTED);
    epsilon_error_delete(error);
}

static void timed_call(long round) {
    epsilon_value_t value = {.i32 = (int32_t)(round % 1000)};
    CHECK_OK(epsilon_func_call(call, &value, 1, 100000, &value, 1));
}

static void timeout(long round) {
    (void)round;
    epsilon_error_t* error = epsilon_func_call(loop, NULL, 0, 1, NULL, 0);
    CHECK(epsilon_error_kind(error) == EPSILON_ERROR_TIMEOUT);
    epsilon_error_delete(error);
}

/* With a program that refers to itself in every way. */
static void whole_runtime(long round) {
    epsilon_runtime_t* where = new_runtime();
    epsilon_imports_t* own = new_imports(where);
    epsilon_module_t* made = NULL;
    epsilon_table_t* table = NULL;
    epsilon_externref_t* reference = NULL;
    CHECK_OK(epsilon_module_new(where, compiled, own, NULL, &made));
    epsilon_imports_delete(own);
    epsilon_func_t* func = export_func(made, "call");
    CHECK_OK(epsilon_module_export_table(made, TEXT("functions"), &table));
    CHECK_OK(epsilon_table_set(table, 2, epsilon_func_ref(func)));
    epsilon_table_delete(table);
    ++handed_over;
    CHECK_OK(epsilon_externref_new(where, &object, finalizer, &reference));
    CHECK_OK(epsilon_module_export_table(made, TEXT("objects"), &table));
    CHECK_OK(epsilon_table_set(table, 2, epsilon_externref_ref(reference)));
    epsilon_externref_delete(reference);
    epsilon_table_delete(table);
    call_once(func, (int32_t)(round % 1000));
    /* In any order. */
    for (long i = 0; i < 3; ++i) {
        switch ((round + i) % 3) {
            case 0:
                epsilon_runtime_delete(where);
                break;
            case 1:
                epsilon_module_delete(made);
                break;
            default:
                epsilon_func_delete(func);
        }
    }
}

/* Instances that are garbage only to a collection: they import each other's functions by tables. */
static void instances_in_cycles(long round) {
    epsilon_module_t* pair[2] = {NULL, NULL};
    epsilon_table_t* tables[2] = {NULL, NULL};
    (void)round;
    for (int i = 0; i < 2; ++i) {
        CHECK_OK(epsilon_module_new(runtime, compiled, imports, NULL, &pair[i]));
        CHECK_OK(epsilon_module_export_table(pair[i], TEXT("functions"), &tables[i]));
    }
    for (int i = 0; i < 2; ++i) {
        epsilon_func_t* func = export_func(pair[i], "call");
        CHECK_OK(epsilon_table_set(tables[1 - i], 3, epsilon_func_ref(func)));
        epsilon_func_delete(func);
    }
    for (int i = 0; i < 2; ++i) {
        epsilon_module_delete(pair[i]);
        epsilon_table_delete(tables[i]);
    }
}

static void* in_thread(void* argument) {
    whole_runtime(*(const long*)argument);
    return NULL;
}

static void thread(long round) {
    pthread_t made;
    CHECK(pthread_create(&made, NULL, in_thread, &round) == 0);
    CHECK(pthread_join(made, NULL) == 0);
}

int main(int argc, char** argv) {
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
    if (argc > 1 && strcmp(argv[1], "full") == 0) {
        divisor = 1;
    }
    open_all();
    soak("instantiate and close", 100000, instantiate_and_close);
    soak("instances in cycles", 50000, instances_in_cycles);
    soak("instantiations without their imports", 100000, instantiate_and_fail);
    soak("calls with a callback each", 1000000, call_with_callback);
    soak("external references kept for a while", 1000000, externref);
    soak("references that callbacks return", 500000, reference_of_a_callback);
    soak("host functions", 200000, host_function);
    soak("errors of callbacks", 200000, error_of_a_callback);
    soak("compiled modules", 20000, compile);
    soak("modules cut off", 100000, compile_in_vain);
    soak("memories", 50000, memory);
    soak("tables and globals", 100000, table_and_global);
    soak("traps with backtraces", 200000, trap_with_backtrace);
    soak("stacks exhausted", 50, exhaust_the_stack);
    soak("calls with a deadline", 500000, timed_call);
    soak("timeouts", 2000, timeout);
    soak("runtimes", 20000, whole_runtime);
    soak("threads with a runtime each", 5000, thread);
    if (divisor == 1) {
        soak("450,000 references of callbacks in each call", 30, references_of_callbacks);
    }
    close_all();
    CHECK(finalized == handed_over);
    return check_result();
}
