/* SPDX-License-Identifier: Apache-2.0 */
/* Checks for the tests of the C API. A failed check says where and goes on; main returns
 * check_result(). */
#ifndef TESTS_CAPI_CHECK_H
#define TESTS_CAPI_CHECK_H

#include <epsilon.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Whether a sanitizer's own runtime gives the memory, and whether it is AddressSanitizer's. */
#if defined(__SANITIZE_ADDRESS__)
#define ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ADDRESS_SANITIZER 1
#elif __has_feature(thread_sanitizer)
#define INSTRUMENTED 1
#endif
#endif
#if defined(ADDRESS_SANITIZER) || defined(__SANITIZE_THREAD__)
#define INSTRUMENTED 1
#endif

static int check_failures = 0;

#define CHECK(condition)                                                            \
    do {                                                                            \
        if (!(condition)) {                                                         \
            fprintf(stderr, "%s:%d: failed: %s\n", __FILE__, __LINE__, #condition); \
            ++check_failures;                                                       \
        }                                                                           \
    } while (0)

/* The call succeeds. If it does not, the test cannot go on. */
#define CHECK_OK(call) check_ok((call), __FILE__, __LINE__)
/* The call fails with this kind and exactly this message. */
#define CHECK_ERROR(call, kind, message) check_error((call), (kind), (message), __FILE__, __LINE__)
#define CHECK_TEXT(actual, expected) check_text((actual), (expected), __FILE__, __LINE__)

static inline void check_ok(epsilon_error_t* error, const char* file, int line) {
    if (error != NULL) {
        fprintf(stderr, "%s:%d: error of kind %s: %s\n", file, line,
                epsilon_error_kind_name(epsilon_error_kind(error)),
                epsilon_error_message(error, NULL));
        epsilon_error_delete(error);
        exit(1);
    }
}

static inline void check_error(epsilon_error_t* error, epsilon_error_kind_t kind,
                               const char* message, const char* file, int line) {
    if (error == NULL) {
        fprintf(stderr, "%s:%d: no error; expected: %s\n", file, line, message);
        ++check_failures;
        return;
    }
    if (epsilon_error_kind(error) != kind ||
        strcmp(epsilon_error_message(error, NULL), message) != 0) {
        fprintf(stderr, "%s:%d: error of kind %s: %s\n    expected kind %s: %s\n", file, line,
                epsilon_error_kind_name(epsilon_error_kind(error)),
                epsilon_error_message(error, NULL), epsilon_error_kind_name(kind), message);
        ++check_failures;
    }
    epsilon_error_delete(error);
}

static inline void check_text(const char* actual, const char* expected, const char* file,
                              int line) {
    if (actual == NULL || strcmp(actual, expected) != 0) {
        fprintf(stderr, "%s:%d: text is %s\n    expected %s\n", file, line,
                actual == NULL ? "NULL" : actual, expected);
        ++check_failures;
    }
}

static inline int check_result(void) {
    if (check_failures != 0) {
        fprintf(stderr, "%d checks failed\n", check_failures);
    }
    return check_failures == 0 ? 0 : 1;
}

/* A text literal as the two arguments pointer and size. */
#define TEXT(literal) (literal), (sizeof(literal) - 1)

/* Counts how often it was called, in an int. */
static inline void count_finalizer(void* data) {
    ++*(int*)data;
}

/* A compiled module from an array. */
static inline epsilon_compiled_t* compile_bytes(const uint8_t* bytes, size_t size) {
    epsilon_compiled_t* compiled = NULL;
    CHECK_OK(epsilon_compiled_new(NULL, bytes, size, &compiled));
    return compiled;
}
#define COMPILE(array) compile_bytes((array), sizeof(array))

/* An instance of an array's module. */
static inline epsilon_module_t* instantiate_bytes(epsilon_runtime_t* runtime, const uint8_t* bytes,
                                                  size_t size, const epsilon_imports_t* imports) {
    epsilon_compiled_t* compiled = compile_bytes(bytes, size);
    epsilon_module_t* module = NULL;
    CHECK_OK(epsilon_module_new(runtime, compiled, imports, NULL, &module));
    epsilon_compiled_delete(compiled);
    return module;
}
#define INSTANTIATE(runtime, array, imports) \
    instantiate_bytes((runtime), (array), sizeof(array), (imports))

/* With EPSILON_TEST_SIGNALS=off in the environment runtimes use no signals: for valgrind, which
 * takes every fault for an error. */
static inline bool signals_wanted(void) {
    const char* wish = getenv("EPSILON_TEST_SIGNALS");
    return wish == NULL || strcmp(wish, "off") != 0;
}

#ifdef TEST_COMPILED
/* Runtimes compile at first calls. */
static inline epsilon_error_t* new_compiling_runtime(epsilon_config_t* config,
                                                     epsilon_runtime_t** out) {
    epsilon_config_t* own = NULL;
    if (config == NULL) {
        CHECK_OK(epsilon_config_new(&own));
        config = own;
    }
    CHECK_OK(epsilon_config_set_tiers(config, EPSILON_TIERS_COMPILED));
    epsilon_error_t* error = epsilon_runtime_new(config, out);
    epsilon_config_delete(own);
    return error;
}
#define epsilon_runtime_new new_compiling_runtime
#endif

static inline epsilon_runtime_t* new_runtime(void) {
    epsilon_runtime_t* runtime = NULL;
    epsilon_config_t* config = NULL;
    if (!signals_wanted()) {
        CHECK_OK(epsilon_config_new(&config));
        CHECK_OK(epsilon_config_set_signals(config, false));
    }
    CHECK_OK(epsilon_runtime_new(config, &runtime));
    epsilon_config_delete(config);
    return runtime;
}

static inline epsilon_func_t* export_func(epsilon_module_t* module, const char* name) {
    epsilon_func_t* func = NULL;
    CHECK_OK(epsilon_module_export_func(module, name, strlen(name), &func));
    return func;
}

#endif
