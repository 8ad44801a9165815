/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Combine registers bit by bit: and, exclusive or.
 *
 * AND keeps the bits that both operands have, EOR those that one of them has. With S they set N and Z, and C is what the shifter
 * gives (the last bit that it has thrown out). orr.S, bic.S and tst.S are the rest of the family.
 *
 * Arm ARM DDI 0406, A8.8, "AND (immediate)", "AND (register)", "EOR (immediate)".
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, %function
main:
	push	{r4, lr}

	mov	r0, #0x0f
	mov	r1, #0x3c
	and	r2, r0, r1
	ASSERT_EQ(r2, 0x0c)
	eor	r2, r0, r1
	ASSERT_EQ(r2, 0x33)

	/* With itself: zero. */
	eor	r2, r1, r1
	ASSERT_EQ(r2, 0)

	/* With all ones: the complement. */
	mvn	r2, #0
	eor	r2, r1, r2
	ASSERT_EQ(r2, 0xffffffc3)

	/* Shifted: r0 & r1 >> 2 = 0x0f & 0x0f. */
	and	r2, r0, r1, lsr #2
	ASSERT_EQ(r2, 0x0f)

	/* ANDS: nothing in common. */
	mov	r1, #0xf0
	ands	r2, r0, r1
	ASSERT_EQ(r2, 0)
	ASSERT_FLAGS(nZ)

	mov	r0, #0
	pop	{r4, pc}
