// SPDX-License-Identifier: Apache-2.0
// Cholesky decomposition of a 96 x 96 matrix, the inverse of its triangle, and Gram-Schmidt
// orthogonalisation: sums of products along rows, square roots and divisions.
#include "kernel.h"

enum { size = 96 };

static double m[size][size], inverse[size][size], q[size][size];

static NOINLINE void fill(uint64_t seed) {
    uint64_t state = seed;
    for (int i = 0; i < size; i++)
        for (int j = 0; j <= i; j++) {
            double x = (double)(int32_t)(next_random(&state) >> 48) / 65536 - 0.5;
            m[i][j] = m[j][i] = i == j ? x + size : x;
            q[i][j] = x;
            q[j][i] = x * 0.5 + (i == j ? 2 : 0);
        }
}

static NOINLINE void decompose(void) {
    for (int j = 0; j < size; j++)
        for (int i = j; i < size; i++) {
            double sum = m[i][j];
            for (int k = 0; k < j; k++)
                sum -= m[i][k] * m[j][k];
            m[i][j] = i == j ? __builtin_sqrt(sum) : sum / m[j][j];
        }
}

static NOINLINE void invert_triangle(void) {
    for (int j = 0; j < size; j++) {
        inverse[j][j] = 1 / m[j][j];
        for (int i = j + 1; i < size; i++) {
            double sum = 0;
            for (int k = j; k < i; k++)
                sum -= m[i][k] * inverse[k][j];
            inverse[i][j] = sum / m[i][i];
        }
    }
}

static NOINLINE double orthogonalise(void) {
    double norms = 0;
    for (int i = 0; i < size; i++) {
        for (int k = 0; k < i; k++) {
            double dot = 0;
            for (int j = 0; j < size; j++)
                dot += q[i][j] * q[k][j];
            for (int j = 0; j < size; j++)
                q[i][j] -= dot * q[k][j];
        }
        double square = 0;
        for (int j = 0; j < size; j++)
            square += q[i][j] * q[i][j];
        double norm = __builtin_sqrt(square);
        norms += norm;
        for (int j = 0; j < size; j++)
            q[i][j] /= norm;
    }
    return norms;
}

EXPORT(run) uint64_t run(uint32_t n) {
    uint64_t hash = FNV_START;
    for (uint32_t round = 0; round < n; round++) {
        fill(round + 1);
        decompose();
        invert_triangle();
        hash = mix(hash, bits_of(orthogonalise()));
        for (int i = 0; i < size; i++)
            hash = mix(mix(hash, bits_of(m[i][i / 2])), bits_of(inverse[i][i / 3] + q[i][i]));
    }
    return hash;
}
