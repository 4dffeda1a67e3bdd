/* SPDX-License-Identifier: Apache-2.0 */
/* The pool of memories' address ranges: no byte of a former memory is seen in a later one, the
 * guard pages are where the later one ends, and what is kept is bounded and can be had back. */
#define _DEFAULT_SOURCE 1
#include <pthread.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "modules.h"

enum { PAGE = 65536, KEPT = 32 };

/* Whether memories are bounded by guard pages here, which is what is pooled. */
static bool pooled(void) {
    return epsilon_build_guard_pages() && signals_wanted();
}

static epsilon_runtime_t* runtime_with(epsilon_memory_checks_t checks) {
    epsilon_config_t* config = NULL;
    epsilon_runtime_t* runtime = NULL;
    CHECK_OK(epsilon_config_new(&config));
    CHECK_OK(epsilon_config_set_memory_checks(config, checks));
    CHECK_OK(epsilon_config_set_signals(config, signals_wanted()));
    CHECK_OK(epsilon_runtime_new(config, &runtime));
    epsilon_config_delete(config);
    return runtime;
}

/* A memory with a program that looks at it. */
struct world {
    epsilon_memory_t* memory;
    epsilon_module_t* module;
};

static struct world open_world(epsilon_runtime_t* runtime, epsilon_compiled_t* compiled,
                               uint64_t pages) {
    struct world world = {NULL, NULL};
    epsilon_imports_t* imports = NULL;
    CHECK_OK(epsilon_memory_new(runtime, pages, false, 0, &world.memory));
    CHECK_OK(epsilon_imports_new(&imports));
    CHECK_OK(epsilon_imports_add_memory(imports, TEXT("env"), TEXT("memory"), world.memory));
    CHECK_OK(epsilon_module_new(runtime, compiled, imports, NULL, &world.module));
    epsilon_imports_delete(imports);
    return world;
}

static void close_world(struct world world) {
    epsilon_module_delete(world.module);
    epsilon_memory_delete(world.memory);
}

static uint64_t call(struct world world, const char* name, uint32_t first, uint32_t second) {
    epsilon_func_t* func = export_func(world.module, name);
    epsilon_value_t args[2] = {{.u32 = first}, {.u32 = second}};
    epsilon_value_t result = {.u64 = 0};
    const size_t nargs = strcmp(name, "fill") == 0 ? 2 : 1;
    const size_t nresults = strncmp(name, "store", 5) == 0 || nargs == 2 ? 0 : 1;
    CHECK_OK(epsilon_func_call(func, args, nargs, 0, &result, nresults));
    epsilon_func_delete(func);
    return nresults == 0 ? 0 : result.u64;
}

static void check_traps(struct world world, const char* name, uint64_t address) {
    if (address > UINT32_MAX) {
        return;
    }
    epsilon_func_t* func = export_func(world.module, name);
    epsilon_value_t argument = {.u32 = (uint32_t)address};
    epsilon_value_t result;
    CHECK_ERROR(
        epsilon_func_call(func, &argument, 1, 0, &result, strncmp(name, "load", 4) == 0 ? 1 : 0),
        EPSILON_ERROR_TRAP, "out of bounds memory access");
    epsilon_func_delete(func);
}

/* All of it is zero, and it ends where it should. */
static void check_new(struct world world, uint64_t pages) {
    const uint64_t end = pages * PAGE;
    CHECK(epsilon_memory_byte_size(world.memory) == end);
    CHECK(call(world, "used", (uint32_t)end, 0) == 0);
    if (end != 0) {
        CHECK(call(world, "load8", (uint32_t)end - 1, 0) == 0);
        CHECK(call(world, "load64", (uint32_t)end - 8, 0) == 0);
        check_traps(world, "load64", end - 7);
        check_traps(world, "store64", end - 1);
    }
    check_traps(world, "load8", end);
    check_traps(world, "store8", end);
    check_traps(world, "store8", end + 4096);
    check_traps(world, "load64", UINT32_MAX);
    check_traps(world, "far", 0);
    check_traps(world, "far", UINT32_MAX);
}

