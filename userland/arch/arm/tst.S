/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Look at bits without changing anything: TST and TEQ.
 *
 * TST is ANDS, TEQ is EORS, and only the flags are kept: TST says whether the operands have a bit in common, TEQ whether they are
 * equal, without touching C (for CMP it is "no borrow") and V.
 *
 * Arm ARM DDI 0406, A8.8, "TST (immediate)", "TEQ (register)".
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, %function
main:
	push	{r4, lr}

	/* Bit 2 of 6 is set, bit 0 is not. */
	mov	r0, #6
	tst	r0, #4
	ASSERT_COND(ne)
	tst	r0, #1
	ASSERT_COND(eq)
	ASSERT_EQ(r0, 6)

	/* The sign is N. */
	mvn	r1, #0
	tst	r1, r1
	ASSERT_FLAGS(Nz)

	/* Equal; different signs. */
	teq	r0, #6
	ASSERT_FLAGS(nZ)
	teq	r0, r1
	ASSERT_FLAGS(Nz)

	/* What CMP says of V is still there after TEQ. */
	mov	r0, #0x80000000
	cmp	r0, #1
	ASSERT_FLAGS(nzCV)
	teq	r0, r0
	ASSERT_FLAGS(nZCV)

	mov	r0, #0
	pop	{r4, pc}
