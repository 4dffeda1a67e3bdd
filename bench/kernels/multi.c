// SPDX-License-Identifier: Apache-2.0
// What multi.wat does, with structures in place of several values: the native program to compare
// with.
#include "kernel.h"

typedef struct {
    uint64_t a, b, c;
} Three;

typedef struct {
    uint64_t a, b;
} Two;

static uint64_t state;
static uint32_t draws;

static uint64_t draw(void) {
    draws++;
    return next_random(&state);
}

static NOINLINE Three order(uint64_t a, uint64_t b, uint64_t c) {
    uint64_t t;
    if (a > b) t = a, a = b, b = t;
    if (b > c) t = b, b = c, c = t;
    return (Three){a > b ? b : a, a > b ? a : b, c};
}

static NOINLINE Two advance(uint64_t a, uint64_t b) {
    return (Two){b, a + b};
}

static NOINLINE uint64_t fibonacci(uint32_t count) {
    Two pair = {0, 1};
    do
        pair = advance(pair.a, pair.b);
    while (--count != 0);
    return pair.a;
}

static NOINLINE uint64_t choose(uint32_t which, uint64_t x) {
    switch (which) {
        case 0:
        case 3:
            x += 17;
            break;
        case 1:
        case 5:
            x *= 5;
            break;
        case 2:
        case 4:
            x ^= 0x7777;
            break;
        default:
            break;
    }
    return x >> 9 | x << 55;
}

static NOINLINE Two divide(uint64_t a, uint64_t b) {
    return (Two){a / b, a % b};
}

static NOINLINE uint64_t digits(uint64_t x) {
    uint64_t sum = 0;
    do {
        Two parts = divide(x, 10);
        sum = sum * 3 + parts.b;
        x = parts.a;
    } while (x != 0);
    return sum;
}

EXPORT(run) uint64_t run(uint32_t n) {
    state = 88172645463325252u;
    draws = 0;
    uint64_t hash = FNV_START;
    for (uint32_t round = 0; round < n; round++) {
        hash = mix(hash, digits(draw()));
        uint64_t first = draw(), second = draw(), third = draw();
        Three sorted = order(first, second, third);
        hash = mix(hash, sorted.a + (sorted.b - sorted.c));
        hash = mix(hash, fibonacci((round & 63) + 1));
        hash = mix(hash, choose(round & 7, hash));
    }
    return mix(hash, draws);
}
