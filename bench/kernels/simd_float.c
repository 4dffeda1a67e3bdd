// SPDX-License-Identifier: Apache-2.0
// Vectors of floats: a product of matrices in tiles of 4 x 8, then scaled and clamped additions.
#include "kernel.h"

typedef float f32x4 __attribute__((vector_size(16)));
typedef int32_t i32x4 __attribute__((vector_size(16)));

enum { size = 64 };

static f32x4 a[size][size / 4], b[size][size / 4], c[size][size / 4];

static f32x4 choose(i32x4 mask, f32x4 x, f32x4 y) {
    return (f32x4)((mask & (i32x4)x) | (~mask & (i32x4)y));
}

static f32x4 clamp(f32x4 x, f32x4 low, f32x4 high) {
    x = choose(x < low, low, x);
    return choose(x > high, high, x);
}

static NOINLINE void fill(uint64_t seed) {
    for (int row = 0; row < size; row++)
        for (int column = 0; column < size / 4; column++)
            for (int lane = 0; lane < 4; lane++) {
                a[row][column][lane] = (float)(int32_t)(next_random(&seed) & 0xff) / 64 - 2;
                b[row][column][lane] = (float)(int32_t)(next_random(&seed) & 0xff) / 64 - 2;
            }
}

static NOINLINE void multiply(void) {
    for (int row = 0; row < size; row += 4)
        for (int column = 0; column < size / 4; column += 2) {
            f32x4 sum[4][2] = {{{0}}};
            for (int k = 0; k < size; k++) {
                const f32x4 left = b[k][column], right = b[k][column + 1];
                for (int i = 0; i < 4; i++) {
                    const float x = ((const float*)a[row + i])[k];
                    const f32x4 factor = {x, x, x, x};
                    sum[i][0] += factor * left;
                    sum[i][1] += factor * right;
                }
            }
            for (int i = 0; i < 4; i++) {
                c[row + i][column] = sum[i][0];
                c[row + i][column + 1] = sum[i][1];
            }
        }
}

static NOINLINE void add_scaled(float scale) {
    const f32x4 factor = {scale, scale, scale, scale};
    const f32x4 low = {-8, -8, -8, -8}, high = {8, 8, 8, 8};
    for (int row = 0; row < size; row++)
        for (int column = 0; column < size / 4; column++)
            a[row][column] = clamp(a[row][column] + factor * c[row][column], low, high);
}

EXPORT(run) uint64_t run(uint32_t n) {
    fill(88172645463325252u);
    for (uint32_t round = 0; round < n; round++) {
        multiply();
        add_scaled(0.125f);
    }
    uint64_t hash = FNV_START;
    for (int row = 0; row < size; row++)
        for (int column = 0; column < size / 4; column++) {
            union {
                f32x4 vector;
                uint64_t words[2];
            } cell = {a[row][column]};
            hash = mix(mix(hash, cell.words[0]), cell.words[1]);
        }
    return hash;
}
