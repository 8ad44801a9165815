/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which constants fit into an instruction.
 *
 * An instruction has 32 bits, and what is left for a constant differs:
 *
 * - ADD, SUB, CMP: 12 bits, or 12 bits shifted left by 12
 * - MOVZ, MOVN, MOVK: 16 bits at one of four positions
 * - AND, ORR, EOR, TST: a "bitmask immediate": a run of ones, rotated, in an element of 2, 4, 8, 16, 32 or 64 bits that is
 *   repeated over the whole register. Zero and all ones are not among them. 5334 numbers of 64 bits are.
 * - LDR, STR: 12 bits times the size of the access; 9 bits with a sign for LDUR and for the indexed forms
 * - FMOV: eight bits, a sign and a number from 0.125 to 31 in steps of a sixteenth of a power of two
 *
 * If a constant does not fit, the assembler says "immediate out of range" and nothing is made: `ldr x0, =CONSTANT` and a register
 * is the answer. `add x0, x0, #-1` does work, because the assembler makes `sub x0, x0, #1` of it.
 *
 * Arm ARM DDI 0487, C6.2, "ADD (immediate)", "AND (immediate)", "MOV (bitmask immediate)", "LDR (immediate)"; C7.2, "FMOV
 * (scalar, immediate)".
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, %function
main:
	stp	x29, x30, [sp, #-16]!

	/* 12 bits and 12 bits above them make 24, in two instructions. */
	mov	x0, #0
	add	x0, x0, #0x123, lsl #12
	add	x0, x0, #0x456
	ASSERT_EQ(x0, 0x123456)

	/* A negative constant becomes a subtraction. */
	mov	x0, #1
	add	x0, x0, #-2
	ASSERT_EQ(x0, -1)

	/* Runs of ones: in the whole register, rotated over its end, and repeated. */
	mov	x0, #-1
	and	x0, x0, #0x0ffff000
	ASSERT_EQ(x0, 0x0ffff000)
	mov	x0, #-1
	and	x0, x0, #0xf00000000000000f
	ASSERT_EQ(x0, 0xf00000000000000f)
	mov	x0, #0
	orr	x0, x0, #0x5555555555555555
	ASSERT_EQ(x0, 0x5555555555555555)
	mov	x0, #0
	orr	x0, x0, #0x0018001800180018
	ASSERT_EQ(x0, 0x0018001800180018)

	/* Two runs of different lengths are none: 0x1234 has to be in a register first. */
	mov	x1, #0x1234
	mov	x0, #-1
	and	x0, x0, x1
	ASSERT_EQ(x0, 0x1234)

	/* Offsets: 8 * 4095 forwards; -256 to 255 in any step. */
	sub	sp, sp, #32768
	mov	x0, #42
	str	x0, [sp, #32760]
	add	x1, sp, #8, lsl #12
	ldur	x9, [x1, #-8]
	add	sp, sp, #32768
	ASSERT_EQ(x9, 42)

	/* Floating point. 0 is not among the numbers; it comes from the zero register. */
	fmov	d0, #31.0
	fcvtzs	x0, d0
	ASSERT_EQ(x0, 31)
	fmov	d0, #-0.125
	fmov	x0, d0
	ASSERT_EQ(x0, 0xbfc0000000000000)
	fmov	d0, xzr
	fcvtzs	x0, d0
	ASSERT_EQ(x0, 0)

	mov	w0, #0
	ldp	x29, x30, [sp], #16
	ret
