// SPDX-License-Identifier: Apache-2.0
// Memory by strides: transposing, sums along rows, columns and diagonals, gathering and scattering
// through an index, of items of 1, 2, 4 and 8 bytes.
#include "kernel.h"

enum { side = 256 };

static uint32_t square[side][side], turned[side][side];
static uint8_t bytes[side * side];
static int16_t halves[side * side];
static uint64_t words[side * side / 8];

static NOINLINE void transpose(void) {
    for (int block = 0; block < side; block += 16)
        for (int row = 0; row < side; row++)
            for (int column = block; column < block + 16; column++)
                turned[column][row] = square[row][column];
}

static NOINLINE uint32_t sum_columns(void) {
    uint32_t sum = 0;
    for (int column = 0; column < side; column += 3) {
        uint32_t one = 0;
        for (int row = 0; row < side; row++)
            one += turned[row][column];
        sum ^= one;
    }
    return sum;
}

static NOINLINE uint32_t sum_diagonals(void) {
    uint32_t sum = 0;
    for (int shift = 0; shift < side; shift += 5)
        for (int row = 0; row < side; row++)
            sum = sum * 31 + square[row][(row + shift) & (side - 1)];
    return sum;
}

static NOINLINE void scatter(uint32_t stride) {
    uint32_t at = 0;
    for (int i = 0; i < side * side; i++) {
        bytes[at] = (uint8_t)(bytes[at] + i);
        halves[at] = (int16_t)(halves[at] - (int8_t)bytes[i]);
        at = (at + stride) & (side * side - 1);
    }
}

static NOINLINE uint64_t gather(void) {
    uint64_t sum = 0;
    for (int i = 0; i < side * side; i++) {
        uint16_t index = (uint16_t)halves[i];
        words[index & (side * side / 8 - 1)] += bytes[index] + (uint64_t)i;
        sum += words[(index ^ 0x155) & (side * side / 8 - 1)];
    }
    return sum;
}

EXPORT(run) uint64_t run(uint32_t n) {
    uint64_t state = 88172645463325252u, hash = FNV_START;
    for (int i = 0; i < side * side; i++) {
        uint64_t r = next_random(&state);
        square[i / side][i % side] = (uint32_t)r;
        bytes[i] = (uint8_t)(r >> 32);
        halves[i] = (int16_t)(r >> 40);
        words[i / 8] = r;
    }
    for (uint32_t round = 0; round < n; round++) {
        transpose();
        hash = mix(hash, sum_columns());
        hash = mix(hash, sum_diagonals());
        scatter(2 * round * 37 + 1);
        hash = mix(hash, gather());
        square[round & (side - 1)][hash & (side - 1)] ^= (uint32_t)hash;
    }
    return hash;
}
