/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Add one to each element of an array, by a function that C could have written.
 *
 * The loop has five instructions: load, add, store with a post-index, compare, branch. vadd_vector.S adds four elements at a
 * time.
 *
 *     void increment(uint32_t *numbers, size_t count);
 *
 * AAPCS32, "Parameter Passing"; Arm ARM DDI 0406, A4.6.5, "Addressing modes".
 */
#include "../check.h"

	.data
	.balign	4
numbers:
	.word	1, 2, 3, 0xffffffff
	.word	100			/* behind the array */
expected:
	.word	2, 3, 4, 0
	.word	100

	.text
	.globl	main
	.type	main, %function
main:
	push	{r4, lr}

	ldr	r0, =numbers
	mov	r1, #4
	bl	increment
	ASSERT_MEMEQ(numbers, expected, 20)

	/* Nothing to do. */
	ldr	r0, =numbers
	mov	r1, #0
	bl	increment
	ASSERT_MEMEQ(numbers, expected, 20)
	b	2f

increment:
	add	r1, r0, r1, lsl #2	/* the end */
	cmp	r0, r1
	bxeq	lr
1:	ldr	r2, [r0]
	add	r2, r2, #1
	str	r2, [r0], #4
	cmp	r0, r1
	bne	1b
	bx	lr
2:

	mov	r0, #0
	pop	{r4, pc}