/* Memories of all sizes one after the other and beside each other, used in every way. */
static void no_old_bytes(epsilon_memory_checks_t checks) {
    static const uint64_t sizes[] = {1, 1, 0, 2, 16, 17, 31, 32, 33, 1, 100, 255, 256, 257};
    enum { SIZES = sizeof sizes / sizeof sizes[0], OPEN = 3 };
    epsilon_runtime_t* runtime = runtime_with(checks);
    epsilon_compiled_t* compiled = COMPILE(pool_wasm);
    struct world open[OPEN] = {{NULL, NULL}};
    unsigned seed = 7;
    for (int i = 0; i < 150; ++i) {
        seed = seed * 1103515245 + 12345;
        const unsigned choice = seed >> 16;
        struct world* world = &open[i % OPEN];
        close_world(*world);
        const uint64_t pages = sizes[choice % SIZES];
        const uint32_t end = (uint32_t)pages * PAGE;
        *world = open_world(runtime, compiled, pages);
        check_new(*world, pages);
        if (pages != 0) {
            switch (choice / 16 % 4) {
                case 0:
                    call(*world, "fill", 0, end);
                    break;
                case 1:
                    call(*world, "store64", 8, 0);
                    call(*world, "store64", end - 8, 0);
                    break;
                case 2:
                    call(*world, "fill", end / 2, 5000);
                    CHECK(call(*world, "used", end, 0) == 1);
                    break;
                default:
                    memset(epsilon_memory_data(world->memory), 0xee, end);
            }
        }
        if (choice / 64 % 2 == 0) {
            const uint32_t more = choice / 128 % 40 + 1;
            CHECK(call(*world, "grow", more, 0) == pages);
            const uint32_t new_end = end + more * PAGE;
            uint8_t* bytes = epsilon_memory_data(world->memory);
            for (uint32_t at = end; at < new_end; ++at) {
                if (bytes[at] != 0) {
                    CHECK(false);
                    break;
                }
            }
            check_traps(*world, "load8", new_end);
            check_traps(*world, "load64", new_end - 7);
            if (choice % 3 != 0) {
                call(*world, "fill", end, new_end - end);
            }
        }
    }
    for (int i = 0; i < OPEN; ++i) {
        close_world(open[i]);
    }
    CHECK(epsilon_pool_size() <= KEPT);
    epsilon_compiled_delete(compiled);
    epsilon_runtime_delete(runtime);
}

/* Data segments write into zeros, tables hold what they are told to. */
static void instances_begin_alike(void) {
    epsilon_runtime_t* runtime = new_runtime();
    for (int i = 0; i < 10; ++i) {
        epsilon_module_t* module = INSTANTIATE(runtime, growth_wasm, NULL);
        epsilon_memory_t* memory = NULL;
        epsilon_table_t* table = NULL;
        CHECK_OK(epsilon_module_export_memory(module, TEXT("memory"), &memory));
        CHECK_OK(epsilon_module_export_table(module, TEXT("table"), &table));
        const uint64_t pages = epsilon_memory_size(memory);
        uint8_t* bytes = epsilon_memory_data(memory);
        CHECK(pages == 1);
        CHECK(memcmp(bytes + 16, "data", 4) == 0);
        memset(bytes + 16, 0, 4);
        for (size_t at = 0; at < PAGE; ++at) {
            if (bytes[at] != 0) {
                CHECK(false);
                break;
            }
        }
        uint64_t first = 0;
        CHECK_OK(epsilon_table_get(table, 1, &first));
        CHECK(first != 0);
        for (uint64_t at = 0; at < 10; ++at) {
            uint64_t ref = 1;
            CHECK_OK(epsilon_table_get(table, at, &ref));
            CHECK(ref == (at == 1 || at == 2 ? first : 0));
            CHECK_OK(epsilon_table_set(table, at, first));
        }
        CHECK_OK(epsilon_table_grow(table, 50, first, NULL));
        memset(bytes, 0xee, PAGE);
        CHECK_OK(epsilon_memory_grow(memory, (uint64_t)i % 5 * 10, NULL));
        memset(epsilon_memory_data(memory), 0xee, epsilon_memory_byte_size(memory));
        epsilon_table_delete(table);
        epsilon_memory_delete(memory);
        epsilon_module_delete(module);
    }
    epsilon_runtime_delete(runtime);
}

