/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Add two numbers, and read in the flags whether the sum fits.
 *
 * The operands are written result first: `add r0, r1, r2` is r0 = r1 + r2; with two operands the first is also the result. ADD
 * leaves the flags alone; ADDS sets them: C if the unsigned sum does not fit into 32 bits, V if the signed one does not. The
 * last operand may be a constant or a register that is shifted. ADC adds the carry as well, which is how a sum of 64 bits is
 * made.
 *
 * Arm ARM DDI 0406, A8.8, "ADD (immediate, ARM)", "ADD (register, ARM)", "ADC"; the flags: A2.4, "APSR".
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, %function
main:
	push	{r4, lr}

	mov	r0, #1
	adds	r0, r0, #2
	ASSERT_EQ(r0, 3)
	ASSERT_FLAGS(nzcv)
	add	r0, #4
	ASSERT_EQ(r0, 7)

	/* 2^32 - 1 and 1: a carry. As signed numbers: -1 + 1 = 0, which fits. */
	mvn	r0, #0
	adds	r0, r0, #1
	ASSERT_EQ(r0, 0)
	ASSERT_FLAGS(nZCv)

	/* The carry goes on into the upper word. */
	mov	r1, #5
	adc	r1, r1, #0
	ASSERT_EQ(r1, 6)

	/* The largest signed number and 1: the sum has the wrong sign, and is right without one. */
	mvn	r0, #0x80000000
	adds	r1, r0, #1
	ASSERT_EQ(r1, 0x80000000)
	ASSERT_FLAGS(NzcV)
	add	r1, r1, r1
	ASSERT_EQ(r1, 0)
	ASSERT_FLAGS(NzcV)

	/* 100 + 3 * 8 */
	mov	r0, #100
	mov	r1, #3
	add	r2, r0, r1, lsl #3
	ASSERT_EQ(r2, 124)

	mov	r0, #0
	pop	{r4, pc}
