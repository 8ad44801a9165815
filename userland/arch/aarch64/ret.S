/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Call functions and return.
 *
 * BL puts the address of the next instruction into x30, the link register, and branches; BLR takes the target from a register.
 * RET is a branch to x30, or to the register that it names, with a hint for the branch predictor that this is a return. A
 * function that calls another one loses its own return address unless it keeps x30, on the stack as a rule, in one STP with the
 * frame pointer x29.
 *
 * The first eight arguments are in x0 to x7, the result is in x0. A function keeps x19 to x29, the stack pointer and the lower
 * halves of v8 to v15 for its caller; everything else may be changed.
 *
 * Arm ARM DDI 0487, C6.2, "BL", "BLR", "RET"; AAPCS64, "Machine Registers" and "Parameter passing".
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, %function
main:
	stp	x29, x30, [sp, #-16]!

	/* A function of this file. */
	mov	x0, #41
	bl	increment
	ASSERT_EQ(x0, 42)

	/* The return address is that of the next instruction. */
	bl	where
here:
	adr	x1, here
	sub	x0, x0, x1
	ASSERT_EQ(x0, 0)

	/* By an address in a register: a function pointer. */
	mov	x0, #1
	adr	x1, increment
	blr	x1
	ASSERT_EQ(x0, 2)

	/* A function that calls functions, itself: 5! */
	mov	x0, #5
	bl	factorial
	ASSERT_EQ(x0, 120)

	/* RET with another register. */
	mov	x0, #1
	adr	x1, 1f
	ret	x1
	mov	x0, #2
1:
	ASSERT_EQ(x0, 1)

	/* A function of the C library. */
	mov	x0, #-7
	bl	labs
	ASSERT_EQ(x0, 7)
	b	2f

increment:
	add	x0, x0, #1
	ret

where:
	mov	x0, x30
	ret

factorial:
	cbz	x0, 3f
	stp	x29, x30, [sp, #-32]!
	mov	x29, sp
	str	x19, [sp, #16]
	mov	x19, x0
	sub	x0, x0, #1
	bl	factorial
	mul	x0, x0, x19
	ldr	x19, [sp, #16]
	ldp	x29, x30, [sp], #32
	ret
3:	mov	x0, #1
	ret
2:

	mov	w0, #0
	ldp	x29, x30, [sp], #16
	ret
