// SPDX-License-Identifier: Apache-2.0
// Primes up to 100,000 by a sieve of bytes and by one of bits, and a table of smallest factors.
#include "kernel.h"

enum { limit = 100000 };

static uint8_t composite[limit + 1];
static uint32_t bits[limit / 32 + 1];
static uint32_t smallest[limit / 4 + 1];

static NOINLINE uint32_t by_bytes(void) {
    for (uint32_t i = 0; i <= limit; i++)
        composite[i] = 0;
    uint32_t count = 0;
    for (uint32_t i = 2; i <= limit; i++) {
        if (composite[i]) continue;
        count++;
        if (i > limit / i) continue;
        for (uint32_t j = i * i; j <= limit; j += i)
            composite[j] = 1;
    }
    return count;
}

static NOINLINE uint64_t by_bits(uint32_t top) {
    for (uint32_t i = 0; i <= top / 32; i++)
        bits[i] = 0xaaaaaaaa;
    for (uint32_t i = 3; i * i <= top; i += 2)
        if (bits[i / 32] >> (i % 32) & 1)
            for (uint32_t j = i * i; j <= top; j += 2 * i)
                bits[j / 32] &= ~(1u << (j % 32));
    uint64_t hash = 0;
    for (uint32_t i = 0; i <= top / 32; i++)
        hash = mix(hash, bits[i]);
    return hash;
}

// The linear sieve, which gives every number's smallest factor; sums those of a stretch.
static NOINLINE uint64_t factors(void) {
    enum { top = limit / 4 };
    static uint32_t primes[top / 4];
    uint32_t count = 0;
    for (uint32_t i = 0; i <= top; i++)
        smallest[i] = 0;
    for (uint32_t i = 2; i <= top; i++) {
        if (smallest[i] == 0) {
            smallest[i] = i;
            primes[count++] = i;
        }
        for (uint32_t k = 0; k < count && primes[k] <= smallest[i] && primes[k] * i <= top; k++)
            smallest[primes[k] * i] = primes[k];
    }
    uint64_t sum = 0;
    for (uint32_t i = 2; i <= top; i++)
        for (uint32_t rest = i; rest > 1; rest /= smallest[rest])
            sum += smallest[rest];
    return sum;
}

EXPORT(run) uint64_t run(uint32_t n) {
    uint64_t hash = FNV_START;
    for (uint32_t round = 0; round < n; round++) {
        hash = mix(hash, by_bytes());
        hash = mix(hash, by_bits(limit - round % 1000));
        hash = mix(hash, factors());
    }
    return hash;
}
