/* SPDX-License-Identifier: Apache-2.0 */
/* Shares one compiled module between threads. A module is decoded, validated and translated once;
 * each thread has a runtime and an instance of its own, and so memories and globals of its own.
 *
 *   cc -std=c11 -pthread threads.c $(pkg-config --cflags --libs epsilon) -o threads
 */
#include <epsilon.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "modules.h"

enum { thread_count = 4, numbers_each = 5000 };

struct job {
    const epsilon_compiled_t* compiled; /* shared */
    uint32_t first, last;
    uint32_t found;
    epsilon_error_t* error; /* errors may be handed from thread to thread */
};

static void* run(void* argument) {
    struct job* job = (struct job*)argument;
    epsilon_runtime_t* runtime = NULL;
    epsilon_module_t* module = NULL;
    epsilon_func_t* count = NULL;
    const epsilon_value_t args[2] = {{.u32 = job->first}, {.u32 = job->last}};
    epsilon_value_t result = {.u32 = 0};

    epsilon_error_t* error = epsilon_runtime_new(NULL, &runtime);
    if (!error) error = epsilon_module_new(runtime, job->compiled, NULL, NULL, &module);
    if (!error) error = epsilon_module_export_func(module, "count", strlen("count"), &count);
    if (!error) error = epsilon_func_call(count, args, 2, 0, &result, 1);
    job->found = result.u32;
    job->error = error;

    epsilon_func_delete(count);
    epsilon_module_delete(module);
    epsilon_runtime_delete(runtime);
    return NULL;
}

int main(void) {
    pthread_t threads[thread_count];
    struct job jobs[thread_count];
    epsilon_compiled_t* compiled;
    epsilon_error_t* error =
        epsilon_compiled_new(NULL, threads_wasm, sizeof threads_wasm, &compiled);
    if (error) {
        fprintf(stderr, "threads: %s\n", epsilon_error_message(error, NULL));
        epsilon_error_delete(error);
        return 1;
    }

    for (uint32_t i = 0; i < thread_count; ++i) {
        jobs[i].compiled = compiled;
        jobs[i].first = i * numbers_each + 1;
        jobs[i].last = (i + 1) * numbers_each;
        if (pthread_create(&threads[i], NULL, run, &jobs[i]) != 0) {
            fprintf(stderr, "threads: no thread to be had\n");
            exit(1);
        }
    }

    int status = 0;
    uint32_t sum = 0;
    for (int i = 0; i < thread_count; ++i) {
        pthread_join(threads[i], NULL);
        if (jobs[i].error) {
            fprintf(stderr, "thread %d: %s\n", i, epsilon_error_message(jobs[i].error, NULL));
            epsilon_error_delete(jobs[i].error);
            status = 1;
            continue;
        }
        printf("thread %d: %" PRIu32 " primes from %" PRIu32 " to %" PRIu32 "\n", i, jobs[i].found,
               jobs[i].first, jobs[i].last);
        sum += jobs[i].found;
    }
    printf("together %" PRIu32 "\n", sum);
    epsilon_compiled_delete(compiled);
    return status;
}
