// SPDX-License-Identifier: Apache-2.0
// Hashing by 64-bit multiplications and rotations, as fast non-cryptographic hashes do: four lanes
// over 32-byte stripes, a tail, a final mix; over a large buffer and over many short keys. Then
// SipHash-2-4 of the short keys.
#include "kernel.h"

enum { size = 65536 };

static uint8_t data[size];

static inline uint64_t turn(uint64_t x, int by) {
    return x << by | x >> (64 - by);
}

static inline uint64_t load64(const uint8_t* p) {
    uint64_t x;
    __builtin_memcpy(&x, p, sizeof x);
    return x;
}

#define K1 0x9e3779b185ebca87u
#define K2 0xc2b2ae3d27d4eb4fu
#define K3 0x165667b19e3779f9u

static inline uint64_t lane_step(uint64_t lane, uint64_t word) {
    return turn(lane + word * K2, 31) * K1;
}

static NOINLINE uint64_t stripes(const uint8_t* p, uint32_t count, uint64_t seed) {
    uint64_t hash = seed + K3;
    const uint32_t length = count;
    if (count >= 32) {
        uint64_t a = seed + K1 + K2, b = seed + K2, c = seed, d = seed - K1;
        for (; count >= 32; count -= 32, p += 32) {
            a = lane_step(a, load64(p));
            b = lane_step(b, load64(p + 8));
            c = lane_step(c, load64(p + 16));
            d = lane_step(d, load64(p + 24));
        }
        hash = turn(a, 1) + turn(b, 7) + turn(c, 12) + turn(d, 18);
    }
    hash += length;
    for (; count >= 8; count -= 8, p += 8)
        hash = turn(hash ^ lane_step(0, load64(p)), 27) * K1 + K2;
    for (; count > 0; count--)
        hash = turn(hash ^ *p++ * K3, 11) * K1;
    hash = (hash ^ hash >> 33) * K2;
    hash = (hash ^ hash >> 29) * K3;
    return hash ^ hash >> 32;
}

static inline void sip_round(uint64_t v[4]) {
    v[0] += v[1], v[1] = turn(v[1], 13) ^ v[0], v[0] = turn(v[0], 32);
    v[2] += v[3], v[3] = turn(v[3], 16) ^ v[2];
    v[0] += v[3], v[3] = turn(v[3], 21) ^ v[0];
    v[2] += v[1], v[1] = turn(v[1], 17) ^ v[2], v[2] = turn(v[2], 32);
}

static NOINLINE uint64_t sip(const uint8_t* p, uint32_t count, uint64_t k0, uint64_t k1) {
    uint64_t v[4] = {k0 ^ 0x736f6d6570736575u, k1 ^ 0x646f72616e646f6du, k0 ^ 0x6c7967656e657261u,
                     k1 ^ 0x7465646279746573u};
    uint64_t last = (uint64_t)count << 56;
    for (; count >= 8; count -= 8, p += 8) {
        uint64_t word = load64(p);
        v[3] ^= word;
        sip_round(v);
        sip_round(v);
        v[0] ^= word;
    }
    for (uint32_t i = 0; i < count; i++)
        last |= (uint64_t)p[i] << (8 * i);
    v[3] ^= last;
    sip_round(v);
    sip_round(v);
    v[0] ^= last;
    v[2] ^= 0xff;
    for (int i = 0; i < 4; i++)
        sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

EXPORT(run) uint64_t run(uint32_t n) {
    for (uint32_t i = 0; i < size; i++)
        data[i] = (uint8_t)(i * 7 + (i >> 8));
    uint64_t hash = FNV_START;
    for (uint32_t round = 0; round < n; round++) {
        hash = mix(hash, stripes(data, size - 5, hash));
        for (uint32_t i = 0; i < 512; i++) {
            hash += stripes(data + i * 64, i & 63, round);
            hash ^= sip(data + i * 64, i & 31, hash, round);
        }
        data[round % size] ^= (uint8_t)hash;
    }
    return hash;
}
