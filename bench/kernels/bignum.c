// SPDX-License-Identifier: Apache-2.0
// Big numbers in 32-bit limbs: products (schoolbook and Karatsuba), Montgomery powers, and decimal
// digits of factorials by division.
#include "kernel.h"

enum { limbs = 32, half = limbs / 2 };

// to[0 .. 2 * count) = a * b
static NOINLINE void multiply(uint32_t* to, const uint32_t* a, const uint32_t* b, int count) {
    for (int i = 0; i < 2 * count; i++)
        to[i] = 0;
    for (int i = 0; i < count; i++) {
        uint64_t carry = 0;
        for (int j = 0; j < count; j++) {
            carry += (uint64_t)a[i] * b[j] + to[i + j];
            to[i + j] = (uint32_t)carry;
            carry >>= 32;
        }
        to[i + count] = (uint32_t)carry;
    }
}

static uint32_t add_to(uint32_t* to, const uint32_t* a, int count) {
    uint64_t carry = 0;
    for (int i = 0; i < count; i++) {
        carry += (uint64_t)to[i] + a[i];
        to[i] = (uint32_t)carry;
        carry >>= 32;
    }
    return (uint32_t)carry;
}

static uint32_t take_from(uint32_t* from, const uint32_t* a, int count) {
    uint64_t borrow = 0;
    for (int i = 0; i < count; i++) {
        uint64_t rest = (uint64_t)from[i] - a[i] - borrow;
        from[i] = (uint32_t)rest;
        borrow = rest >> 63;
    }
    return (uint32_t)borrow;
}

// As multiply, of `limbs` limbs, by three products of half the size: (ah + al)(bh + bl) - ...
static NOINLINE void karatsuba(uint32_t* to, const uint32_t* a, const uint32_t* b) {
    uint32_t sum_a[half + 1], sum_b[half + 1], middle[2 * half + 2];
    for (int i = 0; i < half; i++) {
        sum_a[i] = a[i];
        sum_b[i] = b[i];
    }
    sum_a[half] = add_to(sum_a, a + half, half);
    sum_b[half] = add_to(sum_b, b + half, half);
    multiply(middle, sum_a, sum_b, half + 1);
    multiply(to, a, b, half);
    multiply(to + limbs, a + half, b + half, half);
    for (int part = 0; part <= limbs; part += limbs)
        if (take_from(middle, to + part, limbs))
            for (int i = limbs; middle[i]-- == 0; i++)
                continue;
    uint32_t carry = add_to(to + half, middle, 2 * half + 2);
    for (int i = half + 2 * half + 2; carry && i < 2 * limbs; i++)
        carry = ++to[i] == 0;
}

static uint32_t modulus[half], negative_inverse;

// to = a * b / 2^(32 * half) mod modulus
static NOINLINE void montgomery(uint32_t* to, const uint32_t* a, const uint32_t* b) {
    uint32_t t[half + 2] = {0};
    for (int i = 0; i < half; i++) {
        uint64_t carry = 0;
        for (int j = 0; j < half; j++) {
            carry += (uint64_t)a[j] * b[i] + t[j];
            t[j] = (uint32_t)carry;
            carry >>= 32;
        }
        carry += t[half];
        t[half] = (uint32_t)carry;
        t[half + 1] = (uint32_t)(carry >> 32);
        uint32_t m = t[0] * negative_inverse;
        carry = ((uint64_t)m * modulus[0] + t[0]) >> 32;
        for (int j = 1; j < half; j++) {
            carry += (uint64_t)m * modulus[j] + t[j];
            t[j - 1] = (uint32_t)carry;
            carry >>= 32;
        }
        carry += t[half];
        t[half - 1] = (uint32_t)carry;
        t[half] = t[half + 1] + (uint32_t)(carry >> 32);
    }
    for (int i = 0; i < half; i++)
        to[i] = t[i];
    if (t[half] != 0) take_from(to, modulus, half);
}

static NOINLINE uint64_t factorial_digits(uint32_t number) {
    uint32_t value[64] = {1}, used = 1;
    for (uint32_t k = 2; k <= number; k++) {
        uint64_t carry = 0;
        for (uint32_t i = 0; i < used; i++) {
            carry += (uint64_t)value[i] * k;
            value[i] = (uint32_t)carry;
            carry >>= 32;
        }
        if (carry != 0) value[used++] = (uint32_t)carry;
    }
    uint64_t hash = 0;
    while (used > 0) {
        uint64_t rest = 0;
        for (uint32_t i = used; i-- > 0;) {
            rest = rest << 32 | value[i];
            value[i] = (uint32_t)(rest / 1000000000);
            rest %= 1000000000;
        }
        hash = mix(hash, rest);
        if (value[used - 1] == 0) used--;
    }
    return hash;
}

EXPORT(run) uint64_t run(uint32_t n) {
    uint64_t state = 88172645463325252u, hash = FNV_START;
    uint32_t a[limbs], b[limbs], product[2 * limbs], other[2 * limbs], power[half];
    for (uint32_t round = 0; round < n; round++) {
        for (int i = 0; i < limbs; i++) {
            uint64_t r = next_random(&state);
            a[i] = (uint32_t)r;
            b[i] = (uint32_t)(r >> 32);
            modulus[i % half] = a[i] ^ b[i];
        }
        modulus[0] |= 1;
        modulus[half - 1] |= 0x80000000;
        negative_inverse = 1;
        for (int i = 0; i < 5; i++)
            negative_inverse *= 2 + modulus[0] * negative_inverse;
        multiply(product, a, b, limbs);
        karatsuba(other, a, b);
        uint32_t wrong = 0;
        for (int i = 0; i < 2 * limbs; i++)
            wrong += product[i] != other[i];
        for (int i = 0; i < half; i++)
            power[i] = a[i];
        for (int i = 0; i < 16; i++) {
            montgomery(power, power, power);
            if (b[0] >> i & 1) montgomery(power, power, a + half);
        }
        hash = mix(mix(hash, wrong), product[limbs]);
        for (int i = 0; i < half; i++)
            hash = mix(hash, power[i]);
        hash = mix(hash, factorial_digits(80 + round % 40));
    }
    return hash;
}
