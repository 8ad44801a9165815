/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Clear bits: BIC.
 *
 * "Bit clear" is an and with the complement of the second operand: 1 bits there become 0. It makes masks possible whose
 * complement is the constant that fits: the assembler writes `and r0, r0, #0xfffffff0` as BIC with 15.
 *
 * Arm ARM DDI 0406, A8.8, "BIC (immediate)", "BIC (register)".
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, %function
main:
	push	{r4, lr}

	mov	r0, #0xff
	bic	r0, r0, #0x0f
	ASSERT_EQ(r0, 0xf0)

	/* Round down to a multiple of 16. */
	movw	r0, #0x1237
	bic	r0, r0, #15
	ASSERT_EQ(r0, 0x1230)

	/* One mask, two names. */
	ASSERT_MEMEQ(first, second, 4)
	mvn	r0, #0
first:	bic	r0, r0, #15
second:	and	r0, r0, #0xfffffff0
	ASSERT_EQ(r0, 0xfffffff0)

	mov	r0, #0
	pop	{r4, pc}
