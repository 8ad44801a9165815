/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Convert to an integer with a rounding that the instruction names.
 *
 * Armv8 added VCVTA (to nearest, halves away from zero, as schoolbooks and C's round(3) do it), VCVTN (halves to even), VCVTP
 * (upwards) and VCVTM (downwards) to the 32-bit instructions, too. They do not look at FPSCR; vcvtr.S does.
 *
 * An Armv7 processor such as the Cortex-A15 of arm-qemu does not know them: SIGILL, as in udf.S. So this guest has another
 * processor. Nothing in the auxiliary vector names them.
 *
 * Arm ARM DDI 0487, F6.1, "VCVTA (floating-point)", "VCVTM (floating-point)".
 *
 * [lkmc]
 * machine = { cpu-model = "max" }
 * [/lkmc]
 */
#include "../check.h"

	.fpu	neon-fp-armv8

	.section .rodata
	.balign	8
numbers:
	.double	2.5, -2.5

	.text
	.globl	main
	.type	main, %function
main:
	push	{r4, lr}

	ldr		r4, =numbers
	/* 2.5 */
	vldr		d0, [r4]
	vcvta.s32.f64	s2, d0
	vmov		r0, s2
	ASSERT_EQ(r0, 3)
	vcvtn.s32.f64	s2, d0
	vmov		r0, s2
	ASSERT_EQ(r0, 2)
	vcvtp.s32.f64	s2, d0
	vmov		r0, s2
	ASSERT_EQ(r0, 3)
	vcvtm.s32.f64	s2, d0
	vmov		r0, s2
	ASSERT_EQ(r0, 2)

	/* -2.5 */
	vldr		d0, [r4, #8]
	vcvta.s32.f64	s2, d0
	vmov		r0, s2
	ASSERT_EQ(r0, -3)
	vcvtm.s32.f64	s2, d0
	vmov		r0, s2
	ASSERT_EQ(r0, -3)
	vcvtp.s32.f64	s2, d0
	vmov		r0, s2
	ASSERT_EQ(r0, -2)

	mov	r0, #0
	pop	{r4, pc}