/* The pointer of a handle holds the bytes, also when its runtime is gone. */
static void handles_hold_their_bytes(void) {
    epsilon_pool_trim();
    epsilon_runtime_t* runtime = new_runtime();
    epsilon_memory_t* memory = NULL;
    CHECK_OK(epsilon_memory_new(runtime, 1, false, 0, &memory));
    uint8_t* bytes = epsilon_memory_data(memory);
    epsilon_runtime_delete(runtime);
    CHECK(epsilon_pool_size() == 0);
    bytes[PAGE - 1] = 1;
    epsilon_memory_delete(memory);
    CHECK(epsilon_pool_size() == (pooled() ? 1 : 0));
}

/* Lines of /proc/self/maps, and resident KiB; -1 where there is no such thing. */
static long mappings(void) {
    FILE* file = fopen("/proc/self/maps", "r");
    if (file == NULL) {
        return -1;
    }
    long lines = 0;
    for (int c = getc(file); c != EOF; c = getc(file)) {
        lines += c == '\n';
    }
    fclose(file);
    return lines;
}
static long resident_kib(void) {
    FILE* file = fopen("/proc/self/statm", "r");
    long pages = 0, resident = -1;
    if (file != NULL) {
        if (fscanf(file, "%ld %ld", &pages, &resident) != 2) {
            resident = -1;
        }
        fclose(file);
    }
    return resident < 0 ? -1 : resident * (sysconf(_SC_PAGESIZE) / 1024);
}

static void dirty_many(epsilon_runtime_t* runtime, int rounds, int at_once) {
    epsilon_memory_t* open[100] = {NULL};
    for (int i = 0; i < rounds; ++i) {
        epsilon_memory_t** memory = &open[i % at_once];
        epsilon_memory_delete(*memory);
        CHECK_OK(epsilon_memory_new(runtime, 1 + (uint64_t)i % 3, false, 0, memory));
        memset(epsilon_memory_data(*memory), 0xee, epsilon_memory_byte_size(*memory));
    }
    for (int i = 0; i < at_once; ++i) {
        epsilon_memory_delete(open[i]);
    }
}

static void what_is_kept_is_bounded(void) {
    epsilon_runtime_t* runtime = new_runtime();
    dirty_many(runtime, 50, 5);
    epsilon_pool_trim();
    const long mapped = mappings();
    const long resident = resident_kib();
    // Not looked at under sanitizers, which keep what is freed.
    (void)mapped, (void)resident;
    dirty_many(runtime, 1000, 1);
    CHECK(epsilon_pool_size() == (pooled() ? 1 : 0));
    dirty_many(runtime, 1000, 100);
    CHECK(epsilon_pool_size() == (pooled() ? KEPT : 0));
#ifndef INSTRUMENTED
    CHECK(mappings() <= mapped + 2 * KEPT + 4);
    CHECK(resident < 0 || resident_kib() <= resident + KEPT * 64 + 1024);
#endif
    CHECK(epsilon_pool_trim() == (pooled() ? KEPT : 0));
    CHECK(epsilon_pool_trim() == 0 && epsilon_pool_size() == 0);
#ifndef INSTRUMENTED
    CHECK(mappings() <= mapped + 4);
    CHECK(resident < 0 || resident_kib() <= resident + 1024);
#endif

    epsilon_pool_set_limit(0);
    dirty_many(runtime, 100, 10);
    CHECK(epsilon_pool_size() == 0);
    epsilon_pool_set_limit(7);
    dirty_many(runtime, 100, 10);
    CHECK(epsilon_pool_size() == (pooled() ? 7 : 0));
    epsilon_pool_set_limit(2);
    CHECK(epsilon_pool_size() == (pooled() ? 2 : 0));
    epsilon_pool_set_limit(KEPT);
    epsilon_runtime_delete(runtime);
}

/* A round of what a thread or a child does. */
static void* work(void* argument) {
    (void)argument;
    epsilon_runtime_t* runtime = new_runtime();
    epsilon_compiled_t* compiled = COMPILE(pool_wasm);
    for (uint64_t i = 0; i < 60; ++i) {
        struct world world = open_world(runtime, compiled, 1 + i % 2);
        CHECK(call(world, "used", (uint32_t)(1 + i % 2) * PAGE, 0) == 0);
        check_traps(world, "load8", (1 + i % 2) * PAGE);
        call(world, "fill", 0, PAGE);
        close_world(world);
    }
    epsilon_compiled_delete(compiled);
    epsilon_runtime_delete(runtime);
    return NULL;
}

