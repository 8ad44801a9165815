/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Load and store halfwords: 16 bits.
 *
 * LDRH fills the upper half with zeros, LDRSH with the sign. These two came later than LDR and LDRB and had to make do with what
 * bits were left: their constant has 8 bits in place of 12, and their index register cannot be shifted.
 *
 * Arm ARM DDI 0406, A8.8, "LDRH (immediate, ARM)", "LDRSH (immediate)", "STRH (immediate, ARM)".
 */
#include "../check.h"

	.data
	.balign	4
halfwords:
	.hword	0xfffe, 0x7fff

	.text
	.globl	main
	.type	main, %function
main:
	push	{r4, lr}

	ldr	r1, =halfwords
	ldrh	r0, [r1]
	ASSERT_EQ(r0, 0xfffe)
	ldrsh	r0, [r1]
	ASSERT_EQ(r0, -2)
	ldrsh	r0, [r1, #2]
	ASSERT_EQ(r0, 0x7fff)

	ldr	r0, =0x12345678
	strh	r0, [r1, #2]
	ldr	r0, [r1]
	ASSERT_EQ(r0, 0x5678fffe)

	/* An index has to be doubled by hand. */
	mov	r2, #1
	lsl	r2, r2, #1
	ldrh	r0, [r1, r2]
	ASSERT_EQ(r0, 0x5678)

	mov	r0, #0
	pop	{r4, pc}
