// SPDX-License-Identifier: Apache-2.0
// Shared by all kernels. A kernel exports one function, `uint64_t run(uint32_t n)`: it does an
// amount of work that grows with n and returns a checksum of everything it computed, so that the
// compiler cannot drop any of it. Every call starts from the same state. No imports, no C library.
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __wasm__
#define EXPORT(name) __attribute__((export_name(#name), visibility("default")))
#else
#define EXPORT(name) __attribute__((visibility("default")))
#endif

#define NOINLINE __attribute__((noinline))

EXPORT(run) uint64_t run(uint32_t n);

#define FNV_START 0xcbf29ce484222325u

// FNV-1a over whole 64-bit words instead of bytes: cheap next to the work being measured.
static inline uint64_t mix(uint64_t hash, uint64_t word) {
    return (hash ^ word) * 0x100000001b3u;
}

// The bits of a floating-point number, for the checksum.
static inline uint64_t bits_of(double number) {
    union {
        double number;
        uint64_t bits;
    } u = {.number = number};
    return u.bits;
}

// Marsaglia's xorshift64: the kernels' only source of input data. `*state` must not be 0.
static inline uint64_t next_random(uint64_t* state) {
    uint64_t x = *state;
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    *state = x;
    return x;
}
