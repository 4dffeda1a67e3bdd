// SPDX-License-Identifier: Apache-2.0
// Vectors of 32-bit words: the ChaCha20 block function on four blocks at once, a sum of products of
// 16-bit items, and a search for bytes in vectors of 16.
#include "kernel.h"

typedef uint32_t u32x4 __attribute__((vector_size(16)));
typedef int16_t i16x8 __attribute__((vector_size(16)));
typedef int32_t i32x4 __attribute__((vector_size(16)));
typedef uint8_t u8x16 __attribute__((vector_size(16)));

enum { blocks = 256 };

static u32x4 stream[blocks][16];

static inline u32x4 turn(u32x4 x, uint32_t by) {
    return x << by | x >> (32 - by);
}

static inline void quarter(u32x4* a, u32x4* b, u32x4* c, u32x4* d) {
    *a += *b, *d = turn(*d ^ *a, 16);
    *c += *d, *b = turn(*b ^ *c, 12);
    *a += *b, *d = turn(*d ^ *a, 8);
    *c += *d, *b = turn(*b ^ *c, 7);
}

// One lane of each vector belongs to one of four blocks, which differ in their counters.
static NOINLINE void four_blocks(u32x4 out[16], uint32_t counter, const uint32_t key[8]) {
    static const uint32_t constants[4] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};
    u32x4 start[16], x[16];
    for (int i = 0; i < 16; i++) {
        uint32_t word = i < 4 ? constants[i] : i < 12 ? key[i - 4] : (uint32_t)i;
        start[i] = (u32x4){word, word, word, word};
    }
    start[12] = (u32x4){counter, counter + 1, counter + 2, counter + 3};
    for (int i = 0; i < 16; i++)
        x[i] = start[i];
    for (int round = 0; round < 10; round++) {
        for (int i = 0; i < 4; i++)
            quarter(&x[i], &x[i + 4], &x[i + 8], &x[i + 12]);
        for (int i = 0; i < 4; i++)
            quarter(&x[i], &x[4 + (i + 1) % 4], &x[8 + (i + 2) % 4], &x[12 + (i + 3) % 4]);
    }
    for (int i = 0; i < 16; i++)
        out[i] = x[i] + start[i];
}

static NOINLINE uint32_t dot(const u32x4* p, const u32x4* q, int count) {
    i32x4 sum = {0};
    for (int i = 0; i < count; i++) {
        i16x8 a = (i16x8)p[i], b = (i16x8)q[i];
        i32x4 low_a = (i32x4)a << 16 >> 16, high_a = (i32x4)a >> 16;
        i32x4 low_b = (i32x4)b << 16 >> 16, high_b = (i32x4)b >> 16;
        sum += (low_a >> 4) * (low_b >> 4) + (high_a >> 4) * (high_b >> 4);
    }
    return (uint32_t)sum[0] ^ (uint32_t)sum[1] ^ (uint32_t)sum[2] ^ (uint32_t)sum[3];
}

static NOINLINE uint32_t count_byte(const u32x4* p, int count, uint8_t byte) {
    u8x16 wanted = (u8x16){0} + byte, found = {0};
    uint32_t sum = 0;
    for (int i = 0; i < count; i++) {
        found -= (u8x16)((u8x16)p[i] == wanted);
        if (i % 128 != 127) continue;
        for (int lane = 0; lane < 16; lane++)
            sum += found[lane];
        found = (u8x16){0};
    }
    return sum;
}

EXPORT(run) uint64_t run(uint32_t n) {
    uint32_t key[8];
    uint64_t state = 88172645463325252u, hash = FNV_START;
    for (int i = 0; i < 8; i++)
        key[i] = (uint32_t)next_random(&state);
    for (uint32_t round = 0; round < n; round++) {
        for (uint32_t block = 0; block < blocks; block++)
            four_blocks(stream[block], round * blocks * 4 + block * 4, key);
        hash = mix(hash, dot(stream[0], stream[blocks / 2], blocks * 8));
        hash = mix(hash, count_byte(stream[0], blocks * 16, (uint8_t)round));
        key[round % 8] ^= stream[round % blocks][5][round % 4];
    }
    return hash;
}
