/* SPDX-License-Identifier: Apache-2.0 */
/* Stopping programs from outside: from other threads and signal handlers, by default timeouts; and
 * pauses, after which they go on. */
#define _POSIX_C_SOURCE 200809L
#define _DEFAULT_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/time.h>
#include <time.h>

#include "check.h"
#include "modules.h"

static const char interrupted[] = "execution interrupted";
static const char timed_out[] = "execution timed out";

static void nap(long microseconds) {
    const struct timespec time = {.tv_sec = 0, .tv_nsec = microseconds * 1000};
    nanosleep(&time, NULL);
}

static epsilon_error_t* call_forever(epsilon_func_t* func, uint64_t timeout_ms) {
    return epsilon_func_call(func, NULL, 0, timeout_ms, NULL, 0);
}

static void still_adds(epsilon_module_t* module) {
    epsilon_func_t* add = export_func(module, "add");
    epsilon_value_t values[2] = {{.i32 = 5}, {.i32 = 37}};
    CHECK_OK(epsilon_func_call(add, values, 2, UINT64_MAX, values, 1));
    CHECK(values[0].i32 == 42);
    epsilon_func_delete(add);
}

/* ---- Interrupts ------------------------------------------------------------------------------ */

struct raiser {
    epsilon_interrupt_t* interrupt;
    atomic_bool ended;
    long delay;
};

static void* raise_until_ended(void* argument) {
    struct raiser* raiser = argument;
    nap(raiser->delay);
    while (!atomic_load(&raiser->ended)) {
        epsilon_interrupt_raise(raiser->interrupt);
        nap(500);
    }
    return NULL;
}

static void from_another_thread(epsilon_runtime_t* runtime, epsilon_module_t* module) {
    epsilon_func_t* forever = export_func(module, "forever");
    struct raiser raiser;
    CHECK_OK(epsilon_interrupt_new(runtime, &raiser.interrupt));
    /* Nothing runs: no effect. */
    epsilon_interrupt_raise(raiser.interrupt);
    still_adds(module);
    for (int round = 0; round < 10; ++round) {
        pthread_t thread;
        atomic_init(&raiser.ended, false);
        raiser.delay = 300 * round;
        CHECK(pthread_create(&thread, NULL, raise_until_ended, &raiser) == 0);
        CHECK_ERROR(call_forever(forever, round % 2 == 0 ? 0 : 1000000), EPSILON_ERROR_INTERRUPTED,
                    interrupted);
        atomic_store(&raiser.ended, true);
        pthread_join(thread, NULL);
        still_adds(module);
    }
    epsilon_interrupt_delete(raiser.interrupt);
    epsilon_func_delete(forever);
}

/* ThreadSanitizer keeps a signal back until the thread calls something, which machine code that
   runs in a circle never does. */
#if !defined(__SANITIZE_THREAD__)
static epsilon_interrupt_t* raised_by_signal;

static void on_signal(int number) {
    (void)number;
    epsilon_interrupt_raise(raised_by_signal);
}

static void from_a_signal_handler(epsilon_runtime_t* runtime, epsilon_module_t* module) {
    epsilon_func_t* forever = export_func(module, "forever");
    CHECK_OK(epsilon_interrupt_new(runtime, &raised_by_signal));
    struct sigaction action = {.sa_handler = on_signal};
    CHECK(sigaction(SIGALRM, &action, NULL) == 0);
    /* Every millisecond: also before the call begins, between calls, and twice in one. */
    const struct itimerval often = {.it_interval = {0, 1000}, .it_value = {0, 1000}};
    const struct itimerval never = {.it_interval = {0, 0}, .it_value = {0, 0}};
    CHECK(setitimer(ITIMER_REAL, &often, NULL) == 0);
    for (int round = 0; round < 50; ++round) {
        CHECK_ERROR(call_forever(forever, 0), EPSILON_ERROR_INTERRUPTED, interrupted);
    }
    CHECK(setitimer(ITIMER_REAL, &never, NULL) == 0);
    still_adds(module);
    epsilon_interrupt_delete(raised_by_signal);
    epsilon_func_delete(forever);
}
#endif

static void handles(void) {
    epsilon_runtime_t* runtime = new_runtime();
    epsilon_interrupt_t* interrupt = (epsilon_interrupt_t*)runtime;
    CHECK_ERROR(epsilon_interrupt_new(NULL, &interrupt), EPSILON_ERROR_MISUSE, "runtime is NULL");
    CHECK(interrupt == NULL);
    CHECK_ERROR(epsilon_interrupt_new(runtime, NULL), EPSILON_ERROR_MISUSE,
                "the out-parameter is NULL");
    epsilon_interrupt_raise(NULL);
    epsilon_interrupt_delete(NULL);
    CHECK_OK(epsilon_interrupt_new(runtime, &interrupt));
    epsilon_runtime_delete(runtime);
    epsilon_interrupt_raise(interrupt);
    epsilon_interrupt_delete(interrupt);
}

