/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Set bits: ORR.
 *
 * The result has the bits that either operand has. T32 has ORN as well, an or with the complement; A32 has not.
 *
 * Arm ARM DDI 0406, A8.8, "ORR (immediate)", "ORR (register)".
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, %function
main:
	push	{r4, lr}

	mov	r0, #0x0f
	orr	r0, r0, #0x80
	ASSERT_EQ(r0, 0x8f)

	/* Put two halves together. */
	movw	r0, #0x1234
	movw	r1, #0x5678
	orr	r2, r1, r0, lsl #16
	ASSERT_EQ(r2, 0x12345678)

	/* ORRS: the sign. */
	mov	r0, #1
	orrs	r0, r0, #0x80000000
	ASSERT_EQ(r0, 0x80000001)
	ASSERT_FLAGS(Nz)

	mov	r0, #0
	pop	{r4, pc}
