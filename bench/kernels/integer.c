// SPDX-License-Identifier: Apache-2.0
// Number theory in registers: greatest common divisors, modular powers with 64-bit remainders,
// integer square roots and counting of bits.
#include "kernel.h"

static NOINLINE uint32_t gcd(uint32_t a, uint32_t b) {
    while (b != 0) {
        uint32_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

// Stein's algorithm: shifts and subtractions instead of divisions.
static NOINLINE uint64_t binary_gcd(uint64_t a, uint64_t b) {
    if (a == 0 || b == 0) return a | b;
    int shift = __builtin_ctzll(a | b);
    a >>= __builtin_ctzll(a);
    while (b != 0) {
        b >>= __builtin_ctzll(b);
        if (a > b) {
            uint64_t t = a;
            a = b;
            b = t;
        }
        b -= a;
    }
    return a << shift;
}

static NOINLINE uint32_t power_mod(uint32_t base, uint32_t exponent, uint32_t modulus) {
    uint64_t result = 1, square = base % modulus;
    for (; exponent != 0; exponent >>= 1) {
        if (exponent & 1) result = result * square % modulus;
        square = square * square % modulus;
    }
    return (uint32_t)result;
}

static NOINLINE uint32_t square_root(uint64_t x) {
    uint64_t root = 0, bit = (uint64_t)1 << 62;
    while (bit > x)
        bit >>= 2;
    while (bit != 0) {
        if (x >= root + bit) {
            x -= root + bit;
            root = (root >> 1) + bit;
        } else {
            root >>= 1;
        }
        bit >>= 2;
    }
    return (uint32_t)root;
}

static NOINLINE uint64_t bits_of_word(uint64_t x) {
    uint64_t counts = (uint64_t)__builtin_popcountll(x) | (uint64_t)__builtin_clzll(x | 1) << 8;
    uint64_t turned = (x << 17 | x >> 47) + (x >> 32 | x << 32);
    int64_t quotient = (int64_t)x / (int64_t)((turned & 0xffff) + 1);
    return counts ^ turned ^ (uint64_t)quotient;
}

EXPORT(run) uint64_t run(uint32_t n) {
    uint64_t state = 88172645463325252u, hash = FNV_START;
    for (uint32_t i = 0; i < n; i++) {
        uint64_t x = next_random(&state), y = next_random(&state);
        hash = mix(hash, gcd((uint32_t)x, (uint32_t)y));
        hash = mix(hash, binary_gcd(x >> 20, y >> 20));
        hash = mix(hash, power_mod((uint32_t)x, (uint32_t)y & 0xffff, (uint32_t)(y >> 32) | 1));
        hash = mix(hash, square_root(x));
        hash = mix(hash, bits_of_word(y));
    }
    return hash;
}
