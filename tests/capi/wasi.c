/* SPDX-License-Identifier: Apache-2.0 */
/* WASI: programs with arguments, streams, files; their ends; stops; what is refused. */
#define _DEFAULT_SOURCE /* pipe, nanosleep, sockets */
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "modules.h"

#define MISUSE EPSILON_ERROR_MISUSE

static double now_ms(void) {
    struct timespec time;
    timespec_get(&time, TIME_UTC);
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

static epsilon_wasi_t* new_wasi(void) {
    epsilon_wasi_t* wasi = NULL;
    CHECK_OK(epsilon_wasi_new(&wasi));
    return wasi;
}

static epsilon_module_t* instantiate(epsilon_runtime_t* runtime, epsilon_wasi_t* wasi,
                                     const uint8_t* bytes, size_t size) {
    epsilon_imports_t* imports = NULL;
    CHECK_OK(epsilon_imports_new(&imports));
    CHECK_OK(epsilon_imports_add_wasi(imports, wasi));
    epsilon_module_t* module = instantiate_bytes(runtime, bytes, size, imports);
    epsilon_imports_delete(imports);
    return module;
}

static bool output_is(epsilon_wasi_t* wasi, epsilon_wasi_stream_t stream, const char* text,
                      size_t text_size) {
    const uint8_t* data = NULL;
    size_t size = 0;
    bool truncated = true;
    CHECK_OK(epsilon_wasi_output(wasi, stream, &data, &size, &truncated));
    return !truncated && size == text_size && memcmp(data, text, size) == 0;
}

/* Calls an export of integers that gives an errno. */
static int32_t call_errno(epsilon_module_t* module, const char* name, int32_t a, int32_t b,
                          int32_t c) {
    epsilon_func_t* func = export_func(module, name);
    size_t count = 0;
    epsilon_type_params(epsilon_func_type(func), &count);
    epsilon_value_t args[3] = {{.i32 = a}, {.i32 = b}, {.i32 = c}}, result;
    CHECK_OK(epsilon_func_call(func, args, count, 0, &result, 1));
    epsilon_func_delete(func);
    return result.i32;
}

static void put(epsilon_module_t* module, const char* text) {
    epsilon_memory_t* memory = NULL;
    CHECK_OK(epsilon_module_export_memory(module, TEXT("memory"), &memory));
    CHECK_OK(epsilon_memory_write(memory, 4096, text, strlen(text)));
    epsilon_memory_delete(memory);
}

static uint32_t get_u32(epsilon_module_t* module, uint64_t offset) {
    epsilon_memory_t* memory = NULL;
    uint32_t value = 0;
    CHECK_OK(epsilon_module_export_memory(module, TEXT("memory"), &memory));
    CHECK_OK(epsilon_memory_read(memory, offset, &value, sizeof value));
    epsilon_memory_delete(memory);
    return value;
}

static void a_command(void) {
    epsilon_runtime_t* runtime = new_runtime();
    epsilon_wasi_t* wasi = new_wasi();
    CHECK_OK(epsilon_wasi_add_arg(wasi, TEXT("program")));
    CHECK_OK(epsilon_wasi_add_arg(wasi, NULL, 0));
    CHECK_OK(epsilon_wasi_add_arg(wasi, TEXT("last")));
    CHECK_OK(epsilon_wasi_add_env(wasi, TEXT("NAME"), TEXT("value=1")));
    CHECK_OK(epsilon_wasi_set_stdin_bytes(wasi, TEXT("typed")));
    CHECK_OK(epsilon_wasi_set_output_capture(wasi, EPSILON_WASI_STDOUT));
    CHECK_OK(epsilon_wasi_set_output_capture(wasi, EPSILON_WASI_STDERR));
    epsilon_module_t* module = instantiate(runtime, wasi, wasi_wasm, sizeof wasi_wasm);
    int32_t status = -1;
    CHECK_OK(epsilon_wasi_run(module, 0, UINT64_MAX, &status));
    CHECK(status == 7);
    CHECK(output_is(wasi, EPSILON_WASI_STDOUT, TEXT("program\0\0last\0typed")));
    CHECK(output_is(wasi, EPSILON_WASI_STDERR, TEXT("NAME=value=1\0")));

    /* Called in another way, the end of the program is an error of its own kind. */
    epsilon_func_t* func = export_func(module, "exit");
    epsilon_value_t arg = {.i32 = -3};
    epsilon_error_t* error = epsilon_func_call(func, &arg, 1, 0, NULL, 0);
    CHECK(epsilon_error_kind(error) == EPSILON_ERROR_EXIT);
    CHECK(epsilon_error_exit_status(error) == -3);
    CHECK_TEXT(epsilon_error_message(error, NULL), "exit status -3");
    CHECK(epsilon_error_frame_count(error) == 1);
    epsilon_error_delete(error);
    epsilon_func_delete(func);
    /* Handles go in any order. */
    epsilon_runtime_delete(runtime);
    epsilon_wasi_delete(wasi);
    epsilon_module_delete(module);
}

static void a_reactor(void) {
    epsilon_runtime_t* runtime = new_runtime();
    epsilon_wasi_t* wasi = new_wasi();
    epsilon_module_t* module =
        instantiate(runtime, wasi, wasi_reactor_wasm, sizeof wasi_reactor_wasm);
    int32_t status = -1;
    CHECK_OK(epsilon_wasi_run(module, 0, UINT64_MAX, &status));
    CHECK(status == 0);
    CHECK(call_errno(module, "yield", 0, 0, 0) == 0);
    epsilon_func_t* func = export_func(module, "random");
    epsilon_value_t result;
    CHECK_ERROR(epsilon_func_call(func, NULL, 0, 0, &result, 1), EPSILON_ERROR_TRAP,
                "random_get was called by a module that exports no memory \"memory\"");
    epsilon_func_delete(func);
    epsilon_module_delete(module);

    module = INSTANTIATE(runtime, basic_wasm, NULL);
    CHECK_ERROR(epsilon_wasi_run(module, 0, UINT64_MAX, &status), MISUSE,
                "the module exports neither a function _start nor _initialize");
    epsilon_module_delete(module);
    epsilon_wasi_delete(wasi);
    epsilon_runtime_delete(runtime);
}

static void linking(void) {
    epsilon_runtime_t* runtime = new_runtime();
    epsilon_runtime_t* second = new_runtime();
    epsilon_wasi_t* wasi = new_wasi();
    epsilon_imports_t* imports = NULL;
    epsilon_module_t* module = NULL;
    epsilon_compiled_t* compiled = COMPILE(wasi_wrong_wasm);
    CHECK_OK(epsilon_imports_new(&imports));
    CHECK_OK(epsilon_imports_add_wasi(imports, wasi));
    CHECK_ERROR(
        epsilon_module_new(runtime, compiled, imports, NULL, &module), EPSILON_ERROR_LINK,
        "incompatible import type for wasi_snapshot_preview1.fd_read: expected function [i32] -> "
        "[i32], found function [i32 i32 i32 i32] -> [i32]; unknown import "
        "wasi_snapshot_preview1.fd_dup; unknown import wasi_unstable.sock_accept; incompatible "
        "import type for wasi_snapshot_preview1.proc_exit: expected global i32, found function "
        "[i32] -> []");
    CHECK(module == NULL);
    epsilon_compiled_delete(compiled);

    /* In use in one runtime, and, when that is gone, free for another. */
    compiled = COMPILE(wasi_reactor_wasm);
    CHECK_ERROR(epsilon_module_new(second, compiled, imports, NULL, &module), MISUSE,
                "wasi is in use in another runtime");
    epsilon_runtime_delete(runtime);
    CHECK_OK(epsilon_module_new(second, compiled, imports, NULL, &module));
    epsilon_module_delete(module);
    epsilon_compiled_delete(compiled);
    /* What is bound by name goes first, and a module without WASI needs none of it. */
    epsilon_imports_delete(imports);
    epsilon_wasi_delete(wasi);
    epsilon_runtime_delete(second);
}

static epsilon_error_t* give(void* env, uint8_t* data, size_t size, size_t* count) {
    const char** text = env;
    if (*text == NULL) {
        return epsilon_error_new_host(TEXT("no more"), NULL, NULL);
    }
    const size_t length = strlen(*text);
    *count = length < size ? length : size;
    memcpy(data, *text, *count);
    *text += *count;
    return NULL;
}

static epsilon_error_t* give_too_much(void* env, uint8_t* data, size_t size, size_t* count) {
    (void)env, (void)data;
    *count = size + 1;
    return NULL;
}

static epsilon_error_t* take(void* env, const uint8_t* data, size_t size) {
    char* text = env;
    strncat(text, (const char*)data, size);
    return strlen(text) > 20 ? epsilon_error_new_host(TEXT("enough"), NULL, NULL) : NULL;
}

static void callbacks(void) {
    epsilon_runtime_t* runtime = new_runtime();
    epsilon_wasi_t* wasi = new_wasi();
    const char* input = "from a callback";
    char output[64] = "";
    CHECK_OK(epsilon_wasi_set_stdin_callback(wasi, give, &input, NULL));
    CHECK_OK(epsilon_wasi_set_output_callback(wasi, EPSILON_WASI_STDOUT, take, output, NULL));
    epsilon_module_t* module = instantiate(runtime, wasi, wasi_wasm, sizeof wasi_wasm);
    int32_t status = 0;
    CHECK_OK(epsilon_wasi_run(module, 0, UINT64_MAX, &status));
    CHECK(status == 7);
    CHECK_TEXT(output, "from a callback");
    input = "again";
    CHECK_OK(epsilon_wasi_run(module, 0, UINT64_MAX, &status));
    input = "and once more";
    CHECK_ERROR(epsilon_wasi_run(module, 0, UINT64_MAX, &status), EPSILON_ERROR_HOST, "enough");
    CHECK(status == 0);
    input = NULL;
    CHECK_ERROR(epsilon_wasi_run(module, 0, UINT64_MAX, &status), EPSILON_ERROR_HOST, "no more");

    /* Finalizers: at replacement, at failure, in the end. */
    int finalized = 0;
    CHECK_OK(epsilon_wasi_set_stdin_callback(wasi, give_too_much, &finalized, count_finalizer));
    CHECK(finalized == 0);
    CHECK_ERROR(epsilon_wasi_run(module, 0, UINT64_MAX, &status), MISUSE,
                "the callback for standard input gave 1001 bytes of 1000");
    CHECK_OK(epsilon_wasi_set_stdin_bytes(wasi, NULL, 0));
    CHECK(finalized == 1);
    CHECK_ERROR(epsilon_wasi_set_stdin_callback(wasi, NULL, &finalized, count_finalizer), MISUSE,
                "callback is NULL");
    CHECK(finalized == 2);
    CHECK_ERROR(epsilon_wasi_set_output_callback(wasi, 0, take, &finalized, count_finalizer),
                MISUSE, "stream 0 is no output");
    CHECK(finalized == 3);
    CHECK_OK(epsilon_wasi_set_output_callback(wasi, EPSILON_WASI_STDERR, take, &finalized,
                                              count_finalizer));
    CHECK_OK(epsilon_wasi_set_output_callback(wasi, EPSILON_WASI_STDERR, NULL, &finalized,
                                              count_finalizer));
    CHECK(finalized == 5);
    CHECK_OK(epsilon_wasi_set_output_callback(wasi, EPSILON_WASI_STDERR, take, &finalized,
                                              count_finalizer));
    epsilon_wasi_delete(wasi);
    CHECK(finalized == 5);
    epsilon_module_delete(module);
    epsilon_runtime_delete(runtime);
    CHECK(finalized == 6);
}

static void files_in_memory(void) {
    epsilon_runtime_t* runtime = new_runtime();
    epsilon_wasi_t* wasi = new_wasi();
    const uint8_t* data = NULL;
    const char* path = NULL;
    size_t size = 0, path_size = 0, count = 99;
    bool is_link = true;
    CHECK_ERROR(epsilon_wasi_file_write(wasi, TEXT("/data/x"), NULL, 0), MISUSE,
                "no directory in memory has the path \"/data/x\"");
    CHECK_OK(epsilon_wasi_preopen_memory(wasi, TEXT("/data"), false));
    CHECK_OK(epsilon_wasi_preopen_memory(wasi, TEXT("/data/fixed"), true));
    CHECK_ERROR(epsilon_wasi_preopen_memory(wasi, TEXT("/data"), false), MISUSE,
                "the guest path \"/data\" is taken");
    CHECK_OK(epsilon_wasi_file_count(wasi, &count));
    CHECK(count == 0);
    CHECK_OK(epsilon_wasi_file_write(wasi, TEXT("/data/a/b"), TEXT("deep")));
    CHECK_OK(epsilon_wasi_file_write(wasi, TEXT("/data/empty/"), NULL, 0));
    CHECK_OK(epsilon_wasi_file_write(wasi, TEXT("/data/fixed/x"), TEXT("fixed")));
    CHECK_OK(epsilon_wasi_file_write(wasi, TEXT("/data/nothing"), NULL, 0));
    CHECK_ERROR(epsilon_wasi_file_write(wasi, TEXT("/data/a"), TEXT("x")), MISUSE,
                "cannot write \"/data/a\": it is a directory");
    CHECK_ERROR(epsilon_wasi_file_write(wasi, TEXT("/data/a/b/c"), TEXT("x")), MISUSE,
                "cannot write \"/data/a/b/c\": what it leads through is a file");
    CHECK_ERROR(epsilon_wasi_file_write(wasi, TEXT("/data/../x"), TEXT("x")), MISUSE,
                "cannot write \"/data/../x\": it has a component that is no name");
    CHECK_ERROR(epsilon_wasi_file_write(wasi, TEXT("/data/d/"), TEXT("x")), MISUSE,
                "cannot write \"/data/d/\": it is a directory");
    CHECK_ERROR(epsilon_wasi_file_write(wasi, TEXT("/data/\0"), TEXT("x")), MISUSE,
                "path has a NUL byte");
    CHECK_ERROR(epsilon_wasi_file_write(wasi, TEXT("/other/x"), TEXT("x")), MISUSE,
                "no directory in memory has the path \"/other/x\"");
    CHECK_ERROR(epsilon_wasi_file_read(wasi, TEXT("/data/a"), &data, &size), MISUSE,
                "no file in memory has the path \"/data/a\"");

    epsilon_module_t* module = instantiate(runtime, wasi, wasi_wasm, sizeof wasi_wasm);
    put(module, "a/b");
    CHECK(call_errno(module, "open", 3, 3, 0) == 0);
    CHECK(call_errno(module, "read", (int32_t)get_u32(module, 16), 0, 0) == 0);
    CHECK(get_u32(module, 8) == 4);
    put(module, "made");
    CHECK(call_errno(module, "open", 3, 4, 1) == 0);
    const int32_t fd = (int32_t)get_u32(module, 16);
    put(module, "by the program");
    CHECK(call_errno(module, "write", fd, 14, 0) == 0);
    CHECK(call_errno(module, "close", fd, 0, 0) == 0);
    CHECK(call_errno(module, "close", fd, 0, 0) == 8);
    put(module, "x");
    CHECK(call_errno(module, "open", 4, 1, 0) == 0);
    CHECK(call_errno(module, "open", 4, 1, 1) == 69);

    CHECK_OK(epsilon_wasi_file_read(wasi, TEXT("/data/made"), &data, &size));
    CHECK(size == 14 && memcmp(data, "by the program", 14) == 0);
    CHECK_OK(epsilon_wasi_file_count(wasi, &count));
    CHECK(count == 6);
    static const char* const paths[] = {"/data/a/",      "/data/a/b",  "/data/empty/",
                                        "/data/fixed/x", "/data/made", "/data/nothing"};
    for (size_t i = 0; i < 6 && i < count; ++i) {
        CHECK_OK(epsilon_wasi_file(wasi, i, &path, &path_size, &data, &size, &is_link));
        CHECK_TEXT(path, paths[i]);
        CHECK(path_size == strlen(paths[i]) && !is_link);
    }
    CHECK_OK(epsilon_wasi_file(wasi, 1, &path, NULL, NULL, NULL, NULL));

    /* What was read is a copy, which the program doesn't change. */
    CHECK_OK(epsilon_wasi_file(wasi, 4, &path, NULL, &data, &size, NULL));
    put(module, "made");
    CHECK(call_errno(module, "open", 3, 4, 8 /* truncate */) == 0);
    CHECK(size == 14 && memcmp(data, "by the program", 14) == 0);
    CHECK_OK(epsilon_wasi_file(wasi, 4, &path, NULL, &data, &size, NULL));
    CHECK(size == 0);
    CHECK_ERROR(epsilon_wasi_file(wasi, 6, &path, &path_size, &data, &size, &is_link), MISUSE,
                "file 6 is not in the list of 6");
    CHECK(path == NULL);

    CHECK_OK(epsilon_wasi_set_limit(wasi, EPSILON_WASI_LIMIT_MEMORY_BYTES, 16));
    CHECK_ERROR(epsilon_wasi_file_write(wasi, TEXT("/data/large"), TEXT("0123456789")),
                EPSILON_ERROR_LIMIT,
                "the limits on files in memory leave no room for \"/data/large\"");
    epsilon_module_delete(module);
    epsilon_wasi_delete(wasi);
    epsilon_runtime_delete(runtime);
}

/* Directories inside one another make paths that are too long to be listed. */
static void listed_paths(void) {
    epsilon_wasi_t* wasi = new_wasi();
    static char path[24000];
    size_t count = 99;
    for (size_t i = 0; i < sizeof path; i += 2) {
        path[i] = 'd';
        path[i + 1] = '/';
    }
    CHECK_OK(epsilon_wasi_preopen_memory(wasi, TEXT("d"), false));
    CHECK_OK(epsilon_wasi_file_write(wasi, path, 2000, NULL, 0));
    CHECK_OK(epsilon_wasi_file_count(wasi, &count));
    CHECK(count == 999);
    CHECK_OK(epsilon_wasi_file_write(wasi, path, sizeof path, NULL, 0));
    CHECK_ERROR(epsilon_wasi_file_count(wasi, &count), EPSILON_ERROR_LIMIT,
                "the paths of the files in memory are longer than 67108864 bytes in all");
    CHECK(count == 0);
    epsilon_wasi_delete(wasi);
}

static void limits(void) {
    epsilon_runtime_t* runtime = new_runtime();
    epsilon_wasi_t* wasi = new_wasi();
    static const uint64_t defaults[] = {1024, 16777216, 1073741824, 268435456, 65536,
                                        4096, 1024,     4096,       1048576};
    uint64_t value = 0;
    for (epsilon_wasi_limit_t limit = 0; limit < 9; ++limit) {
        CHECK_OK(epsilon_wasi_limit(wasi, limit, &value));
        CHECK(value == defaults[limit]);
        CHECK_OK(epsilon_wasi_set_limit(wasi, limit, value + 1));
        CHECK_OK(epsilon_wasi_limit(wasi, limit, &value));
        CHECK(value == defaults[limit] + 1);
    }
    CHECK_ERROR(epsilon_wasi_set_limit(wasi, 9, 0), MISUSE, "unknown limit 9");
    CHECK_ERROR(epsilon_wasi_limit(wasi, 9, &value), MISUSE, "unknown limit 9");
    CHECK(value == 0);

    CHECK_OK(epsilon_wasi_set_limit(wasi, EPSILON_WASI_LIMIT_OUTPUT_BYTES, 3));
    CHECK_OK(epsilon_wasi_set_stdin_bytes(wasi, TEXT("12345")));
    CHECK_OK(epsilon_wasi_set_output_capture(wasi, EPSILON_WASI_STDOUT));
    epsilon_module_t* module = instantiate(runtime, wasi, wasi_wasm, sizeof wasi_wasm);
    int32_t status = 0;
    CHECK_OK(epsilon_wasi_run(module, 0, UINT64_MAX, &status));
    const uint8_t* data = NULL;
    size_t size = 0;
    bool truncated = false;
    CHECK_OK(epsilon_wasi_output(wasi, EPSILON_WASI_STDOUT, &data, &size, &truncated));
    CHECK(size == 3 && memcmp(data, "123", 3) == 0 && truncated);
    put(module, "more");
    CHECK(call_errno(module, "write", 1, 4, 0) == 51);
    CHECK(memcmp(data, "123", 3) == 0);
    CHECK_OK(epsilon_wasi_output(wasi, EPSILON_WASI_STDOUT, &data, &size, &truncated));
    CHECK(size == 3 && truncated);
    CHECK_ERROR(epsilon_wasi_output(wasi, EPSILON_WASI_STDERR, &data, &size, NULL), MISUSE,
                "stream 2 is not captured");
    CHECK_ERROR(epsilon_wasi_output(wasi, 0, &data, &size, NULL), MISUSE, "stream 0 is no output");
    epsilon_module_delete(module);
    epsilon_wasi_delete(wasi);
    epsilon_runtime_delete(runtime);
}

struct raiser {
    epsilon_interrupt_t* interrupt;
    atomic_bool* done;
};

static void* raise_later(void* data) {
    struct raiser* raiser = data;
    while (!atomic_load(raiser->done)) {
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
        epsilon_interrupt_raise(raiser->interrupt);
    }
    return NULL;
}

static void stops(void) {
    epsilon_runtime_t* runtime = new_runtime();
    epsilon_wasi_t* wasi = new_wasi();
    int ends[2];
    CHECK(pipe(ends) == 0);
    CHECK_OK(epsilon_wasi_set_stream_fd(wasi, EPSILON_WASI_STDIN, ends[0], false));
    epsilon_module_t* module = instantiate(runtime, wasi, wasi_wasm, sizeof wasi_wasm);
    epsilon_func_t* sleep = export_func(module, "sleep");
    epsilon_func_t* read = export_func(module, "read");
    epsilon_value_t long_time = {.u64 = UINT64_MAX}, short_time = {.u64 = 10000000};
    epsilon_value_t input = {.i32 = 0}, result;
    double start = now_ms();
    CHECK_OK(epsilon_func_call(sleep, &short_time, 1, 0, &result, 1));
    CHECK(result.i32 == 0 && now_ms() - start >= 9);
    for (int i = 0; i < 4; ++i) {
        start = now_ms();
        CHECK_ERROR(i % 2 == 0 ? epsilon_func_call(sleep, &long_time, 1, 20, &result, 1)
                               : epsilon_func_call(read, &input, 1, 20, &result, 1),
                    EPSILON_ERROR_TIMEOUT, "execution timed out");
        CHECK(now_ms() - start >= 19 && now_ms() - start < 5000);
    }
    atomic_bool done = false;
    struct raiser raiser = {NULL, &done};
    pthread_t thread;
    CHECK_OK(epsilon_interrupt_new(runtime, &raiser.interrupt));
    CHECK(pthread_create(&thread, NULL, raise_later, &raiser) == 0);
    CHECK_ERROR(epsilon_func_call(sleep, &long_time, 1, 0, &result, 1), EPSILON_ERROR_INTERRUPTED,
                "execution interrupted");
    CHECK_ERROR(epsilon_func_call(read, &input, 1, 0, &result, 1), EPSILON_ERROR_INTERRUPTED,
                "execution interrupted");
    atomic_store(&done, true);
    pthread_join(thread, NULL);
    epsilon_interrupt_delete(raiser.interrupt);
    /* It goes on being usable. */
    CHECK(write(ends[1], "x", 1) == 1);
    CHECK_OK(epsilon_func_call(read, &input, 1, 0, &result, 1));
    CHECK(result.i32 == 0 && get_u32(module, 8) == 1);
    close(ends[0]);
    close(ends[1]);
    epsilon_func_delete(sleep);
    epsilon_func_delete(read);
    epsilon_module_delete(module);
    epsilon_wasi_delete(wasi);
    epsilon_runtime_delete(runtime);
}

static void* use_busy(void* data) {
    uint64_t value = 0;
    CHECK_ERROR(epsilon_wasi_limit(data, 0, &value), MISUSE,
                "the runtime is in use by another thread");
    CHECK_ERROR(epsilon_wasi_set_stdin_bytes(data, NULL, 0), MISUSE,
                "the runtime is in use by another thread");
    return NULL;
}

static epsilon_error_t* use_elsewhere(void* env, const uint8_t* data, size_t size) {
    (void)data, (void)size;
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, use_busy, env) == 0);
    pthread_join(thread, NULL);
    /* On the thread of the program it can be used, and even replaced. */
    CHECK_OK(epsilon_wasi_set_output_callback(env, EPSILON_WASI_STDOUT, NULL, NULL, NULL));
    return NULL;
}

