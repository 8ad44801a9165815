/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Turn round the order of the bits.
 *
 * Bit 0 becomes bit 31. CRCs whose definition counts bits from the other end want this, and CLZ that is to count from below
 * (clz.S).
 *
 * Arm ARM DDI 0406, A8.8, "RBIT".
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, %function
main:
	push	{r4, lr}

	mov	r0, #1
	rbit	r1, r0
	ASSERT_EQ(r1, 0x80000000)
	movw	r0, #0x5678
	movt	r0, #0x1234
	rbit	r1, r0
	ASSERT_EQ(r1, 0x1e6a2c48)

	/* Twice is once too often. */
	rbit	r1, r1
	ASSERT_EQ(r1, 0x12345678)

	mov	r0, #0
	pop	{r4, pc}
