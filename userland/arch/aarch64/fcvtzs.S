/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Convert between fractions and integers, with a rounding that the instruction names.
 *
 * The letter behind FCVT is the direction: Z towards zero (as C's casts), N to nearest with halves to even, A to nearest with
 * halves away from zero, P upwards, M downwards; S or U, signed or unsigned, comes last. What is too large becomes the largest or
 * the smallest integer, a NaN becomes 0; x86 gives one and the same number for all of these. SCVTF and UCVTF go the other way,
 * FRINT rounds to an integer that stays a fraction. FCVT, between precisions, rounds as FPCR says.
 *
 * With a constant at the end the integer is a fixed-point number with so many binary places.
 *
 * Arm ARM DDI 0487, C7.2, "FCVTZS (scalar, integer)", "FCVTAS (scalar)", "FCVTZS (scalar, fixed-point)", "SCVTF (scalar,
 * integer)", "FCVT".
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, %function
main:
	stp	x29, x30, [sp, #-16]!

	/* 2.5 */
	fmov	d0, #2.5
	fcvtzs	x0, d0
	ASSERT_EQ(x0, 2)
	fcvtns	x0, d0
	ASSERT_EQ(x0, 2)
	fcvtas	x0, d0
	ASSERT_EQ(x0, 3)
	fcvtps	x0, d0
	ASSERT_EQ(x0, 3)
	fcvtms	x0, d0
	ASSERT_EQ(x0, 2)

	/* -2.5 */
	fmov	d0, #-2.5
	fcvtzs	x0, d0
	ASSERT_EQ(x0, -2)
	fcvtas	x0, d0
	ASSERT_EQ(x0, -3)
	fcvtps	x0, d0
	ASSERT_EQ(x0, -2)
	fcvtms	x0, d0
	ASSERT_EQ(x0, -3)

	/* What does not fit: negative without a sign, 10^10 in 32 bits, no number. */
	fcvtzu	x0, d0
	ASSERT_EQ(x0, 0)
	ldr	d0, large
	fcvtzs	w0, d0
	ASSERT_EQ(x0, 0x7fffffff)
	fmov	d0, xzr
	fdiv	d0, d0, d0
	fcvtzs	x0, d0
	ASSERT_EQ(x0, 0)

	/* From an integer, and through single precision: 2^24 + 1 has a bit too many. */
	mov	x0, #-3
	scvtf	d0, x0
	fmov	x0, d0
	ASSERT_EQ(x0, 0xc008000000000000)
	mov	w0, #1 << 24
	add	w0, w0, #1
	scvtf	d0, w0
	fcvt	s0, d0
	fcvtzs	x0, s0
	ASSERT_EQ(x0, 1 << 24)

	/* Fixed point with 8 binary places: 1.75 is 448 / 256. */
	fmov	d0, #1.75
	fcvtzs	x0, d0, #8
	ASSERT_EQ(x0, 448)
	b	1f

	.balign	8
large:
	.double	1e10
1:

	mov	w0, #0
	ldp	x29, x30, [sp], #16
	ret
