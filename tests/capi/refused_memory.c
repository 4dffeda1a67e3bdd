/* SPDX-License-Identifier: Apache-2.0 */
/* The system refuses memory: each request that instantiating and growing make - malloc, realloc,
 * mmap, mprotect, madvise - fails once, and all requests from each one on fail. Instantiation then
 * gives an error of kind no-memory, growth gives -1 in the program and an error of that kind to the
 * embedder; nothing leaks, and the runtime goes on. (out_of_memory.c does this for all else.) */
#define _GNU_SOURCE 1
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "check.h"
#include "modules.h"

#if !defined(__GLIBC__) || !defined(__x86_64__) || defined(INSTRUMENTED)

int main(void) {
    puts("not applicable: malloc and mmap cannot be replaced here");
    return 0;
}

#else

void* __libc_malloc(size_t size);
void* __libc_calloc(size_t count, size_t size);
void* __libc_realloc(void* old, size_t size);
void* __libc_memalign(size_t alignment, size_t size);
void __libc_free(void* block);

static bool armed;
static bool all_from_there;
static long requests; /* since the start of the round */
static long failing;  /* which of them fails */
static long failures; /* that happened this round */
static long mapping_failures;
static long blocks;       /* allocated now */
static long mapped_bytes; /* by the library, now */

static bool fails(void) {
    if (armed && (all_from_there ? requests++ >= failing : requests++ == failing)) {
        ++failures;
        return true;
    }
    return false;
}
static void* counted(void* block) {
    blocks += block != NULL;
    return block;
}

void* malloc(size_t size) {
    return fails() ? NULL : counted(__libc_malloc(size));
}
void* calloc(size_t count, size_t size) {
    return fails() ? NULL : counted(__libc_calloc(count, size));
}
void* realloc(void* old, size_t size) {
    if (fails()) {
        return NULL;
    }
    return old == NULL ? counted(__libc_realloc(old, size)) : __libc_realloc(old, size);
}
void* aligned_alloc(size_t alignment, size_t size) {
    return fails() ? NULL : counted(__libc_memalign(alignment, size));
}
void free(void* block) {
    blocks -= block != NULL;
    __libc_free(block);
}
void* mmap(void* address, size_t size, int protection, int flags, int file, off_t offset) {
    if (fails()) {
        ++mapping_failures;
        return MAP_FAILED;
    }
    mapped_bytes += (long)size;
    return (void*)syscall(SYS_mmap, address, size, protection, flags, file, offset);
}
int munmap(void* address, size_t size) {
    mapped_bytes -= (long)size;
    return (int)syscall(SYS_munmap, address, size);
}
int mprotect(void* address, size_t size, int protection) {
    if (fails()) {
        ++mapping_failures;
        return -1;
    }
    return (int)syscall(SYS_mprotect, address, size, protection);
}
int madvise(void* address, size_t size, int advice) {
    if (fails()) {
        ++mapping_failures;
        return -1;
    }
    return (int)syscall(SYS_madvise, address, size, advice);
}

/* Whether the call worked; if not, it was for lack of memory. */
static bool worked(epsilon_error_t* error, const char* what) {
    armed = false;
    if (error == NULL) {
        return true;
    }
    if (epsilon_error_kind(error) != EPSILON_ERROR_NO_MEMORY) {
        fprintf(stderr, "request %ld, %s: error of kind %s: %s\n", failing, what,
                epsilon_error_kind_name(epsilon_error_kind(error)),
                epsilon_error_message(error, NULL));
        CHECK(false);
    }
    epsilon_error_delete(error);
    return false;
}
#define WORKED(call) (armed = true, worked((call), #call))

/* Calls a function that grows something with failing requests, then without. */
static void grow_inside(epsilon_module_t* module, const char* name, int32_t before) {
    epsilon_func_t* func = export_func(module, name);
    epsilon_value_t value = {.i32 = 3};
    const bool ended = WORKED(epsilon_func_call(func, &value, 1, 0, &value, 1));
    if (ended) {
        CHECK(value.i32 == before || (failures != 0 && value.i32 == -1));
        before = value.i32 == -1 ? before : before + 3;
    }
    value.i32 = 2;
    CHECK_OK(epsilon_func_call(func, &value, 1, 0, &value, 1));
    /* A call that had no memory may have ended before the growth or after it. */
    CHECK(value.i32 == before || (!ended && value.i32 == before + 3));
    epsilon_func_delete(func);
}

