/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Execute an instruction that is promised never to mean anything, and go on behind it.
 *
 * UDF is a word whose upper half is zero; the lower half is for whoever uses it. It causes an exception on every processor of
 * today and tomorrow. Linux makes a SIGILL of it, which ends a program that has no handler. The handler here finds the address of
 * the instruction in `siginfo_t`, and the registers of the interrupted program in `ucontext_t`, to read and to write: it adds 4
 * to the program counter, as one does who emulates an instruction that the processor lacks.
 *
 * That zeros are undefined means that a jump into empty memory ends at once. The instruction for debuggers is another one: BRK, a
 * SIGTRAP.
 *
 * Arm ARM DDI 0487, C6.2, "UDF"; sigaction(2); Linux, arch/arm64/include/uapi/asm/sigcontext.h and ucontext.h.
 */
#include "../check.h"

	.equ	SIGILL, 4
	.equ	SA_SIGINFO, 4

	/* Of siginfo_t. */
	.equ	SI_ADDR, 16

	/* Of ucontext_t: the general registers, SP, PC. */
	.equ	UC_REGS, 184
	.equ	UC_PC, UC_REGS + 32 * 8

	.data
	.balign	8
	/* struct sigaction of glibc: handler, mask, flags, restorer. */
action:
	.quad	handler
	.skip	128
	.word	SA_SIGINFO
	.balign	8
	.quad	0

	.text
	.globl	main
	.type	main, %function
main:
	stp	x29, x30, [sp, #-16]!

	mov	w0, #SIGILL
	adrp	x1, action
	add	x1, x1, :lo12:action
	mov	x2, #0
	bl	sigaction
	ASSERT_EQ(x0, 0)

	mov	x9, #0
	mov	x10, #0
undefined:
	udf	#42
	ASSERT_EQ(x9, SIGILL)
	ASSERT_EQ(x10, undefined)

	/* The lower half of the word is ours. */
	ldr	w0, undefined
	ASSERT_EQ(x0, 42)
	b	1f

	/* w0: the signal, x1: siginfo_t, x2: ucontext_t. What it writes there is in the registers after the return. */
handler:
	str	x0, [x2, #UC_REGS + 9 * 8]
	ldr	x0, [x1, #SI_ADDR]
	str	x0, [x2, #UC_REGS + 10 * 8]
	ldr	x0, [x2, #UC_PC]
	add	x0, x0, #4
	str	x0, [x2, #UC_PC]
	ret
1:

	mov	w0, #0
	ldp	x29, x30, [sp], #16
	ret
