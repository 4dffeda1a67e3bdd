// SPDX-License-Identifier: Apache-2.0
// Vectors of small integers: blending two pictures of bytes by a mask, a sum of absolute
// differences, and a count of the bytes in a range.
#include "kernel.h"

typedef uint8_t u8x16 __attribute__((vector_size(16)));
typedef uint16_t u16x8 __attribute__((vector_size(16)));
typedef uint32_t u32x4 __attribute__((vector_size(16)));

enum { blocks = 2048 };

static u8x16 first[blocks], second[blocks], mask[blocks];

static u16x8 low_half(u8x16 x) {
    return (u16x8)__builtin_shufflevector(x, (u8x16){0}, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21,
                                          6, 22, 7, 23);
}

static u16x8 high_half(u8x16 x) {
    return (u16x8)__builtin_shufflevector(x, (u8x16){0}, 8, 16, 9, 17, 10, 18, 11, 19, 12, 20, 13,
                                          21, 14, 22, 15, 23);
}

static u8x16 even_bytes(u16x8 low, u16x8 high) {
    return __builtin_shufflevector((u8x16)low, (u8x16)high, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20,
                                   22, 24, 26, 28, 30);
}

static u16x8 mix_half(u16x8 x, u16x8 y, u16x8 weight) {
    return (x * weight + y * (255 - weight) + 128) >> 8;
}

static NOINLINE void blend(void) {
    for (int i = 0; i < blocks; i++) {
        const u8x16 x = first[i], y = second[i], w = mask[i];
        first[i] = even_bytes(mix_half(low_half(x), low_half(y), low_half(w)),
                              mix_half(high_half(x), high_half(y), high_half(w)));
    }
}

static NOINLINE u32x4 difference(void) {
    u32x4 sum = {0};
    for (int i = 0; i < blocks; i++) {
        const u8x16 x = first[i], y = second[i];
        const u8x16 above = (u8x16)(x > y), below = ~above;
        const u8x16 apart = ((x - y) & above) | ((y - x) & below);
        const u16x8 distance = low_half(apart) + high_half(apart);
        sum += ((u32x4)distance & 0xffff) + ((u32x4)distance >> 16);
    }
    return sum;
}

static NOINLINE u8x16 count(uint8_t from, uint8_t to) {
    u8x16 found = {0};
    for (int i = 0; i < blocks; i++)
        found += (u8x16)(first[i] >= from) & (u8x16)(first[i] <= to) & 1;
    return found;
}

EXPORT(run) uint64_t run(uint32_t n) {
    uint64_t seed = 88172645463325252u, hash = FNV_START;
    for (int i = 0; i < blocks; i++)
        for (int half = 0; half < 2; half++) {
            uint64_t* const words[] = {(uint64_t*)&first[i], (uint64_t*)&second[i],
                                       (uint64_t*)&mask[i]};
            for (int array = 0; array < 3; array++)
                words[array][half] = next_random(&seed);
        }
    for (uint32_t round = 0; round < n; round++) {
        blend();
        const u32x4 sum = difference();
        const u8x16 found = count((uint8_t)(round & 63), (uint8_t)(200 - (round & 31)));
        for (int lane = 0; lane < 4; lane++)
            hash = mix(hash, sum[lane]);
        for (int lane = 0; lane < 16; lane++)
            hash = mix(hash, found[lane]);
    }
    return hash;
}
