// SPDX-License-Identifier: Apache-2.0
// LU decomposition with partial pivoting of a dense 160 x 160 matrix of doubles, then a solve, n
// times with another matrix each time. No operation is reassociated, so the results are the same
// bits on every machine.
#include "kernel.h"

enum { size = 160 };

static double matrix[size][size];
static double vector[size];
static int pivots[size];

static NOINLINE void fill(uint64_t seed) {
    uint64_t state = seed;
    for (int i = 0; i < size; i++) {
        for (int j = 0; j < size; j++)
            matrix[i][j] = (double)(int64_t)(next_random(&state) >> 40) / 16777216.0 - 0.5;
        matrix[i][i] += 2.0;
        vector[i] = (double)i / size;
    }
}

static inline double magnitude(double x) {
    return x < 0 ? -x : x;
}

// Leaves the factors in `matrix` and the row exchanges in `pivots`; returns the determinant.
static NOINLINE double decompose(void) {
    double determinant = 1;
    for (int k = 0; k < size; k++) {
        int pivot = k;
        for (int i = k + 1; i < size; i++)
            if (magnitude(matrix[i][k]) > magnitude(matrix[pivot][k])) pivot = i;
        pivots[k] = pivot;
        if (pivot != k) {
            determinant = -determinant;
            for (int j = 0; j < size; j++) {
                double t = matrix[k][j];
                matrix[k][j] = matrix[pivot][j];
                matrix[pivot][j] = t;
            }
        }
        determinant *= matrix[k][k] * 0.5;  // half, so that it stays in range
        double inverse = 1 / matrix[k][k];
        for (int i = k + 1; i < size; i++) {
            double factor = matrix[i][k] * inverse;
            matrix[i][k] = factor;
            for (int j = k + 1; j < size; j++)
                matrix[i][j] -= factor * matrix[k][j];
        }
    }
    return determinant;
}

static NOINLINE void solve(void) {
    for (int k = 0; k < size; k++) {
        double t = vector[k];
        vector[k] = vector[pivots[k]];
        vector[pivots[k]] = t;
    }
    for (int i = 0; i < size; i++)
        for (int j = 0; j < i; j++)
            vector[i] -= matrix[i][j] * vector[j];
    for (int i = size - 1; i >= 0; i--) {
        for (int j = i + 1; j < size; j++)
            vector[i] -= matrix[i][j] * vector[j];
        vector[i] /= matrix[i][i];
    }
}

EXPORT(run) uint64_t run(uint32_t n) {
    uint64_t hash = FNV_START;
    for (uint32_t round = 0; round < n; round++) {
        fill(round + 1);
        hash = mix(hash, bits_of(decompose()));
        solve();
        for (int i = 0; i < size; i++)
            hash = mix(hash, bits_of(vector[i]));
    }
    return hash;
}
