/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Convert to an integer with the rounding that FPSCR says.
 *
 * Bits 22 and 23 of FPSCR: 0 to nearest, halves to even; 1 upwards; 2 downwards; 3 towards zero. VCVTR looks at them, VCVT does
 * not (it rounds towards zero). fesetround(3) sets them.
 *
 * Arm ARM DDI 0406, A8.8, "VCVT, VCVTR (between floating-point and integer, Floating-point)"; A2.7, "Floating-point data types
 * and arithmetic".
 */
#include "../check.h"

	.fpu	neon-vfpv4

	.section .rodata
	.balign	8
numbers:
	.double	2.5, 3.5, -2.5

	.text
	.globl	main
	.type	main, %function
main:
	push	{r4, lr}

	vmrs		r4, fpscr

	/* To nearest; a half goes to the even number: 2.5 to 2, 3.5 to 4. */
	bic		r0, r4, #3 << 22
	bl		round
	ASSERT_EQ(r1, 2)
	ASSERT_EQ(r2, 4)
	ASSERT_EQ(r3, -2)

	/* Upwards. */
	orr		r0, r4, #1 << 22
	bl		round
	ASSERT_EQ(r1, 3)
	ASSERT_EQ(r2, 4)
	ASSERT_EQ(r3, -2)

	/* Downwards. */
	orr		r0, r4, #2 << 22
	bl		round
	ASSERT_EQ(r1, 2)
	ASSERT_EQ(r2, 3)
	ASSERT_EQ(r3, -3)

	/* Towards zero. */
	orr		r0, r4, #3 << 22
	bl		round
	ASSERT_EQ(r1, 2)
	ASSERT_EQ(r2, 3)
	ASSERT_EQ(r3, -2)
	b		1f

	/* r0: FPSCR. r1, r2, r3: 2.5, 3.5 and -2.5, rounded. */
round:
	vmsr		fpscr, r0
	ldr		r12, =numbers
	vldr		d0, [r12]
	vldr		d1, [r12, #8]
	vldr		d2, [r12, #16]
	vcvtr.s32.f64	s0, d0
	vcvtr.s32.f64	s2, d1
	vcvtr.s32.f64	s4, d2
	vmov		r1, s0
	vmov		r2, s2
	vmov		r3, s4
	vmsr		fpscr, r4
	bx		lr
1:

	mov	r0, #0
	pop	{r4, pc}
