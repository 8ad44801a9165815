/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Put a constant of 64 bits into a register, 16 bits at a time.
 *
 * An instruction has 32 bits, so no single one can hold such a constant. MOVZ writes 16 bits at one of four positions and zeros
 * everywhere else; MOVK ("keep") writes 16 bits and leaves the others as they are. One MOVZ and three MOVKs make any number.
 * Addresses can be made this way too: `:abs_g0_nc:` and its relatives are the four parts of a symbol's address, which the linker
 * fills in.
 *
 * `ldr x0, =CONSTANT` is the alternative: the assembler puts the number near the code and loads it (or uses one MOV where that is
 * enough). Which one is faster depends on what the data cache holds.
 *
 * Arm ARM DDI 0487, C6.2, "MOVK", "MOVZ"; ELF for the Arm 64-bit Architecture, "Group relocations".
 */
#include "../check.h"

	.section .rodata
	.balign	8
here:
	.quad	0x8877665544332211

	.text
	.globl	main
	.type	main, %function
main:
	stp	x29, x30, [sp, #-16]!

	movz	x0, #0x4444
	movk	x0, #0x3333, lsl #16
	movk	x0, #0x2222, lsl #32
	movk	x0, #0x1111, lsl #48
	ASSERT_EQ(x0, 0x1111222233334444)

	/* MOVK keeps the other bits, MOVZ does not. */
	mov	x0, #-1
	movk	x0, #0, lsl #16
	ASSERT_EQ(x0, 0xffffffff0000ffff)
	mov	x0, #-1
	movz	x0, #1, lsl #16
	ASSERT_EQ(x0, 0x10000)

	/* In a W register there are two positions, and the upper half becomes zero. */
	mov	x0, #-1
	movk	w0, #0x1234
	ASSERT_EQ(x0, 0xffff1234)

	/* The address of `here`. */
	movz	x1, #:abs_g3:here
	movk	x1, #:abs_g2_nc:here
	movk	x1, #:abs_g1_nc:here
	movk	x1, #:abs_g0_nc:here
	ldr	x0, [x1]
	ASSERT_EQ(x0, 0x8877665544332211)

	mov	w0, #0
	ldp	x29, x30, [sp], #16
	ret