/* ---- Default timeouts ------------------------------------------------------------------------ */

static void default_timeout(void) {
    epsilon_config_t* config;
    epsilon_runtime_t* runtime;
    epsilon_module_t* module;
    CHECK_ERROR(epsilon_config_set_timeout_ms(NULL, 1), EPSILON_ERROR_MISUSE, "config is NULL");
    CHECK_OK(epsilon_config_new(&config));
    CHECK_OK(epsilon_config_set_signals(config, signals_wanted()));
    CHECK_OK(epsilon_config_set_timeout_ms(config, 20));
    CHECK_OK(epsilon_runtime_new(config, &runtime));
    epsilon_config_delete(config);
    epsilon_compiled_t* compiled = COMPILE(basic_wasm);
    CHECK_OK(epsilon_module_new(runtime, compiled, NULL, NULL, &module));
    epsilon_compiled_delete(compiled);
    epsilon_func_t* forever = export_func(module, "forever");
    CHECK_ERROR(call_forever(forever, 0), EPSILON_ERROR_TIMEOUT, timed_out);
    CHECK_ERROR(call_forever(forever, 5), EPSILON_ERROR_TIMEOUT, timed_out);
    still_adds(module);

    /* UINT64_MAX is none: only the interrupt ends it. */
    struct raiser raiser = {.delay = 60000};
    pthread_t thread;
    CHECK_OK(epsilon_interrupt_new(runtime, &raiser.interrupt));
    CHECK(pthread_create(&thread, NULL, raise_until_ended, &raiser) == 0);
    CHECK_ERROR(call_forever(forever, UINT64_MAX), EPSILON_ERROR_INTERRUPTED, interrupted);
    atomic_store(&raiser.ended, true);
    pthread_join(thread, NULL);
    epsilon_interrupt_delete(raiser.interrupt);

    compiled = COMPILE(spin_start_wasm);
    epsilon_module_t* none;
    CHECK_ERROR(epsilon_module_new(runtime, compiled, NULL, NULL, &none), EPSILON_ERROR_TIMEOUT,
                timed_out);
    epsilon_compiled_delete(compiled);
    epsilon_func_delete(forever);
    epsilon_module_delete(module);
    epsilon_runtime_delete(runtime);
}

/* ---- Pauses ---------------------------------------------------------------------------------- */

struct pauses {
    int count, wanted, finalized;
    epsilon_module_t* module;
    bool replies_with_error;
    bool inside;
};

static epsilon_error_t* on_pause(void* env, bool* again) {
    struct pauses* pauses = env;
    CHECK(*again);
    if (pauses->inside) { /* what it calls can be paused too */
        return NULL;
    }
    pauses->inside = true;
    still_adds(pauses->module);
    pauses->inside = false;
    if (++pauses->count < pauses->wanted) {
        return NULL;
    }
    *again = false;
    return pauses->replies_with_error ? epsilon_error_new_host(TEXT("enough"), pauses, NULL) : NULL;
}

static void count_finalized(void* env) {
    ++((struct pauses*)env)->finalized;
}

static void pauses_of(epsilon_runtime_t* runtime, epsilon_module_t* module) {
    epsilon_func_t* forever = export_func(module, "forever");
    struct pauses pauses = {.wanted = 3, .module = module, .replies_with_error = true};
    CHECK_OK(epsilon_runtime_set_pause(runtime, 1, on_pause, &pauses, count_finalized));
    epsilon_error_t* error = call_forever(forever, 0);
    CHECK(epsilon_error_kind(error) == EPSILON_ERROR_HOST);
    CHECK(epsilon_error_host_data(error) == &pauses);
    CHECK_TEXT(epsilon_error_message(error, NULL), "enough");
    CHECK(epsilon_error_frame_count(error) == 1);
    epsilon_error_delete(error);
    CHECK(pauses.count == 3);
    still_adds(module);

    /* Declined for the rest of the call. */
    pauses.count = 0;
    pauses.replies_with_error = false;
    CHECK_ERROR(call_forever(forever, 1000), EPSILON_ERROR_TIMEOUT, timed_out);
    CHECK(pauses.count == 3);

    CHECK(pauses.finalized == 0);
    struct pauses others = {.wanted = 1, .module = module};
    CHECK_OK(epsilon_runtime_set_pause(runtime, UINT64_MAX, on_pause, &others, count_finalized));
    CHECK(pauses.finalized == 1);
    CHECK_ERROR(call_forever(forever, 20), EPSILON_ERROR_TIMEOUT, timed_out);
    CHECK(others.count == 0);
    CHECK_OK(epsilon_runtime_set_pause(runtime, 0, NULL, NULL, NULL));
    CHECK(others.finalized == 1);
    CHECK_ERROR(call_forever(forever, 20), EPSILON_ERROR_TIMEOUT, timed_out);

    CHECK_ERROR(epsilon_runtime_set_pause(NULL, 1, on_pause, &others, count_finalized),
                EPSILON_ERROR_MISUSE, "runtime is NULL");
    CHECK(others.finalized == 2);
    CHECK_ERROR(epsilon_runtime_set_pause(runtime, 0, on_pause, &others, count_finalized),
                EPSILON_ERROR_MISUSE, "the interval between pauses is 0");
    CHECK(others.finalized == 3);
    CHECK_OK(epsilon_runtime_set_pause(runtime, 1, NULL, &others, count_finalized));
    CHECK(others.finalized == 4);
    epsilon_func_delete(forever);
}

