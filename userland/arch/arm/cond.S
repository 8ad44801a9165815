/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Give a condition to an instruction that is no branch.
 *
 * Nearly every A32 instruction has four bits for a condition (1111 is none: NEON, BLX to a label, barriers, PLD). If it does not
 * hold, the instruction does nothing. Short choices need no
 * branch so, and none that is predicted wrongly. A64 gave this up but for a few instructions, because it makes out-of-order
 * execution harder: a conditional MOV also needs the old value of its destination.
 *
 * EQ, NE; signed LT, LE, GT, GE; unsigned LO (CC), LS, HI, HS (CS); MI, PL, VS, VC for single flags.
 *
 * Arm ARM DDI 0406, A8.3, "Conditional execution".
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, %function
main:
	push	{r4, lr}

	/* The larger of two: signed. */
	mvn	r0, #0
	mov	r1, #1
	cmp	r0, r1
	movgt	r2, r0
	movle	r2, r1
	ASSERT_EQ(r2, 1)

	/* Unsigned: -1 is the largest number. */
	movhi	r2, r0
	movls	r2, r1
	ASSERT_EQ(r2, -1)

	/* The absolute value. */
	mov	r0, #-9
	cmp	r0, #0
	rsblt	r0, r0, #0
	ASSERT_EQ(r0, 9)

	/* A condition and an S: what is not executed sets no flags. */
	cmp	r0, #9
	subsne	r0, r0, #1
	ASSERT_EQ(r0, 9)
	ASSERT_FLAGS(nZCv)

	/* The greatest common divisor of 48 and 36, after Euclid, with one branch. */
	mov	r0, #48
	mov	r1, #36
1:	cmp	r0, r1
	subgt	r0, r0, r1
	sublt	r1, r1, r0
	bne	1b
	ASSERT_EQ(r0, 12)

	mov	r0, #0
	pop	{r4, pc}
