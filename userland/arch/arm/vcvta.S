/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Convert to an integer with a rounding that the instruction names.
 *
 * Armv8 added VCVTA (to nearest, halves away from zero, as schoolbooks and C's round(3) do it), VCVTN (halves to even), VCVTP
 * (upwards) and VCVTM (downwards) to the 32-bit instructions, too. They do not look at FPSCR; vcvtr.S does.
 *
 * An Armv7 processor such as the Cortex-A15 of arm-qemu does not know them: SIGILL. Nothing in the auxiliary vector names them,
 * so the program tries, and says what came of it; the handler goes on behind the instruction, as in udf.S. A profile with
 * `cpu.model = "max"` knows them.
 *
 * Arm ARM DDI 0487, F6.1, "VCVTA (floating-point)", "VCVTM (floating-point)".
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = "./vcvta"
 * stdout = "VCVTA: {any}\n"
 * [/lkmc]
 */
#include "../check.h"

	.fpu	neon-fp-armv8

	.equ	SIGILL, 4
	.equ	SA_SIGINFO, 4

	/* Of ucontext_t. */
	.equ	UC_REGS, 32
	.equ	UC_PC, UC_REGS + 15 * 4

	.data
	.balign	4
	/* struct sigaction of glibc: handler, mask, flags, restorer. */
action:
	.word	handler
	.skip	128
	.word	SA_SIGINFO
	.word	0

	.balign	8
numbers:
	.double	2.5, -2.5
there:
	.asciz	"VCVTA: rounds away from zero"
missing:
	.asciz	"VCVTA: not on this processor"

	.text
	.globl	main
	.type	main, %function
main:
	push	{r4, lr}

	mov		r0, #SIGILL
	ldr		r1, =action
	mov		r2, #0
	bl		sigaction
	ASSERT_EQ(r0, 0)

	ldr		r4, =numbers
	vldr		d0, [r4]
	mov		r3, #0
	vcvta.s32.f64	s2, d0
	cmp		r3, #0
	ldrne		r0, =missing
	bne		say

	/* 2.5 */
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
	ldr		r0, =there

say:
	bl		puts
	b		1f

handler:
	str		r0, [r2, #UC_REGS + 3 * 4]
	ldr		r0, [r2, #UC_PC]
	add		r0, r0, #4
	str		r0, [r2, #UC_PC]
	bx		lr
1:

	mov	r0, #0
	pop	{r4, pc}
