// SPDX-License-Identifier: Apache-2.0
// The game of life on a torus: one cell a byte, and one cell a bit with whole words at a time.
#include "kernel.h"

enum { side = 128, words = side / 64 };

static uint8_t cells[2][side][side];
static uint64_t packed[2][side][words];

static NOINLINE void step_bytes(uint8_t from[side][side], uint8_t to[side][side]) {
    for (int row = 0; row < side; row++) {
        const uint8_t* above = from[(row + side - 1) % side];
        const uint8_t* here = from[row];
        const uint8_t* below = from[(row + 1) % side];
        for (int column = 0; column < side; column++) {
            int left = (column + side - 1) % side, right = (column + 1) % side;
            int neighbours = above[left] + above[column] + above[right] + here[left] + here[right] +
                             below[left] + below[column] + below[right];
            to[row][column] = neighbours == 3 || (neighbours == 2 && here[column]);
        }
    }
}

// Adds one bit to a sum of two bits and a sticky third, in each of the 64 columns.
static inline void add_bit(uint64_t sum[3], uint64_t bit) {
    uint64_t carry = sum[0] & bit;
    sum[0] ^= bit;
    uint64_t carry2 = sum[1] & carry;
    sum[1] ^= carry;
    sum[2] |= carry2;
}

static NOINLINE void step_bits(uint64_t from[side][words], uint64_t to[side][words]) {
    for (int row = 0; row < side; row++)
        for (int word = 0; word < words; word++) {
            uint64_t sum[3] = {0, 0, 0};
            for (int near = -1; near <= 1; near++) {
                const uint64_t* line = from[(row + near + side) % side];
                uint64_t middle = line[word];
                uint64_t before = line[(word + words - 1) % words],
                         after = line[(word + 1) % words];
                add_bit(sum, middle << 1 | before >> 63);
                add_bit(sum, middle >> 1 | after << 63);
                if (near != 0) add_bit(sum, middle);
            }
            to[row][word] = ~sum[2] & sum[1] & (sum[0] | from[row][word]);
        }
}

EXPORT(run) uint64_t run(uint32_t n) {
    uint64_t state = 88172645463325252u, hash = FNV_START;
    for (int row = 0; row < side; row++)
        for (int word = 0; word < words; word++) {
            uint64_t r = next_random(&state) & next_random(&state);
            packed[0][row][word] = r;
            for (int bit = 0; bit < 64; bit++)
                cells[0][row][word * 64 + bit] = r >> bit & 1;
        }
    for (uint32_t round = 0; round < n; round++) {
        int now = (int)(round & 1);
        step_bytes(cells[now], cells[1 - now]);
        step_bits(packed[now], packed[1 - now]);
        int row = (int)(round % side);
        for (int column = 0; column < side; column++)
            hash = mix(hash, cells[1 - now][row][column]);
        hash = mix(mix(hash, packed[1 - now][row][0]), packed[1 - now][row][1]);
    }
    return hash;
}