enum { THREADS = 3 };
static pthread_t threads[THREADS];
static atomic_bool working;

static void* keep_working(void* argument) {
    while (atomic_load(&working)) {
        work(argument);
    }
    return NULL;
}

static void start_threads(void) {
    atomic_store(&working, true);
    for (int i = 0; i < THREADS; ++i) {
        CHECK(pthread_create(&threads[i], NULL, keep_working, NULL) == 0);
    }
}
static void stop_threads(void) {
    atomic_store(&working, false);
    for (int i = 0; i < THREADS; ++i) {
        pthread_join(threads[i], NULL);
    }
}

static void threads_and_children(void) {
    for (int i = 0; i < 5; ++i) {
        start_threads();
        work(NULL);
        epsilon_pool_trim();
#ifdef ADDRESS_SANITIZER
        /* A lock of its allocator that another thread holds when a child is made is never free in
         * the child, which then waits for it at its next malloc (seen with that of g++ 12). */
        stop_threads();
#endif
        fflush(NULL);
        const pid_t child = fork();
        if (child == 0) {
            alarm(60);
            check_failures = 0;
            work(NULL);
            epsilon_pool_trim();
            _exit(check_failures != 0 || epsilon_pool_size() != 0);
        }
        int status = 0;
        CHECK(waitpid(child, &status, 0) == child);
        CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
#ifndef ADDRESS_SANITIZER
        stop_threads();
#endif
    }
}

/* When no more address space is to be had: kept ranges serve, then explicit checks take over. */
static void address_space_runs_out(void) {
#ifndef INSTRUMENTED
    struct rlimit before;
    if (!pooled() || getrlimit(RLIMIT_AS, &before) != 0 || before.rlim_cur != RLIM_INFINITY) {
        return;
    }
    epsilon_runtime_t* runtime = new_runtime();
    epsilon_compiled_t* compiled = COMPILE(pool_wasm);
    epsilon_pool_trim();
    dirty_many(runtime, 3, 3);
    CHECK(epsilon_pool_size() == 3);
    FILE* file = fopen("/proc/self/statm", "r");
    unsigned long pages = 0;
    if (file != NULL && fscanf(file, "%lu", &pages) == 1) {
        struct rlimit now = before;
        now.rlim_cur = pages * (rlim_t)sysconf(_SC_PAGESIZE) + (1 << 28);
        CHECK(setrlimit(RLIMIT_AS, &now) == 0);
        struct world worlds[6];
        for (int i = 0; i < 6; ++i) {
            worlds[i] = open_world(runtime, compiled, 1);
            CHECK(epsilon_memory_is_reserved(worlds[i].memory) == (i < 3));
            check_new(worlds[i], 1);
            call(worlds[i], "fill", 0, PAGE);
        }
        for (int i = 0; i < 6; ++i) {
            close_world(worlds[i]);
        }
        CHECK(epsilon_pool_size() == 3);
        /* What they hold is there when it is needed. */
        epsilon_runtime_t* other = runtime_with(EPSILON_MEMORY_CHECKS_EXPLICIT);
        CHECK_OK(epsilon_memory_new(other, 16384, false, 0, &worlds[0].memory));
        CHECK(epsilon_pool_size() == 0);
        epsilon_memory_delete(worlds[0].memory);
        epsilon_runtime_delete(other);
        CHECK(setrlimit(RLIMIT_AS, &before) == 0);
    }
    if (file != NULL) {
        fclose(file);
    }
    epsilon_compiled_delete(compiled);
    epsilon_runtime_delete(runtime);
#endif
}

int main(void) {
    no_old_bytes(EPSILON_MEMORY_CHECKS_AUTO);
    no_old_bytes(EPSILON_MEMORY_CHECKS_EXPLICIT);
    instances_begin_alike();
    handles_hold_their_bytes();
    what_is_kept_is_bounded();
    address_space_runs_out();
    threads_and_children();
    return check_result();
}
