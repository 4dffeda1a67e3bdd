// SPDX-License-Identifier: Apache-2.0
// Recursive Fibonacci: the price of a call, a compare and an addition.
#include "kernel.h"

static NOINLINE uint32_t fib(uint32_t n) {
    return n < 2 ? n : fib(n - 1) + fib(n - 2);
}

EXPORT(run) uint64_t run(uint32_t n) {
    return fib(n);
}
