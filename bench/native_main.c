// SPDX-License-Identifier: Apache-2.0
// Driver of a kernel compiled to native code: `native_NAME N [RUNS]` calls run(N) RUNS times and
// prints the checksum, the median processor time and the median wall time, in nanoseconds.
#define _POSIX_C_SOURCE 199309L
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "kernels/kernel.h"

enum { max_runs = 101 };

static int64_t now(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int compare(const void* a, const void* b) {
    int64_t x = *(const int64_t*)a, y = *(const int64_t*)b;
    return (x > y) - (x < y);
}

int main(int argc, char** argv) {
    long runs = argc > 2 ? strtol(argv[2], NULL, 10) : 5;
    if (argc < 2 || runs < 1 || runs > max_runs) {
        fprintf(stderr, "usage: %s N [RUNS, 1 to %d]\n", argv[0], max_runs);
        return 2;
    }
    uint32_t n = (uint32_t)strtoul(argv[1], NULL, 10);
    int64_t cpu[max_runs], wall[max_runs];
    uint64_t checksum = 0;
    for (long i = 0; i < runs; i++) {
        int64_t wall_start = now(CLOCK_MONOTONIC), cpu_start = now(CLOCK_THREAD_CPUTIME_ID);
        uint64_t result = run(n);
        cpu[i] = now(CLOCK_THREAD_CPUTIME_ID) - cpu_start;
        wall[i] = now(CLOCK_MONOTONIC) - wall_start;
        if (i > 0 && result != checksum) {
            fprintf(stderr, "%s: checksum changes between runs\n", argv[0]);
            return 1;
        }
        checksum = result;
    }
    qsort(cpu, (size_t)runs, sizeof cpu[0], compare);
    qsort(wall, (size_t)runs, sizeof wall[0], compare);
    printf("%" PRIu64 " %" PRId64 " %" PRId64 "\n", checksum, cpu[runs / 2], wall[runs / 2]);
    return 0;
}
