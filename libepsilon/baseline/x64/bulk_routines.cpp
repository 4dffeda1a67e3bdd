// SPDX-License-Identifier: Apache-2.0
#include "baseline/bulk_routines.h"

// By size: both ends are done with accesses of the same width, which overlap in the middle.
// Everything is read before anything is written, up to 128 bytes; longer copies begin at the end
// that an overlap demands, with the other end read before. Instructions of SSE do up to 64 bytes,
// on every processor: no upper halves of registers are in use when machine code comes here.

asm(R"(
    .pushsection .text
    .p2align 6
    .globl epsilon_baseline_copy_bytes
    .hidden epsilon_baseline_copy_bytes
    .type epsilon_baseline_copy_bytes, @function
epsilon_baseline_copy_bytes:
    .cfi_startproc
    endbr64
    cmpl $16, %ecx
    ja 4f
    cmpl $8, %ecx
    jae 3f
    cmpl $4, %ecx
    jae 2f
    cmpl $1, %ecx
    jbe 1f
    pinsrw $0, (%rdx), %xmm12
    movzbl -1(%rdx,%rcx), %edx
    pextrw $0, %xmm12, (%rax)
    movb %dl, -1(%rax,%rcx)
    ret
1:  jb 1f
    movzbl (%rdx), %edx
    movb %dl, (%rax)
1:  ret
2:  movd (%rdx), %xmm12
    movd -4(%rdx,%rcx), %xmm13
    movd %xmm12, (%rax)
    movd %xmm13, -4(%rax,%rcx)
    ret
3:  movq (%rdx), %xmm12
    movq -8(%rdx,%rcx), %xmm13
    movq %xmm12, (%rax)
    movq %xmm13, -8(%rax,%rcx)
    ret
4:  cmpl $32, %ecx
    ja 5f
    movups (%rdx), %xmm12
    movups -16(%rdx,%rcx), %xmm13
    movups %xmm12, (%rax)
    movups %xmm13, -16(%rax,%rcx)
    ret
5:  cmpl $64, %ecx
    ja 6f
    movups (%rdx), %xmm12
    movups 16(%rdx), %xmm13
    movups -32(%rdx,%rcx), %xmm14
    movups -16(%rdx,%rcx), %xmm15
    movups %xmm12, (%rax)
    movups %xmm13, 16(%rax)
    movups %xmm14, -32(%rax,%rcx)
    movups %xmm15, -16(%rax,%rcx)
    ret
6:  cmpl $128, %ecx
    ja 7f
    vmovdqu (%rdx), %ymm12
    vmovdqu 32(%rdx), %ymm13
    vmovdqu -64(%rdx,%rcx), %ymm14
    vmovdqu -32(%rdx,%rcx), %ymm15
    vmovdqu %ymm12, (%rax)
    vmovdqu %ymm13, 32(%rax)
    vmovdqu %ymm14, -64(%rax,%rcx)
    vmovdqu %ymm15, -32(%rax,%rcx)
    vzeroupper
    ret
    # Upwards, unless the destination begins within the source: rdx is the distance then.
7:  subq %rax, %rdx
    negq %rdx
    cmpq %rcx, %rdx
    jb 9f
    negq %rdx
    leaq -64(%rax,%rcx), %rcx
    vmovdqu (%rcx,%rdx), %ymm12
    vmovdqu 32(%rcx,%rdx), %ymm13
8:  vmovdqu (%rax,%rdx), %ymm14
    vmovdqu 32(%rax,%rdx), %ymm15
    vmovdqu %ymm14, (%rax)
    vmovdqu %ymm15, 32(%rax)
    addq $64, %rax
    cmpq %rcx, %rax
    jb 8b
    vmovdqu %ymm12, (%rcx)
    vmovdqu %ymm13, 32(%rcx)
    vzeroupper
    ret
9:  negq %rdx
    addq %rax, %rdx
    vmovdqu (%rdx), %ymm12
    vmovdqu 32(%rdx), %ymm13
8:  vmovdqu -32(%rdx,%rcx), %ymm14
    vmovdqu -64(%rdx,%rcx), %ymm15
    vmovdqu %ymm14, -32(%rax,%rcx)
    vmovdqu %ymm15, -64(%rax,%rcx)
    subq $64, %rcx
    cmpq $64, %rcx
    ja 8b
    vmovdqu %ymm12, (%rax)
    vmovdqu %ymm13, 32(%rax)
    vzeroupper
    ret
    .cfi_endproc
    .size epsilon_baseline_copy_bytes, . - epsilon_baseline_copy_bytes

    .p2align 6
    .globl epsilon_baseline_fill_bytes
    .hidden epsilon_baseline_fill_bytes
    .type epsilon_baseline_fill_bytes, @function
epsilon_baseline_fill_bytes:
    .cfi_startproc
    endbr64
    movzbl %dl, %edx
    imull $0x01010101, %edx, %edx
    cmpl $8, %ecx
    jae 3f
    cmpl $4, %ecx
    jae 2f
    testl %ecx, %ecx
    je 1f
    movb %dl, (%rax)
    movb %dl, -1(%rax,%rcx)
    shrl %ecx
    movb %dl, (%rax,%rcx)
1:  ret
2:  movl %edx, (%rax)
    movl %edx, -4(%rax,%rcx)
    ret
3:  movd %edx, %xmm12
    pshufd $0, %xmm12, %xmm12
    cmpl $16, %ecx
    ja 4f
    movq %xmm12, (%rax)
    movq %xmm12, -8(%rax,%rcx)
    ret
4:  movups %xmm12, (%rax)
    movups %xmm12, -16(%rax,%rcx)
    cmpl $32, %ecx
    jbe 5f
    cmpl $64, %ecx
    ja 6f
    movups %xmm12, 16(%rax)
    movups %xmm12, -32(%rax,%rcx)
5:  ret
6:  vinserti128 $1, %xmm12, %ymm12, %ymm12
    vmovdqu %ymm12, (%rax)
    vmovdqu %ymm12, 32(%rax)
    vmovdqu %ymm12, -64(%rax,%rcx)
    vmovdqu %ymm12, -32(%rax,%rcx)
    cmpl $128, %ecx
    jbe 8f
    leaq -64(%rax,%rcx), %rcx
    addq $64, %rax
    andq $-64, %rax
7:  vmovdqu %ymm12, (%rax)
    vmovdqu %ymm12, 32(%rax)
    addq $64, %rax
    cmpq %rcx, %rax
    jb 7b
8:  vzeroupper
    ret
    .cfi_endproc
    .size epsilon_baseline_fill_bytes, . - epsilon_baseline_fill_bytes
    .popsection
)");
