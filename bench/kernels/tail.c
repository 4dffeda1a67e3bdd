// SPDX-License-Identifier: Apache-2.0
// What tail.wat does, with loops in place of tail calls: the native program to compare with.
#include "kernel.h"

enum { program_size = 4096 };

static uint8_t program[program_size];

static uint64_t operate(uint8_t op, uint32_t pc, uint64_t acc) {
    switch (op) {
        case 0:
            return acc + pc;
        case 1:
            return acc << 13 | acc >> 51;
        case 2:
            return acc * 0x9e3779b97f4a7c15u;
        case 3:
            return acc ^ 0x5555aaaa3333ccccu;
        case 4:
            return 0 - acc;
        case 5:
            return acc ^ acc >> 29;
        case 6:
            return acc + (uint64_t)__builtin_popcountll(acc);
        default:
            return acc | 0x0101010101010101u;
    }
}

// Operations 0 to 3 end through the dispatcher, which counts too, and so does the first step; that
// is one more look at `left`, and no other effect.
static NOINLINE uint64_t interpret(uint32_t pc, uint64_t acc, uint32_t left) {
    while (left > 0) {
        uint8_t op = program[pc];
        pc = (pc + 1) & (program_size - 1);
        left--;
        acc = operate(op, pc, acc);
    }
    return acc;
}

static NOINLINE uint64_t gcd(uint64_t a, uint64_t b) {
    while (b != 0) {
        uint64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

static NOINLINE uint64_t collatz(uint64_t x) {
    uint64_t steps = 1;
    x >>= 1;
    for (;;) {
        while ((x & 1) == 0) {
            x >>= 1;
            steps++;
        }
        if (x <= 1) return steps;
        x = (x * 3 + 1) >> 1;
        steps += 2;
    }
}

EXPORT(run) uint64_t run(uint32_t n) {
    uint64_t state = 88172645463325252u, hash = FNV_START;
    for (int i = 0; i < program_size; i++)
        program[i] = (uint8_t)(next_random(&state) >> 61);
    for (uint32_t round = 0; round < n; round++) {
        hash = mix(hash, interpret(round & (program_size - 1), hash, 5000));
        hash = mix(hash, gcd(hash, hash >> 7 | 1));
        hash = mix(hash, collatz(round + 54));
    }
    return hash;
}