static void the_runtime_finalizes_its_pauses(void) {
    struct pauses pauses = {.wanted = 1};
    epsilon_runtime_t* runtime = new_runtime();
    CHECK_OK(epsilon_runtime_set_pause(runtime, 1, on_pause, &pauses, count_finalized));
    epsilon_runtime_delete(runtime);
    CHECK(pauses.finalized == 1);
}

struct late_pauses {
    struct pauses pauses;
    epsilon_runtime_t* runtime;
    epsilon_func_t* forever;
};

/* A host function: from now on there are pauses, also in the call that runs it. */
static epsilon_error_t* set_late(void* env, epsilon_caller_t* caller, const epsilon_value_t* args,
                                 size_t nargs, epsilon_value_t* results, size_t nresults) {
    struct late_pauses* late = env;
    (void)caller, (void)args, (void)nargs, (void)results, (void)nresults;
    CHECK_OK(epsilon_runtime_set_pause(late->runtime, 1, on_pause, &late->pauses, count_finalized));
    return call_forever(late->forever, 0);
}

static void pauses_set_during_a_call(void) {
    struct late_pauses late = {.runtime = new_runtime()};
    epsilon_module_t* basic = INSTANTIATE(late.runtime, basic_wasm, NULL);
    late.pauses = (struct pauses){.wanted = 2, .module = basic, .replies_with_error = true};
    late.forever = export_func(basic, "forever");
    static const epsilon_valtype_t i32 = EPSILON_VALTYPE_I32;
    epsilon_func_t* host = NULL;
    CHECK_OK(epsilon_func_new(late.runtime, &i32, 1, &i32, 1, set_late, &late, NULL, &host));
    epsilon_imports_t* imports = NULL;
    CHECK_OK(epsilon_imports_new(&imports));
    CHECK_OK(epsilon_imports_add_func(imports, TEXT("host"), TEXT("callback"), host));
    epsilon_module_t* module = INSTANTIATE(late.runtime, calls_wasm, imports);
    epsilon_func_t* func = export_func(module, "call");
    epsilon_value_t value = {.i32 = 1};
    for (int i = 1; i <= 2; ++i) {
        late.pauses.count = 0;
        CHECK_ERROR(epsilon_func_call(func, &value, 1, 0, &value, 1), EPSILON_ERROR_HOST, "enough");
        CHECK(late.pauses.count == 2);
        still_adds(basic);
        if (i == 1) { /* ordinary again */
            CHECK_OK(epsilon_runtime_set_pause(late.runtime, 0, NULL, NULL, NULL));
            still_adds(basic);
        }
    }
    epsilon_func_delete(func);
    epsilon_func_delete(late.forever);
    epsilon_func_delete(host);
    epsilon_imports_delete(imports);
    epsilon_module_delete(module);
    epsilon_module_delete(basic);
    epsilon_runtime_delete(late.runtime);
    CHECK(late.pauses.finalized == 2);
}

static void in_runtime(epsilon_config_t* config) {
    epsilon_runtime_t* runtime;
    epsilon_module_t* module;
    epsilon_compiled_t* compiled = COMPILE(basic_wasm);
    CHECK_OK(epsilon_runtime_new(config, &runtime));
    CHECK_OK(epsilon_module_new(runtime, compiled, NULL, NULL, &module));
    epsilon_compiled_delete(compiled);
    from_another_thread(runtime, module);
#if !defined(__SANITIZE_THREAD__)
    from_a_signal_handler(runtime, module);
#endif
    pauses_of(runtime, module);
    epsilon_module_delete(module);
    epsilon_runtime_delete(runtime);
}

int main(void) {
    epsilon_config_t* config;
    CHECK_OK(epsilon_config_new(&config));
    if (signals_wanted()) {
        in_runtime(config);
    }
    CHECK_OK(epsilon_config_set_signals(config, false));
    in_runtime(config);
    epsilon_config_delete(config);
    handles();
    default_timeout();
    the_runtime_finalizes_its_pauses();
    pauses_set_during_a_call();
    return check_result();
}
