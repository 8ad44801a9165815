/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Write to every register that a program has.
 *
 * r0 to r12 are general registers. r13 is sp, r14 is lr, r15 is pc: they can be operands of most instructions, which is why `add
 * pc, pc, r0` is a branch. pc reads as the address of the instruction plus 8, what a pipeline of three stages had fetched in
 * 1985. APSR has the flags N, Z, C, V, Q (something has saturated) and GE (for the SIMD instructions on general registers). Other
 * registers belong to modes that a program never gets into (baremetal/arch/arm/banked_registers.c).
 *
 * d0 to d31 are those of floating point and SIMD; TPIDRURO is where Linux says where the thread's own variables are.
 *
 * r11 or r7 is the frame pointer, r12 (ip) can be changed by any BL on its way through a stub of the linker (AAPCS32, "Core
 * registers").
 *
 * Arm ARM DDI 0406, A2.3, "ARM core registers"; A2.4, "The Application Program Status Register (APSR)".
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, %function
main:
	push	{r4, lr}

	push	{r5-r11, lr}
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14
	mov	r\n, #\n
	.endr
	/* 0 + 1 + ... + 12 + 14 = 92. */
	.irp	n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14
	add	r0, r0, r\n
	.endr
	pop	{r5-r11, lr}
	ASSERT_EQ(r0, 92)

	/* Names. */
	mov	r0, sp
	sub	r0, r0, r13
	ASSERT_EQ(r0, 0)

	/* pc is 8 bytes ahead. */
	mov	r0, pc
1:	ASSERT_EQ(r0, 1b + 4)

	/* A sum that goes into pc is a branch: 8 bytes ahead and 4 more, so two instructions are skipped. */
	mov	r0, #4
	mov	r1, #1
	add	pc, pc, r0
	mov	r1, #2
	mov	r1, #3
	ASSERT_EQ(r1, 1)

	/* The flags can be written and read; bits 28 to 31, and Q in bit 27. */
	mov	r0, #0xa0000000
	msr	apsr_nzcvq, r0
	mrs	r1, apsr
	and	r1, r1, #0xf8000000
	ASSERT_EQ(r1, 0xa0000000)
	ASSERT_FLAGS(NzCvq)

	/* Q stays set until it is cleared: the largest number plus one, saturated. */
	mvn	r0, #0x80000000
	mov	r1, #1
	qadd	r2, r0, r1
	ASSERT_EQ(r2, 0x7fffffff)
	ASSERT_FLAGS(Q)

	/* The thread's own variables: not zero. */
	mrc	p15, 0, r0, c13, c0, 3
	cmp	r0, #0
	ASSERT_COND(ne)

	mov	r0, #0
	pop	{r4, pc}
