/* SPDX-License-Identifier: Apache-2.0 */
/* A host with a handler of its own for SIGSEGV: installed before the runtime, or after it and
 * passing on, or after it and not, with the check function called. Faults of programs are traps,
 * faults of the host are the host's. Each case is a process of its own. */
#define _DEFAULT_SOURCE /* sigaction, MAP_ANONYMOUS */
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "modules.h"

static epsilon_runtime_t* runtime;
static epsilon_func_t* load; /* loads from an address */
static volatile char* nowhere;
static sigjmp_buf way_out;
static struct sigaction former;
static volatile sig_atomic_t handled;

static void open_runtime(void) {
    runtime = new_runtime();
    epsilon_module_t* module = INSTANTIATE(runtime, basic_wasm, NULL);
    load = export_func(module, "load");
    epsilon_module_delete(module);
}

/* Whether a program's access out of bounds is a trap, and it goes on afterwards. */
static bool traps(void) {
    for (int i = 0; i < 2; ++i) {
        epsilon_value_t value = {.u32 = 0x7fffffff};
        epsilon_error_t* error = epsilon_func_call(load, &value, 1, 0, &value, 1);
        const bool trapped = epsilon_error_trap(error) == EPSILON_TRAP_OUT_OF_BOUNDS_MEMORY_ACCESS;
        epsilon_error_delete(error);
        value.i32 = 8;
        CHECK_OK(epsilon_func_call(load, &value, 1, 0, &value, 1));
        if (!trapped || value.i32 != 0x6c6c6568 /* hell */) {
            return false;
        }
    }
    return true;
}

static void jump_out(int signal, siginfo_t* info, void* context) {
    (void)context;
    handled += signal == SIGSEGV && info->si_addr == (void*)(uintptr_t)nowhere;
    siglongjmp(way_out, 1);
}

static void pass_on(int signal, siginfo_t* info, void* context) {
    ++handled;
    if ((former.sa_flags & SA_SIGINFO) != 0) {
        former.sa_sigaction(signal, info, context);
    } else {
        (void)sigaction(signal, &former, NULL);
    }
}

static void install(void (*handler)(int, siginfo_t*, void*)) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = handler;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    CHECK(sigaction(SIGSEGV, &action, &former) == 0);
}

/* Whether the host's own fault reaches its handler. */
static bool host_fault_is_handled(void) {
    const int before = handled;
    if (sigsetjmp(way_out, 1) == 0) {
        *nowhere = 1;
        return false;
    }
    return handled == before + 1;
}

static int handler_before(void) {
    install(jump_out);
    open_runtime();
    for (int i = 0; i < 3; ++i) {
        if (!traps()) return 1;
        if (!host_fault_is_handled()) return 2;
    }
    return handled == 3 ? 0 : 3;
}

static int handler_after_that_passes_on(void) {
    open_runtime();
    install(pass_on);
    if (!traps()) return 1;
    if (epsilon_build_guard_pages() && handled == 0) return 2;
    if (!traps()) return 3;
    *nowhere = 1; /* passed on to us, and by us to the default action */
    return 4;
}

static int handler_after_with_the_check(void) {
    open_runtime();
    install(jump_out);
    CHECK_OK(epsilon_runtime_check_signal_handlers(runtime));
    for (int i = 0; i < 3; ++i) {
        if (!traps()) return 1;
        if (!host_fault_is_handled()) return 2;
    }
    /* Switched off again by putting back what was there: ours. */
    CHECK(sigaction(SIGSEGV, &former, NULL) == 0);
    CHECK_OK(epsilon_runtime_check_signal_handlers(runtime));
    return traps() ? 0 : 3;
}

static int handler_taken_away_with_the_check(void) {
    open_runtime();
    CHECK(signal(SIGSEGV, SIG_DFL) != SIG_ERR);
    CHECK_OK(epsilon_runtime_check_signal_handlers(runtime));
    if (!traps()) return 1;
    *nowhere = 1;
    return 2;
}

static int another_runtime_is_the_check(void) {
    open_runtime();
    install(jump_out);
    epsilon_runtime_t* another = new_runtime();
    if (!traps() || !host_fault_is_handled()) return 1;
    install(jump_out);
    epsilon_module_t* module = INSTANTIATE(another, basic_wasm, NULL);
    if (!traps() || !host_fault_is_handled()) return 2;
    epsilon_module_delete(module);
    epsilon_runtime_delete(another);
    return 0;
}

static int no_handler(void) {
    open_runtime();
    if (!traps()) return 1;
    *nowhere = 1;
    return 2;
}

static epsilon_error_t* fault(void* env, epsilon_caller_t* caller, const epsilon_value_t* args,
                              size_t nargs, epsilon_value_t* results, size_t nresults) {
    (void)env, (void)caller, (void)args, (void)nargs, (void)results, (void)nresults;
    *nowhere = 1;
    return NULL;
}

static int no_handler_in_a_host_function(void) {
    epsilon_func_t* func = NULL;
    open_runtime();
    CHECK_OK(epsilon_func_new(runtime, NULL, 0, NULL, 0, fault, NULL, NULL, &func));
    CHECK_OK(epsilon_func_call(func, NULL, 0, 0, NULL, 0));
    return 1;
}

static int a_sent_signal(void) {
    open_runtime();
    if (!traps()) return 1;
    raise(SIGSEGV);
    return 2;
}

static int without_signals(void) {
    epsilon_config_t* config = NULL;
    struct sigaction now;
    CHECK_OK(epsilon_config_new(&config));
    CHECK_OK(epsilon_config_set_signals(config, false));
    CHECK_OK(epsilon_runtime_new(config, &runtime));
    epsilon_config_delete(config);
    epsilon_module_t* module = INSTANTIATE(runtime, basic_wasm, NULL);
    load = export_func(module, "load");
    CHECK_OK(epsilon_runtime_check_signal_handlers(runtime));
    CHECK(sigaction(SIGSEGV, NULL, &now) == 0);
    return now.sa_handler == SIG_DFL && traps() ? 0 : 1;
}

/* Runs a case in a child: it must exit with 0, or die of SIGSEGV. */
static void run(const char* name, int (*body)(void), bool dies) {
    int status = 0;
    const pid_t child = fork();
    if (child == 0) {
        (void)signal(SIGSEGV, SIG_DFL);
        (void)signal(SIGBUS, SIG_DFL);
        alarm(60);
        const int result = body();
        _exit(check_failures != 0 ? 99 : result);
    }
    CHECK(child > 0 && waitpid(child, &status, 0) == child);
    const bool as_wanted = dies ? WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV
                                : WIFEXITED(status) && WEXITSTATUS(status) == 0;
    if (!as_wanted) {
        fprintf(stderr, "%s: wait status 0x%x\n", name, (unsigned)status);
        ++check_failures;
    }
}

int main(void) {
    if (!signals_wanted()) {
        puts("not applicable: runtimes may not use signals here");
        return 0;
    }
    nowhere = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK((void*)(uintptr_t)nowhere != MAP_FAILED);
    run("handler before", handler_before, false);
    run("handler after that passes on", handler_after_that_passes_on, true);
    run("handler after, with the check", handler_after_with_the_check, false);
    run("handler taken away, with the check", handler_taken_away_with_the_check, true);
    run("another runtime is the check", another_runtime_is_the_check, false);
    run("no handler", no_handler, true);
    run("no handler, in a host function", no_handler_in_a_host_function, true);
    run("a sent signal", a_sent_signal, true);
    run("without signals", without_signals, false);
    return check_result();
}
