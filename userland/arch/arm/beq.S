/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Branch on the flags.
 *
 * CMP sets N, Z, C and V; which comparison is meant, that of signed or of unsigned numbers, is in the condition of the branch:
 *
 *              signed   unsigned
 *     <        blt      blo (bcc)
 *     <=       ble      bls
 *     >        bgt      bhi
 *     >=       bge      bhs (bcs)
 *     ==, !=   beq, bne
 *
 * T32 has CBZ and CBNZ, which branch on a register; A32 has not.
 *
 * Arm ARM DDI 0406, A8.3, "Conditional execution"; A8.8, "B".
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, %function
main:
	push	{r4, lr}

	mov	r0, #1
	cmp	r0, #1
	beq	1f
	FAIL("beq: not taken")
1:
	bne	bad

	/* -1 and 1: less as signed numbers, higher as unsigned ones. */
	mvn	r0, #0
	cmp	r0, #1
	bge	bad
	bls	bad
	blt	2f
	FAIL("blt: not taken")
2:	bhi	3f
	FAIL("bhi: not taken")
3:
	/* Single flags: negative, no overflow. */
	bpl	bad
	bvs	bad

	/* A loop: 10 + 9 + ... + 1. */
	mov	r1, #0
	mov	r0, #10
4:	add	r1, r1, r0
	subs	r0, r0, #1
	bne	4b
	ASSERT_EQ(r1, 55)
	b	5f
bad:
	FAIL("a branch was taken that should not be")
5:

	mov	r0, #0
	pop	{r4, pc}
