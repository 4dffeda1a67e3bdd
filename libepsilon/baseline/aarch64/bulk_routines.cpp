// SPDX-License-Identifier: Apache-2.0
#include "baseline/bulk_routines.h"

// By size: both ends are done with accesses of the same width, which overlap in the middle.
// Everything is read before anything is written, up to 128 bytes; longer copies begin at the end
// that an overlap demands, with the other end read before.
//
// Unwinders go straight to machine code's caller, whose link is in x17.

asm(R"(
    .pushsection .text
    .p2align 6
    .globl epsilon_baseline_copy_bytes
    .hidden epsilon_baseline_copy_bytes
    .type epsilon_baseline_copy_bytes, %function
epsilon_baseline_copy_bytes:
    .cfi_startproc
    .cfi_register 30, 17
    hint #34
    cmp x3, #16
    b.hi 4f
    cmp x3, #8
    b.hs 3f
    cmp x3, #4
    b.hs 2f
    cmp x3, #1
    b.ls 1f
    ldr h24, [x16]
    add x16, x16, x3
    ldur b25, [x16, #-1]
    str h24, [x0]
    add x0, x0, x3
    stur b25, [x0, #-1]
    ret
1:  cbz x3, 1f
    ldr b24, [x16]
    str b24, [x0]
1:  ret
2:  ldr s24, [x16]
    add x16, x16, x3
    ldur s25, [x16, #-4]
    str s24, [x0]
    add x0, x0, x3
    stur s25, [x0, #-4]
    ret
3:  ldr d24, [x16]
    add x16, x16, x3
    ldur d25, [x16, #-8]
    str d24, [x0]
    add x0, x0, x3
    stur d25, [x0, #-8]
    ret
4:  cmp x3, #32
    b.hi 5f
    ldr q24, [x16]
    add x16, x16, x3
    ldur q25, [x16, #-16]
    str q24, [x0]
    add x0, x0, x3
    stur q25, [x0, #-16]
    ret
5:  cmp x3, #64
    b.hi 6f
    ldp q24, q25, [x16]
    add x16, x16, x3
    ldp q26, q27, [x16, #-32]
    stp q24, q25, [x0]
    add x0, x0, x3
    stp q26, q27, [x0, #-32]
    ret
6:  cmp x3, #128
    b.hi 7f
    ldp q24, q25, [x16]
    ldp q26, q27, [x16, #32]
    add x16, x16, x3
    ldp q28, q29, [x16, #-64]
    ldp q30, q31, [x16, #-32]
    stp q24, q25, [x0]
    stp q26, q27, [x0, #32]
    add x0, x0, x3
    stp q28, q29, [x0, #-64]
    stp q30, q31, [x0, #-32]
    ret
    // Upwards, unless the destination begins within the source: x16 is the distance then.
7:  sub x16, x0, x16
    cmp x16, x3
    sub x16, x0, x16
    b.lo 9f
    add x16, x16, x3
    ldp q24, q25, [x16, #-64]
    ldp q26, q27, [x16, #-32]
    sub x16, x16, x3
    add x3, x0, x3
    sub x3, x3, #64
8:  ldp q28, q29, [x16]
    ldp q30, q31, [x16, #32]
    add x16, x16, #64
    stp q28, q29, [x0]
    stp q30, q31, [x0, #32]
    add x0, x0, #64
    cmp x0, x3
    b.lo 8b
    stp q24, q25, [x3]
    stp q26, q27, [x3, #32]
    ret
9:  ldp q24, q25, [x16]
    ldp q26, q27, [x16, #32]
    add x16, x16, x3
    add x3, x0, x3
    add x0, x0, #64
8:  ldp q28, q29, [x16, #-64]
    ldp q30, q31, [x16, #-32]
    sub x16, x16, #64
    stp q28, q29, [x3, #-64]
    stp q30, q31, [x3, #-32]
    sub x3, x3, #64
    cmp x3, x0
    b.hi 8b
    stp q24, q25, [x0, #-64]
    stp q26, q27, [x0, #-32]
    ret
    .cfi_endproc
    .size epsilon_baseline_copy_bytes, . - epsilon_baseline_copy_bytes

    .p2align 6
    .globl epsilon_baseline_fill_bytes
    .hidden epsilon_baseline_fill_bytes
    .type epsilon_baseline_fill_bytes, %function
epsilon_baseline_fill_bytes:
    .cfi_startproc
    .cfi_register 30, 17
    hint #34
    dup v24.16b, w16
    add x16, x0, x3
    cmp x3, #8
    b.hs 3f
    cmp x3, #4
    b.hs 2f
    cbz x3, 1f
    str b24, [x0]
    stur b24, [x16, #-1]
    lsr x3, x3, #1
    str b24, [x0, x3]
1:  ret
2:  str s24, [x0]
    stur s24, [x16, #-4]
    ret
3:  cmp x3, #16
    b.hi 4f
    str d24, [x0]
    stur d24, [x16, #-8]
    ret
4:  str q24, [x0]
    stur q24, [x16, #-16]
    cmp x3, #32
    b.ls 5f
    cmp x3, #64
    b.hi 6f
    str q24, [x0, #16]
    stur q24, [x16, #-32]
5:  ret
6:  stp q24, q24, [x0]
    stp q24, q24, [x0, #32]
    stp q24, q24, [x16, #-64]
    stp q24, q24, [x16, #-32]
    cmp x3, #128
    b.ls 8f
    sub x16, x16, #64
    add x0, x0, #64
    and x0, x0, #-64
7:  stp q24, q24, [x0]
    stp q24, q24, [x0, #32]
    add x0, x0, #64
    cmp x0, x16
    b.lo 7b
8:  ret
    .cfi_endproc
    .size epsilon_baseline_fill_bytes, . - epsilon_baseline_fill_bytes
    .popsection
)");
