/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Convert between fractions and integers, and between precisions.
 *
 * VCVT to an integer rounds towards zero, as C's casts do, and takes the largest or smallest integer for what is too large; a NaN
 * becomes 0. VCVT from an integer, and to single precision, rounds by FPSCR, to nearest as a rule. The integer is in a
 * floating-point register and has to be moved. With a constant at the end the integer is a fixed-point number with so many binary
 * places.
 *
 * vcvtr.S rounds by FPSCR, vcvta.S to nearest whatever FPSCR says.
 *
 * Arm ARM DDI 0406, A8.8, "VCVT, VCVTR (between floating-point and integer, Floating-point)", "VCVT (between double-precision and
 * single-precision)", "VCVT (between floating-point and fixed-point, Floating-point)".
 */
#include "../check.h"

	.fpu	neon-vfpv4

	.section .rodata
	.balign	8
numbers:
	.double	1.75, -1.75, 1e10

	.text
	.globl	main
	.type	main, %function
main:
	push	{r4, lr}

	/* Towards zero. */
	ldr		r0, =numbers
	vldr		d0, [r0]	/* 1.75 */
	vcvt.s32.f64	s2, d0
	vmov		r1, s2
	ASSERT_EQ(r1, 1)
	vldr		d0, [r0, #8]	/* -1.75 */
	vcvt.s32.f64	s2, d0
	vmov		r1, s2
	ASSERT_EQ(r1, -1)

	/* Too large, and negative without a sign. */
	vldr		d0, [r0, #16]	/* 1e10 */
	vcvt.s32.f64	s2, d0
	vmov		r1, s2
	ASSERT_EQ(r1, 0x7fffffff)
	vldr		d0, [r0, #8]
	vcvt.u32.f64	s2, d0
	vmov		r1, s2
	ASSERT_EQ(r1, 0)

	/* From an integer. */
	mvn		r1, #2
	vmov		s2, r1
	vcvt.f32.s32	s2, s2
	vmov		r1, s2
	ASSERT_EQ(r1, 0xc0400000)	/* -3.0 */

	/* Double to single and back: 2^24 + 1 has a bit too many. */
	ldr		r1, =(1 << 24) + 1
	vmov		s2, r1
	vcvt.f64.s32	d0, s2
	vcvt.f32.f64	s4, d0
	vcvt.f64.f32	d0, s4
	vcvt.s32.f64	s2, d0
	vmov		r1, s2
	ASSERT_EQ(r1, 1 << 24)

	/* Fixed point with 8 binary places: 1.75 is 448 / 256. */
	vldr		d0, [r0]
	vcvt.s32.f64	d0, d0, #8
	vmov		r1, s0
	ASSERT_EQ(r1, 448)

	mov	r0, #0
	pop	{r4, pc}
