/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Put a constant into a register whose bits are mostly ones.
 *
 * MOVN ("not") writes the complement of 16 bits at one of four positions, and ones everywhere else: what MOVZ is for small
 * positive numbers, it is for small negative ones. For `mov x0, #CONSTANT` the assembler takes MOVZ, MOVN or ORR with the zero
 * register, whichever can make the constant, and says so if none can. Look at `objdump -d`: it prints `mov` again.
 *
 * Arm ARM DDI 0487, C6.2, "MOVN", "MOV (inverted wide immediate)".
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, %function
main:
	stp	x29, x30, [sp, #-16]!

	movn	x0, #0
	ASSERT_EQ(x0, -1)
	movn	x0, #1
	ASSERT_EQ(x0, -2)
	movn	x0, #0x1234, lsl #16
	ASSERT_EQ(x0, 0xffffffffedcbffff)

	/* In a W register the ones end at bit 31. */
	movn	w0, #1
	ASSERT_EQ(x0, 0xfffffffe)

	/* The same instruction under another name: the words are equal. */
	ASSERT_MEMEQ(first, second, 4)
first:	movn	x0, #41
second:	mov	x0, #-42
	ASSERT_EQ(x0, -42)

	mov	w0, #0
	ldp	x29, x30, [sp], #16
	ret
