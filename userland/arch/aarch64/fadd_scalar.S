/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Add two floating-point numbers.
 *
 * d0 to d31 are numbers of double precision, s0 to s31 of single precision, h0 to h31 of half precision; they are the lower parts
 * of v0 to v31. FMOV moves the bits between these and the general registers, FCVT converts between precisions, SCVTF and FCVTZS
 * between integers and fractions. FCMP sets the ordinary flags, so that the ordinary branches follow it; a comparison with a NaN
 * is "unordered", which sets C and V.
 *
 * 0.1 + 0.2 is not 0.3, since none of the three is a binary fraction: the sum is one bit in the last place larger.
 *
 * Arm ARM DDI 0487, C7.2, "FADD (scalar)", "FMOV (general)", "FCVTZS (scalar, integer)", "FCMP"; A1.5, "Advanced SIMD and
 * floating-point support".
 */
#include "../check.h"

	.section .rodata
	.balign	8
tenths:
	.double	0.1, 0.2, 0.3

	.text
	.globl	main
	.type	main, %function
main:
	stp	x29, x30, [sp, #-16]!

	/* Double precision, with constants from the instructions. */
	fmov	d0, #1.5
	fmov	d1, #2.25
	fadd	d2, d0, d1
	fmov	x0, d2
	ASSERT_EQ(x0, 0x400e000000000000)	/* 3.75 */

	/* Single precision. */
	fmov	s0, #1.5
	fmov	s1, #2.25
	fadd	s2, s0, s1
	fmov	w0, s2
	ASSERT_EQ(x0, 0x40700000)

	/* From integers and back. FCVTZS rounds towards zero. */
	mov	x0, #-7
	mov	x1, #2
	scvtf	d0, x0
	scvtf	d1, x1
	fdiv	d2, d0, d1
	fcvtzs	x0, d2
	ASSERT_EQ(x0, -3)

	/* 0.1 + 0.2 > 0.3. */
	adrp	x0, tenths
	add	x0, x0, :lo12:tenths
	ldp	d0, d1, [x0]
	ldr	d2, [x0, #16]
	fadd	d0, d0, d1
	fcmp	d0, d2
	ASSERT_COND(gt)
	fmov	x0, d0
	fmov	x1, d2
	sub	x0, x0, x1
	ASSERT_EQ(x0, 1)

	/* What is too small for the other is lost: 2^53 + 1 in double precision. */
	mov	x0, #1 << 53
	scvtf	d0, x0
	fmov	d1, #1.0
	fadd	d2, d0, d1
	fcvtzs	x0, d2
	ASSERT_EQ(x0, 1 << 53)

	/* 0 / 0 is no number, and not equal to itself: C and V. */
	fmov	d0, xzr
	fdiv	d0, d0, d0
	fcmp	d0, d0
	ASSERT_FLAGS(nzCV)

	mov	w0, #0
	ldp	x29, x30, [sp], #16
	ret
