// SPDX-License-Identifier: Apache-2.0
// Products of dense matrices of doubles: C = alpha A B + beta C, 96 x 96, and a product of a
// transposed matrix with a vector. No operation is reassociated.
#include "kernel.h"

enum { size = 96 };

static double a[size][size], b[size][size], c[size][size], x[size], y[size];

static NOINLINE void fill(uint64_t seed) {
    uint64_t state = seed;
    for (int i = 0; i < size; i++) {
        x[i] = (double)(i % 7) / 7;
        for (int j = 0; j < size; j++) {
            uint64_t r = next_random(&state);
            a[i][j] = (double)(int32_t)(r & 0xffff) / 65536 - 0.5;
            b[i][j] = (double)(int32_t)(r >> 16 & 0xffff) / 65536 - 0.5;
            c[i][j] = (double)(int32_t)(r >> 32 & 0xffff) / 65536 - 0.5;
        }
    }
}

static NOINLINE void multiply(double alpha, double beta) {
    for (int i = 0; i < size; i++) {
        for (int j = 0; j < size; j++)
            c[i][j] *= beta;
        for (int k = 0; k < size; k++) {
            double factor = alpha * a[i][k];
            for (int j = 0; j < size; j++)
                c[i][j] += factor * b[k][j];
        }
    }
}

// y = C^T (C x), as in the normal equations.
static NOINLINE void normal(void) {
    for (int i = 0; i < size; i++)
        y[i] = 0;
    for (int i = 0; i < size; i++) {
        double sum = 0;
        for (int j = 0; j < size; j++)
            sum += c[i][j] * x[j];
        for (int j = 0; j < size; j++)
            y[j] += c[i][j] * sum;
    }
}

EXPORT(run) uint64_t run(uint32_t n) {
    uint64_t hash = FNV_START;
    for (uint32_t round = 0; round < n; round++) {
        fill(round + 1);
        multiply(1.5, 1.2);
        normal();
        for (int i = 0; i < size; i++)
            hash = mix(mix(hash, bits_of(c[i][(i * 5) % size])), bits_of(y[i]));
    }
    return hash;
}
