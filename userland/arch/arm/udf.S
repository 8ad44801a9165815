/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Execute an instruction that is promised never to mean anything, and go on behind it.
 *
 * UDF has 16 bits for whoever uses it. It causes an exception on every processor of today and tomorrow, in T32 as well. Linux
 * makes a SIGILL of it, which ends a program that has no handler. The handler here finds the address of the instruction in
 * `siginfo_t`, and the registers of the interrupted program in `ucontext_t`, to read and to write: it adds 4 to the program
 * counter, as one does who emulates an instruction that the processor lacks.
 *
 * The kernel uses some of these words itself, for uprobes and BUG(). The instruction for debuggers is BKPT, a SIGTRAP.
 *
 * Arm ARM DDI 0406, A8.8, "UDF"; sigaction(2); Linux, arch/arm/include/uapi/asm/sigcontext.h and ucontext.h.
 */
#include "../check.h"

	.equ	SIGILL, 4
	.equ	SA_SIGINFO, 4

	/* Of siginfo_t. */
	.equ	SI_ADDR, 12

	/* Of ucontext_t. */
	.equ	UC_REGS, 32
	.equ	UC_PC, UC_REGS + 15 * 4

	.data
	.balign	4
	/* struct sigaction of glibc: handler, mask, flags, restorer. */
action:
	.word	handler
	.skip	128
	.word	SA_SIGINFO
	.word	0

	.text
	.globl	main
	.type	main, %function
main:
	push	{r4, lr}

	mov	r0, #SIGILL
	ldr	r1, =action
	mov	r2, #0
	bl	sigaction
	ASSERT_EQ(r0, 0)

	mov	r2, #0
	mov	r3, #0
undefined:
	udf	#42
	ASSERT_EQ(r2, 4)
	ASSERT_EQ(r3, undefined)

	/* Its bits are around the 16 that are ours: 12 of them, and 4. */
	ldr	r0, undefined
	ASSERT_EQ(r0, 0xe7f002fa)
	b	1f

	/* r0: the signal, r1: siginfo_t, r2: ucontext_t. What it writes there is in the registers after the return. */
handler:
	str	r0, [r2, #UC_REGS + 2 * 4]
	ldr	r0, [r1, #SI_ADDR]
	str	r0, [r2, #UC_REGS + 3 * 4]
	ldr	r0, [r2, #UC_PC]
	add	r0, r0, #4
	str	r0, [r2, #UC_PC]
	bx	lr
1:

	mov	r0, #0
	pop	{r4, pc}
