/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Put a value into a register: MOV and MVN.
 *
 * The operand is a register, a shifted register, or a constant of 8 bits at an even rotation (immediates.S). MVN writes the
 * complement, so that small negative constants are possible: the assembler makes `mvn r0, #0` of `mov r0, #-1`. MOVS sets N and
 * Z, and C if the shifter has thrown a bit out. A MOV to pc is a branch.
 *
 * Constants of 16 and 32 bits: movw.S and ldr_pseudo.S.
 *
 * Arm ARM DDI 0406, A8.8, "MOV (immediate)", "MOV (register)", "MVN (immediate)".
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, %function
main:
	push	{r4, lr}

	mov	r0, #1
	mov	r1, r0
	ASSERT_EQ(r1, 1)

	mvn	r0, #0
	ASSERT_EQ(r0, 0xffffffff)
	mov	r0, #-2
	ASSERT_EQ(r0, -2)

	/* Shifted on the way. */
	mov	r0, #3
	mov	r1, r0, lsl #4
	ASSERT_EQ(r1, 48)
	mvn	r1, r0, lsl #4
	ASSERT_EQ(r1, ~48)

	/* The flags: zero; negative, with the last bit shifted out in C. */
	movs	r0, #0
	ASSERT_FLAGS(nZ)
	mov	r0, #0xc0000000
	movs	r1, r0, lsl #1
	ASSERT_EQ(r1, 0x80000000)
	ASSERT_FLAGS(NzC)

	/* pc, 8 bytes ahead of this instruction: it skips one. */
	mov	r0, #1
	mov	pc, pc
	mov	r0, #2
	mov	r1, r0
	ASSERT_EQ(r1, 1)

	mov	r0, #0
	pop	{r4, pc}
