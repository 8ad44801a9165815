/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All ways to write an address.
 *
 * A base register, plus or minus one of
 *
 * - a constant of 12 bits: `[r1, #4]`
 * - a register: `[r1, r2]`
 * - a register that is shifted by a constant: `[r1, r2, lsl #2]`, the element r2 of an array of words
 *
 * Each comes in three forms. Offset, `[r1, #4]`, leaves the base. Pre-indexed, `[r1, #4]!`, makes the sum the new base.
 * Post-indexed, `[r1], #4`, uses the base as it is and adds afterwards.
 *
 * Arm ARM DDI 0406, A4.6.5, "Addressing modes".
 */
#include "../check.h"

	.section .rodata
	.balign	4
numbers:
	.word	10, 20, 30, 40

	.text
	.globl	main
	.type	main, %function
main:
	push	{r4, lr}

	ldr	r4, =numbers

	/* Offset. */
	ldr	r0, [r4]
	ASSERT_EQ(r0, 10)
	ldr	r0, [r4, #4]
	ASSERT_EQ(r0, 20)
	add	r1, r4, #8
	ldr	r0, [r1, #-4]
	ASSERT_EQ(r0, 20)
	mov	r2, #8
	ldr	r0, [r4, r2]
	ASSERT_EQ(r0, 30)
	ldr	r0, [r1, -r2]
	ASSERT_EQ(r0, 10)
	mov	r2, #3
	ldr	r0, [r4, r2, lsl #2]
	ASSERT_EQ(r0, 40)
	ASSERT_EQ(r4, numbers)

	/* Pre-indexed. */
	mov	r1, r4
	ldr	r0, [r1, #4]!
	ASSERT_EQ(r0, 20)
	ASSERT_EQ(r1, numbers + 4)
	mov	r2, #2
	ldr	r0, [r1, r2, lsl #2]!
	ASSERT_EQ(r0, 40)
	ASSERT_EQ(r1, numbers + 12)

	/* Post-indexed. */
	mov	r1, r4
	ldr	r0, [r1], #4
	ASSERT_EQ(r0, 10)
	ASSERT_EQ(r1, numbers + 4)
	ldr	r0, [r1], r2, lsl #2
	ASSERT_EQ(r0, 20)
	ASSERT_EQ(r1, numbers + 12)

	mov	r0, #0
	pop	{r4, pc}
