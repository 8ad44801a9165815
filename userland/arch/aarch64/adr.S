/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Make the address of something near.
 *
 * `adr xd, label` adds a constant of 21 bits to the address of the instruction: it reaches 1 MiB in both directions, in one
 * instruction, wherever the code was loaded. The assembler can fill it in without the linker if the label is in the same section.
 * adrp.S shows what to do for what is farther away.
 *
 * `ldr xd, =label` needs the linker: the address itself stands in memory, so the code is not independent of its position.
 *
 * Arm ARM DDI 0487, C6.2, "ADR".
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, %function
main:
	stp	x29, x30, [sp, #-16]!

	b	1f
	.balign	4
data:
	.word	0x12345678
1:
	/* Backwards. */
	adr	x9, data
	ldr	w0, [x9]
	ASSERT_EQ(x0, 0x12345678)

	/* The check has the address from the linker. */
	ASSERT_EQ(x9, data)

	/* Forwards; `.` is the instruction itself. */
	adr	x9, 2f
	adr	x10, .
2:	sub	x0, x9, x10
	ASSERT_EQ(x0, 4)

	mov	w0, #0
	ldp	x29, x30, [sp], #16
	ret
