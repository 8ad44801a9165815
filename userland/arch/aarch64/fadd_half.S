/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Add floating-point numbers of 16 bits.
 *
 * Half precision has a sign, 5 bits of exponent and 10 of fraction: 3 decimal digits, up to 65504. Armv8.0 can only convert them
 * (FCVT); FEAT_FP16, which is optional from Armv8.2 on, computes with them: h0 to h31, or eight in a vector (`.8h`), which is
 * what neural networks want. The sums here are exact until they are not: from 2048 on every second integer is missing.
 *
 * HWCAP_FPHP and HWCAP_ASIMDHP say that it is there. QEMU's cortex-a72 lacks it; this guest has another processor.
 *
 * Arm ARM DDI 0487, C7.2, "FADD (scalar)", "FADD (vector)"; A1.4, "Half-precision floating-point formats"; Linux,
 * arch/arm64/elf_hwcaps.rst.
 *
 * [lkmc]
 * machine = { cpu-model = "max" }
 *
 * [[lkmc.skip]]
 * emulator = "gem5"
 * reason = "gem5 before 25.0 cannot: https://github.com/gem5/gem5/pull/2071, https://github.com/gem5/gem5/pull/2441"
 * [/lkmc]
 */
#include "../check.h"

	.arch_extension fp16

	.equ	AT_HWCAP, 16
	.equ	HWCAP_FPHP_BIT, 9
	.equ	HWCAP_ASIMDHP_BIT, 10

	.data
	.balign	16
a:
	.float16 1.5, 2.5, 3.5, -4.5, 2048, 1024, 65504, 0.5
b:
	.float16 0.5, 0.25, 0.125, 5, 1, 1, 65504, 0.5
	/* 2048 + 1 is rounded to an even fraction; twice the largest number is infinite. */
expected:
	.float16 2, 2.75, 3.625, 0.5, 2048, 1025
	.short	0x7c00
	.float16 1
result:
	.skip	16

	.text
	.globl	main
	.type	main, %function
main:
	stp	x29, x30, [sp, #-16]!

	mov	x0, #AT_HWCAP
	bl	getauxval
	tbz	x0, #HWCAP_FPHP_BIT, 1f
	tbnz	x0, #HWCAP_ASIMDHP_BIT, 2f
1:	FAIL("this processor does not compute with 16 bits")
2:
	/* 3.75: the exponent 1 + 15, the fraction 0.875. */
	fmov	h0, #1.5
	fmov	h1, #2.25
	fadd	h2, h0, h1
	fmov	w0, h2
	ASSERT_EQ(x0, 0x4380)

	adrp	x0, a
	add	x0, x0, :lo12:a
	adrp	x1, b
	add	x1, x1, :lo12:b
	adrp	x2, result
	add	x2, x2, :lo12:result
	ld1	{v0.8h}, [x0]
	ld1	{v1.8h}, [x1]
	fadd	v2.8h, v0.8h, v1.8h
	st1	{v2.8h}, [x2]
	ASSERT_MEMEQ(result, expected, 16)

	mov	w0, #0
	ldp	x29, x30, [sp], #16
	ret
