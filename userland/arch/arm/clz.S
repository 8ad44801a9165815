/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Count the zeros above the highest bit.
 *
 * CLZ gives 32 for zero, 0 for a number with its highest bit set; 31 less it is the number of the highest set bit, the logarithm
 * to base 2 rounded down. The zeros below the lowest bit have no instruction: RBIT turns the number round first (rbit.S).
 *
 * Arm ARM DDI 0406, A8.8, "CLZ".
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, %function
main:
	push	{r4, lr}

	mov	r0, #0
	clz	r1, r0
	ASSERT_EQ(r1, 32)
	mov	r0, #1
	clz	r1, r0
	ASSERT_EQ(r1, 31)
	mov	r0, #0x80000000
	clz	r1, r0
	ASSERT_EQ(r1, 0)

	/* log2(1000) = 9, rounded down. */
	mov	r0, #1000
	clz	r1, r0
	rsb	r1, r1, #31
	ASSERT_EQ(r1, 9)

	/* Zeros below the lowest bit of 0b101000. */
	mov	r0, #40
	rbit	r1, r0
	clz	r1, r1
	ASSERT_EQ(r1, 3)

	mov	r0, #0
	pop	{r4, pc}