static void threads(void) {
    epsilon_runtime_t* runtime = new_runtime();
    epsilon_wasi_t* wasi = new_wasi();
    CHECK_OK(
        epsilon_wasi_set_output_callback(wasi, EPSILON_WASI_STDOUT, use_elsewhere, wasi, NULL));
    epsilon_module_t* module = instantiate(runtime, wasi, wasi_wasm, sizeof wasi_wasm);
    put(module, "text");
    CHECK(call_errno(module, "write", 1, 4, 0) == 0);
    CHECK(call_errno(module, "write", 1, 4, 0) == 0);
    epsilon_module_delete(module);
    epsilon_wasi_delete(wasi);
    epsilon_runtime_delete(runtime);
}

static void wrong_arguments(void) {
    epsilon_wasi_t* wasi = new_wasi();
    const uint8_t* data = NULL;
    size_t size = 0;
    int32_t status = 0;
    CHECK_ERROR(epsilon_wasi_new(NULL), MISUSE, "the out-parameter is NULL");
    epsilon_wasi_delete(NULL);
    CHECK_ERROR(epsilon_wasi_add_arg(NULL, TEXT("a")), MISUSE, "wasi is NULL");
    CHECK_ERROR(epsilon_wasi_add_arg(wasi, NULL, 1), MISUSE, "the argument is NULL");
    CHECK_ERROR(epsilon_wasi_add_arg(wasi, TEXT("a\0b")), MISUSE, "the argument has a NUL byte");
    CHECK_ERROR(epsilon_wasi_add_env(wasi, NULL, 0, NULL, 0), MISUSE,
                "the name of a variable is empty or has a '='");
    CHECK_ERROR(epsilon_wasi_add_env(wasi, TEXT("A=B"), NULL, 0), MISUSE,
                "the name of a variable is empty or has a '='");
    CHECK_ERROR(epsilon_wasi_add_env(wasi, TEXT("A"), NULL, 1), MISUSE, "the value is NULL");
    CHECK_ERROR(epsilon_wasi_add_env(wasi, TEXT("\0"), NULL, 0), MISUSE, "the name has a NUL byte");
    CHECK_ERROR(epsilon_wasi_set_stdin_bytes(wasi, NULL, 1), MISUSE, "data is NULL");
    CHECK_ERROR(epsilon_wasi_set_output_capture(wasi, 3), MISUSE, "stream 3 is no output");
    CHECK_ERROR(epsilon_wasi_set_stream_fd(wasi, 3, 1, false), MISUSE, "stream 3 is no output");
    CHECK_ERROR(epsilon_wasi_set_stream_fd(wasi, 0, -1, false), MISUSE,
                "descriptor -1 can't be a stream");
    CHECK_ERROR(epsilon_wasi_set_stream_fd(wasi, 1, 9999, false), MISUSE,
                "descriptor 9999 can't be a stream");
    CHECK_ERROR(epsilon_wasi_preopen_dir(wasi, TEXT("/no/such"), TEXT("/"), false), MISUSE,
                "cannot open the directory \"/no/such\": No such file or directory");
    CHECK_ERROR(epsilon_wasi_preopen_dir(wasi, TEXT("/dev/null"), TEXT("/"), false), MISUSE,
                "cannot open the directory \"/dev/null\": Not a directory");
    CHECK_ERROR(epsilon_wasi_preopen_dir(wasi, TEXT("/tmp\0x"), TEXT("/"), false), MISUSE,
                "the host's path has a NUL byte");
    CHECK_ERROR(epsilon_wasi_preopen_dir(wasi, TEXT("/tmp"), NULL, 1, false), MISUSE,
                "the guest path is NULL");
    CHECK_ERROR(epsilon_wasi_preopen_socket(wasi, 1), MISUSE, "descriptor 1 is no socket");
    CHECK_ERROR(epsilon_wasi_file_read(wasi, TEXT("/x"), NULL, &size), MISUSE, "data is NULL");
    CHECK_ERROR(epsilon_wasi_file_read(wasi, TEXT("/x"), &data, NULL), MISUSE, "size is NULL");
    CHECK_ERROR(epsilon_wasi_file_count(wasi, NULL), MISUSE, "count is NULL");
    CHECK_ERROR(epsilon_wasi_file(wasi, 0, NULL, NULL, NULL, NULL, NULL), MISUSE, "path is NULL");
    CHECK_ERROR(epsilon_imports_add_wasi(NULL, wasi), MISUSE, "imports is NULL");
    CHECK_ERROR(epsilon_wasi_run(NULL, 0, 0, &status), MISUSE, "module is NULL");
    int pair[2];
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    CHECK_OK(epsilon_wasi_preopen_socket(wasi, pair[0]));
    CHECK(write(pair[0], "mine", 4) == 4);
    close(pair[0]);
    close(pair[1]);
    epsilon_wasi_delete(wasi);
}

int main(void) {
    a_command();
    a_reactor();
    linking();
    callbacks();
    files_in_memory();
    listed_paths();
    limits();
    stops();
    threads();
    wrong_arguments();
    return check_result();
}
