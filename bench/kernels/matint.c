// SPDX-License-Identifier: Apache-2.0
// Matrices of integers: products of 16- and 32-bit items, a fixed-point filter, powers of a matrix
// modulo a prime, and shortest paths between all pairs.
#include "kernel.h"

enum { size = 64, small = 16, modulus = 1000003 };

static int16_t a[size][size], b[size][size];
static int32_t c[size][size];
static uint32_t distance[size][size];
static uint64_t powers[2][small][small];

static NOINLINE void multiply(void) {
    for (int i = 0; i < size; i++)
        for (int j = 0; j < size; j++) {
            uint32_t sum = 0;  // may wrap
            for (int k = 0; k < size; k++)
                sum += (uint32_t)(a[i][k] * b[k][j]);
            c[i][j] = (int32_t)sum;
        }
}

static NOINLINE void filter(void) {
    static const int32_t taps[5] = {-3, 12, 17, 12, -3};
    for (int i = 0; i < size; i++)
        for (int j = 2; j < size - 2; j++) {
            int32_t sum = 0;
            for (int k = 0; k < 5; k++)
                sum += (c[i][j + k - 2] >> 12) * taps[k];
            a[i][j] = (int16_t)(sum / 35);
        }
}

static NOINLINE void square_power(uint64_t from[small][small], uint64_t to[small][small]) {
    for (int i = 0; i < small; i++)
        for (int j = 0; j < small; j++) {
            uint64_t sum = 0;
            for (int k = 0; k < small; k++)
                sum += from[i][k] * from[k][j] % modulus;
            to[i][j] = sum % modulus;
        }
}

static NOINLINE void shortest_paths(void) {
    for (int k = 0; k < size; k++)
        for (int i = 0; i < size; i++) {
            uint32_t via = distance[i][k];
            for (int j = 0; j < size; j++) {
                uint32_t other = via + distance[k][j];
                if (other < distance[i][j]) distance[i][j] = other;
            }
        }
}

EXPORT(run) uint64_t run(uint32_t n) {
    uint64_t state = 88172645463325252u, hash = FNV_START;
    for (int i = 0; i < size; i++)
        for (int j = 0; j < size; j++) {
            uint64_t r = next_random(&state);
            a[i][j] = (int16_t)r;
            b[i][j] = (int16_t)(r >> 16);
            powers[0][i % small][j % small] = (r >> 32) % modulus;
        }
    for (uint32_t round = 0; round < n; round++) {
        multiply();
        filter();
        square_power(powers[round & 1], powers[~round & 1]);
        for (int i = 0; i < size; i++)
            for (int j = 0; j < size; j++)
                distance[i][j] = i == j ? 0 : ((uint32_t)c[i][j] & 0xffff) + 1;
        shortest_paths();
        for (int i = 0; i < size; i++)
            hash = mix(mix(hash, (uint64_t)c[i][size - 1 - i]), distance[i][(i * 7) % size]);
        hash = mix(hash, powers[~round & 1][round % small][3]);
    }
    return hash;
}
