/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Add two floating-point numbers: VFP.
 *
 * 32 registers of double precision, d0 to d31; s0 to s31 of single precision are the halves of d0 to d15 (on A64 each s has a d
 * of its own). VMOV moves bits between these and the general registers, two of which make a double. VCMP sets flags in FPSCR, a
 * register of the floating-point unit's; VMRS copies them to where branches look.
 *
 * Debian's armhf calling convention passes floating-point arguments in these registers, d0 first ("hard float").
 *
 * Arm ARM DDI 0406, A2.7, "Floating-point data types and arithmetic"; A8.8, "VADD (floating-point)", "VCMP, VCMPE", "VMRS";
 * AAPCS32, "VFP and Base Standard Variants".
 */
#include "../check.h"

	.fpu	neon-vfpv4

	.section .rodata
	.balign	8
tenths:
	.double	0.1, 0.2, 0.3

	.text
	.globl	main
	.type	main, %function
main:
	push	{r4, lr}

	/* Single precision. */
	vmov.f32	s0, #1.5
	vmov.f32	s1, #2.25
	vadd.f32	s2, s0, s1
	vmov		r0, s2
	ASSERT_EQ(r0, 0x40700000)	/* 3.75 */

	/* Double precision: two registers of 32 bits. */
	vmov.f64	d0, #1.5
	vmov.f64	d1, #2.25
	vadd.f64	d2, d0, d1
	vmov		r0, r1, d2
	ASSERT_EQ(r0, 0)
	ASSERT_EQ(r1, 0x400e0000)

	/* From memory: 0.1 + 0.2 > 0.3. */
	ldr		r0, =tenths
	vldr		d0, [r0]
	vldr		d1, [r0, #8]
	vldr		d2, [r0, #16]
	vadd.f64	d0, d0, d1
	vcmp.f64	d0, d2
	vmrs		APSR_nzcv, fpscr
	ASSERT_COND(gt)

	/* d1 is s2 and s3. */
	vmov.f32	s2, #1.0
	vmov.f32	s3, #2.0
	vmov		r0, r1, d1
	ASSERT_EQ(r0, 0x3f800000)
	ASSERT_EQ(r1, 0x40000000)

	/* 0 / 0 is no number and not equal to itself: unordered, C and V. */
	mov		r0, #0
	vmov		s0, r0
	vdiv.f32	s0, s0, s0
	vcmp.f32	s0, s0
	vmrs		APSR_nzcv, fpscr
	ASSERT_FLAGS(nzCV)

	mov	r0, #0
	pop	{r4, pc}
