// SPDX-License-Identifier: Apache-2.0
// Recursion with work in it: the n queens problem by masks and by arrays, permutations, and
// Takeuchi's function. Each solution goes into the checksum.
#include "kernel.h"

enum { board = 9 };

static int rows[board];
static uint64_t hash;

static NOINLINE uint32_t count_by_masks(uint32_t columns, uint32_t left, uint32_t right) {
    const uint32_t all = (1u << board) - 1;
    if (columns == all) return 1;
    uint32_t count = 0;
    for (uint32_t open = all & ~(columns | left | right); open != 0; open &= open - 1) {
        uint32_t bit = open & (0 - open);
        count += count_by_masks(columns | bit, (left | bit) << 1, (right | bit) >> 1);
    }
    return count;
}

static int attacked(int column, int row) {
    for (int other = 0; other < column; other++) {
        int apart = rows[other] - row;
        if (apart == 0 || apart == column - other || apart == other - column) return 1;
    }
    return 0;
}

static NOINLINE void place(int column) {
    if (column == board) {
        for (int i = 0; i < board; i++)
            hash = mix(hash, (uint64_t)rows[i]);
        return;
    }
    for (int row = 0; row < board; row++) {
        if (attacked(column, row)) continue;
        rows[column] = row;
        place(column + 1);
    }
}

static NOINLINE void permute(uint8_t* items, int count) {
    if (count == 1) {
        hash = mix(hash, items[0] | (uint64_t)items[3] << 8 | (uint64_t)items[6] << 16);
        return;
    }
    for (int i = 0; i < count; i++) {
        permute(items, count - 1);
        int other = count % 2 == 0 ? i : 0;
        uint8_t t = items[other];
        items[other] = items[count - 1];
        items[count - 1] = t;
    }
}

static NOINLINE int takeuchi(int x, int y, int z) {
    if (y >= x) return z;
    return takeuchi(takeuchi(x - 1, y, z), takeuchi(y - 1, z, x), takeuchi(z - 1, x, y));
}

EXPORT(run) uint64_t run(uint32_t n) {
    hash = FNV_START;
    for (uint32_t round = 0; round < n; round++) {
        uint8_t items[8] = {1, 2, 3, 4, 5, 6, 7, 8};
        hash = mix(hash, count_by_masks(0, 0, 0));
        place(0);
        permute(items, 7);
        hash = mix(hash, (uint64_t)takeuchi(10 + (int)(round % 3), 6, 2));
    }
    return hash;
}