static void grow_outside(epsilon_module_t* module) {
    epsilon_memory_t* memory = NULL;
    epsilon_table_t* table = NULL;
    CHECK_OK(epsilon_module_export_memory(module, TEXT("memory"), &memory));
    CHECK_OK(epsilon_module_export_table(module, TEXT("table"), &table));
    uint64_t pages = epsilon_memory_size(memory);
    uint64_t elements = epsilon_table_size(table);
    uint64_t previous = 0;
    pages += WORKED(epsilon_memory_grow(memory, 5, NULL)) ? 5 : 0;
    CHECK(epsilon_memory_size(memory) == pages);
    CHECK_OK(epsilon_memory_grow(memory, 1, &previous));
    CHECK(previous == pages);
    elements += WORKED(epsilon_table_grow(table, 50, 0, NULL)) ? 50 : 0;
    CHECK(epsilon_table_size(table) == elements);
    CHECK_OK(epsilon_table_grow(table, 1, 0, &previous));
    CHECK(previous == elements);
    epsilon_memory_delete(memory);
    epsilon_table_delete(table);
}

static void one_round(epsilon_runtime_t* runtime, epsilon_compiled_t* compiled) {
    epsilon_module_t* module = NULL;
    requests = 0;
    if (!WORKED(epsilon_module_new(runtime, compiled, NULL, NULL, &module))) {
        CHECK(module == NULL);
        CHECK_OK(epsilon_module_new(runtime, compiled, NULL, NULL, &module));
    }
    grow_inside(module, "grow_memory", 1);
    grow_inside(module, "grow_table", 10);
    grow_outside(module);
    epsilon_module_delete(module);
}

static void make_runtime(const epsilon_config_t* config, epsilon_runtime_t** runtime,
                         epsilon_compiled_t** compiled) {
    CHECK_OK(epsilon_runtime_new(config, runtime));
    CHECK_OK(epsilon_compiled_new(NULL, growth_wasm, sizeof growth_wasm, compiled));
}

/* `fresh`: with a runtime and code of its own for each round, so that the first call's value stack
 * and translation fail too. */
static void every_request(epsilon_memory_checks_t checks, bool fresh) {
    epsilon_config_t* config = NULL;
    epsilon_runtime_t* runtime = NULL;
    epsilon_compiled_t* compiled = NULL;
    CHECK_OK(epsilon_config_new(&config));
    CHECK_OK(epsilon_config_set_memory_checks(config, checks));
    CHECK_OK(epsilon_config_set_signals(config, signals_wanted()));
    const long blocks_at_start = blocks;
    const long mapped_at_start = mapped_bytes;
    if (!fresh) {
        make_runtime(config, &runtime, &compiled);
    }
    /* What is made once for a process or a runtime is made in the first turn. */
    for (int turn = 0; turn < 2; ++turn) {
        long blocks_before = 0;
        long mapped_before = 0;
        mapping_failures = 0;
        failures = 1;
        for (failing = 0; failures != 0 && check_failures == 0; ++failing) {
            if (fresh) {
                make_runtime(config, &runtime, &compiled);
            }
            failures = 0;
            one_round(runtime, compiled);
            if (fresh) {
                epsilon_compiled_delete(compiled);
                epsilon_runtime_delete(runtime);
            }
            epsilon_pool_trim(); /* else the next round would ask for less */
            blocks_before = failing == 0 ? blocks : blocks_before;
            mapped_before = failing == 0 ? mapped_bytes : mapped_before;
            if (turn == 1 && (blocks != blocks_before || mapped_bytes != mapped_before)) {
                fprintf(stderr, "request %ld: %ld blocks and %ld mapped bytes are left\n", failing,
                        blocks - blocks_before, mapped_bytes - mapped_before);
                CHECK(false);
            }
        }
    }
    if (!fresh) {
        epsilon_compiled_delete(compiled);
        epsilon_runtime_delete(runtime);
    }
    epsilon_pool_trim();
    CHECK(blocks <= blocks_at_start + 10);
    CHECK(mapped_bytes == mapped_at_start);
    printf("checks %u, %s, %s: %ld requests failed, %ld of them for mappings\n", (unsigned)checks,
           fresh ? "fresh" : "used", all_from_there ? "and all after them" : "alone", failing,
           mapping_failures);
    CHECK(failing > 10);
    CHECK(mapping_failures > 3);
    epsilon_config_delete(config);
}

int main(void) {
    /* The fault handler's tables and the like. */
    epsilon_runtime_t* runtime = new_runtime();
    epsilon_module_t* module = INSTANTIATE(runtime, growth_wasm, NULL);
    grow_inside(module, "grow_memory", 1);
    epsilon_module_delete(module);
    epsilon_runtime_delete(runtime);
    epsilon_pool_trim();
    for (int rows = 0; rows < 8; ++rows) {
        all_from_there = (rows & 1) != 0;
        every_request((rows & 2) != 0 ? EPSILON_MEMORY_CHECKS_EXPLICIT : EPSILON_MEMORY_CHECKS_AUTO,
                      (rows & 4) != 0);
    }
    return check_result();
}

#endif
