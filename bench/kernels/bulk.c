// SPDX-License-Identifier: Apache-2.0
// What bulk.wat does: the native program to compare with. The sizes are no constants, so that the
// compiler calls the C library's memmove and memset.
#include "kernel.h"

enum { total = 262144, upper = 131072, entries = 64 };

static uint8_t memory[total];
static uint64_t (*functions[entries])(void);

static NOINLINE uint64_t three(void) {
    return 3;
}
static NOINLINE uint64_t five(void) {
    return 5;
}
static NOINLINE uint64_t seven(void) {
    return 7;
}

static void copy(uint32_t to, uint32_t from, uint32_t size) {
    __builtin_memmove(memory + to, memory + from, size);
}

static void fill(uint32_t at, uint32_t value, uint32_t size) {
    __builtin_memset(memory + at, (int)(value & 255), size);
}

static NOINLINE void copy_short(uint32_t seed) {
    static const char text[] = "In the beginning there was a segment of sixty-four bytes, no more";
    for (uint32_t i = 0; i < 1000; i++) {
        copy(upper + (i * 73 & 65535), (i + seed) * 197 & 65535, (i & 63) + 1);
        fill(upper + (i * 51 & 65535), i, i & 31);
        __builtin_memcpy(memory + (i * 91 & 65535), text + (i & 31), i & 15);
    }
}

static NOINLINE void copy_long(uint32_t seed) {
    copy(upper, 0, 65536);
    copy(upper + 3, upper, 40000);
    copy(150000, 150061, 40000);
    fill(200000, seed, 20000);
    copy(0, 140000, 65536);
}

static NOINLINE uint64_t tables(uint32_t seed) {
    for (int i = 0; i < entries; i++)
        functions[i] = three;
    for (uint32_t i = 0; i < 20; i++)
        functions[(seed & 15) + i] = five;
    functions[seed & 63] = seven;
    __builtin_memmove(functions + 20, functions + 11, 40 * sizeof functions[0]);
    __builtin_memmove(functions + 2, functions + 7, 50 * sizeof functions[0]);
    uint64_t hash = 0;
    for (int i = 0; i < entries; i++)
        hash = hash * 31 + functions[i]();
    return hash;
}

static NOINLINE uint64_t sum(void) {
    uint64_t hash = 0;
    for (uint32_t i = 0; i < 196608; i += 1016) {
        uint64_t word;
        __builtin_memcpy(&word, memory + i, sizeof word);
        hash = mix(hash, word);
    }
    return hash;
}

EXPORT(run) uint64_t run(uint32_t n) {
    fill(0, 0, total);
    for (uint32_t i = 0; i < upper; i++)
        memory[i] = (uint8_t)(i * 7 + (i >> 8));
    uint64_t hash = FNV_START;
    for (uint32_t round = 0; round < n; round++) {
        copy_short(round);
        hash = mix(hash, sum());
        copy_long(round);
        hash = mix(hash, sum());
        hash = mix(hash, tables(round));
    }
    return hash;
}
