/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Call functions of the C library from assembly: with arguments in registers, on the stack, and in floating-point registers.
 *
 * The first four words of arguments are in r0 to r3, the others on the stack, the fifth at sp. A number of 64 bits begins at an
 * even register, or at a multiple of 8 on the stack. For a function with a variable number of arguments floating-point numbers
 * are passed like integers of 64 bits; other functions take them in d0 and on. sp is a multiple of 8 at the call.
 *
 * What printf(3) has written may still be in a buffer, so the program ends by returning from main(), which flushes it.
 *
 * AAPCS32, "Parameter Passing" and "Variadic Functions".
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = "./c_from_asm"
 * stdout = """
 * one 1, two 2, three 3, four 4
 * half 0.5
 * the root of 2.25 is 1.5
 * """
 * [/lkmc]
 */
#include "../../check.h"

	.fpu	neon-vfpv4

	.section .rodata
words:
	.asciz	"one %d, two %d, three %d, four %d\n"
half:
	.asciz	"half %.1f\n"
root:
	.asciz	"the root of 2.25 is %.1f\n"

	.text
	.globl	main
	.type	main, %function
main:
	push	{r4, lr}

	/* Five arguments: the last one at sp. 8 bytes are taken, to keep sp a multiple of 8. */
	sub	sp, sp, #8
	mov	r0, #4
	str	r0, [sp]
	ldr	r0, =words
	mov	r1, #1
	mov	r2, #2
	mov	r3, #3
	bl	printf
	add	sp, sp, #8
	ASSERT_EQ(r0, 30)		/* the characters written */

	/* A double for a variadic function: r1 is left out, r2 and r3 have it. */
	vmov.f64	d0, #0.5
	vmov	r2, r3, d0
	ldr	r0, =half
	bl	printf

	/* For sqrt(3) it is d0, both ways. */
	vmov.f64	d0, #2.25
	bl	sqrt
	vmov	r2, r3, d0
	ldr	r0, =root
	bl	printf

	mov	r0, #0
	pop	{r4, pc}
