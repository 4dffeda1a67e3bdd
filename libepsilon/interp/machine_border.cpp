// SPDX-License-Identifier: Apache-2.0
#include "interp/machine_border.h"

#include "platform/saved_registers.h"

#if EPSILON_MACHINE_CODE && !EPSILON_TAIL_DISPATCH

#if defined(__x86_64__)
asm(R"(
    .pushsection .text
    .p2align 4
    .globl epsilon_interp_call_machine_code
    .hidden epsilon_interp_call_machine_code
    .type epsilon_interp_call_machine_code, @function
epsilon_interp_call_machine_code:
    .cfi_startproc
    endbr64
)" EPSILON_SAVE_REGISTERS R"(
    subq $8, %rsp
    .cfi_adjust_cfa_offset 8
    call *%r8
    addq $8, %rsp
    .cfi_adjust_cfa_offset -8
)" EPSILON_RESTORE_REGISTERS R"(
    ret
    .cfi_endproc
    .size epsilon_interp_call_machine_code, . - epsilon_interp_call_machine_code
    .popsection
)");
#else
// Machine code uses no registers but those that a call may change, and keeps the link.
asm(R"(
    .pushsection .text
    .p2align 4
    .globl epsilon_interp_call_machine_code
    .hidden epsilon_interp_call_machine_code
    .type epsilon_interp_call_machine_code, @function
epsilon_interp_call_machine_code:
    .cfi_startproc
    hint #34
    stp x29, x30, [sp, #-16]!
    .cfi_def_cfa_offset 16
    .cfi_offset 29, -16
    .cfi_offset 30, -8
    mov x29, sp
    blr x4
    ldp x29, x30, [sp], #16
    .cfi_restore 29
    .cfi_restore 30
    .cfi_def_cfa_offset 0
    ret
    .cfi_endproc
    .size epsilon_interp_call_machine_code, . - epsilon_interp_call_machine_code
    .popsection
)");
#endif

#endif
