// SPDX-License-Identifier: Apache-2.0
// The Mandelbrot set and a Julia set, 64 x 64 points each, in doubles and in floats.
#include "kernel.h"

enum { side = 64, limit = 120 };

static NOINLINE uint32_t escape_double(double x, double y, double cx, double cy) {
    uint32_t steps = 0;
    while (steps < limit) {
        double xx = x * x, yy = y * y;
        if (xx + yy > 4.0) break;
        y = 2.0 * x * y + cy;
        x = xx - yy + cx;
        steps++;
    }
    return steps;
}

static NOINLINE uint32_t escape_float(float x, float y, float cx, float cy) {
    uint32_t steps = 0;
    while (steps < limit) {
        float xx = x * x, yy = y * y;
        if (xx + yy > 4.0f) break;
        y = 2.0f * x * y + cy;
        x = xx - yy + cx;
        steps++;
    }
    return steps;
}

EXPORT(run) uint64_t run(uint32_t n) {
    uint64_t hash = FNV_START;
    for (uint32_t round = 0; round < n; round++) {
        double zoom = 1.5 / (double)(1 + round % 8);
        for (int row = 0; row < side; row++)
            for (int column = 0; column < side; column++) {
                double x = zoom * (2.0 * column / side - 1.0) - 0.65;
                double y = zoom * (2.0 * row / side - 1.0);
                uint32_t set = escape_double(0, 0, x, y);
                uint32_t julia = escape_float((float)(x + 0.65), (float)y, -0.8f, 0.156f);
                hash = mix(hash, set << 16 | julia);
            }
    }
    return hash;
}
