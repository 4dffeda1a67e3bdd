; SPDX-License-Identifier: Apache-2.0
; What runs before main: vectors, the stack, and the initial values of variables.
	.section .vectors, "ax", @progbits
	.global __vectors
__vectors:
	jmp start
	.rept 13
	jmp start
	.endr
	jmp __vector_14
	.rept 11
	jmp start
	.endr
	.section .text
start:
	clr r1
	out 0x3f, r1
	ldi r28, 0xff
	ldi r29, 0x08
	out 0x3e, r29
	out 0x3d, r28
	call main
stop:
	rjmp stop
	.global __do_copy_data
__do_copy_data:
	.global __do_clear_bss
__do_clear_bss:
	ret
