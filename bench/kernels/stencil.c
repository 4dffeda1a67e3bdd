// SPDX-License-Identifier: Apache-2.0
// Jacobi iterations of a 5-point stencil on a 128 x 128 grid of doubles, then a 3 x 3 blur of a
// grid of floats.
#include "kernel.h"

enum { side = 128 };

static double grid[2][side][side];
static float picture[2][side][side];

static NOINLINE void jacobi(double from[side][side], double to[side][side]) {
    for (int i = 1; i < side - 1; i++)
        for (int j = 1; j < side - 1; j++)
            to[i][j] = 0.2 * (from[i][j] + from[i][j - 1] + from[i][j + 1] + from[i - 1][j] +
                              from[i + 1][j]);
}

static NOINLINE void blur(float from[side][side], float to[side][side]) {
    static const float weights[3][3] = {{1, 2, 1}, {2, 4, 2}, {1, 2, 1}};
    for (int i = 1; i < side - 1; i++)
        for (int j = 1; j < side - 1; j++) {
            float sum = 0;
            for (int di = 0; di < 3; di++)
                for (int dj = 0; dj < 3; dj++)
                    sum += weights[di][dj] * from[i + di - 1][j + dj - 1];
            to[i][j] = sum / 16;
        }
}

EXPORT(run) uint64_t run(uint32_t n) {
    uint64_t state = 88172645463325252u;
    for (int i = 0; i < side; i++)
        for (int j = 0; j < side; j++) {
            uint64_t r = next_random(&state);
            grid[0][i][j] = grid[1][i][j] = (double)(int32_t)(r & 0xffffff) / 65536;
            picture[0][i][j] = picture[1][i][j] = (float)(r >> 40 & 0xffff) / 256;
        }
    uint64_t hash = FNV_START;
    for (uint32_t round = 0; round < n; round++) {
        for (int step = 0; step < 4; step++)
            jacobi(grid[step & 1], grid[~step & 1]);
        blur(picture[round & 1], picture[~round & 1]);
        int at = (int)(round % (side - 2)) + 1;
        hash = mix(hash, bits_of(grid[0][at][side / 2]));
        hash = mix(hash, bits_of(picture[~round & 1][side / 2][at]));
        grid[0][0][at] += 1;
        picture[~round & 1][at][0] += 1;
    }
    return hash;
}
