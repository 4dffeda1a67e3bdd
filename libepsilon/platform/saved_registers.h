// SPDX-License-Identifier: Apache-2.0
#pragma once

// Assembly (x86-64, System V) that saves and restores the registers that a function has to leave as
// they were, for functions that call code which uses them. CFA offsets are kept exact.
#define EPSILON_SAVE_REGISTERS                      \
    "    .irp name, rbp, rbx, r12, r13, r14, r15\n" \
    "    pushq %\\name\n"                           \
    "    .cfi_adjust_cfa_offset 8\n"                \
    "    .cfi_rel_offset %\\name, 0\n"              \
    "    .endr\n"
#define EPSILON_RESTORE_REGISTERS                   \
    "    .irp name, r15, r14, r13, r12, rbx, rbp\n" \
    "    popq %\\name\n"                            \
    "    .cfi_adjust_cfa_offset -8\n"               \
    "    .cfi_restore %\\name\n"                    \
    "    .endr\n"
