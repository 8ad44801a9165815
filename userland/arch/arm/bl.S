/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Call functions and return.
 *
 * BL puts the address of the next instruction into lr (r14) and branches; BLX does so to the address in a register, and changes
 * between A32 and T32. `bx lr` returns. A function that calls another one keeps lr on the stack, and can return by loading it
 * straight into pc: `push {r4, lr}` and `pop {r4, pc}` (the second register keeps the stack pointer a multiple of 8, as it has to
 * be at a call).
 *
 * The first four arguments are in r0 to r3, the result is in r0. A function keeps r4 to r11, sp and d8 to d15 for its caller.
 *
 * Arm ARM DDI 0406, A8.8, "BL, BLX (immediate)", "BLX (register)"; AAPCS32, "The Base Procedure Call Standard".
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, %function
main:
	push	{r4, lr}

	mov	r0, #41
	bl	increment
	ASSERT_EQ(r0, 42)

	/* The return address. */
	bl	where
here:
	ASSERT_EQ(r0, here)

	/* By a register. */
	mov	r0, #1
	ldr	r1, =increment
	blx	r1
	ASSERT_EQ(r0, 2)

	/* A function that calls itself: 5! */
	mov	r0, #5
	bl	factorial
	ASSERT_EQ(r0, 120)

	/* A function of the C library, which may be T32: the linker makes BLX of this BL then. */
	mov	r0, #-7
	bl	labs
	ASSERT_EQ(r0, 7)
	b	1f

increment:
	add	r0, r0, #1
	bx	lr

where:
	mov	r0, lr
	bx	lr

factorial:
	cmp	r0, #0
	moveq	r0, #1
	bxeq	lr
	push	{r4, lr}
	mov	r4, r0
	sub	r0, r0, #1
	bl	factorial
	mul	r0, r4, r0
	pop	{r4, pc}
1:

	mov	r0, #0
	pop	{r4, pc}
