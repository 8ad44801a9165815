/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keep registers on the stack.
 *
 * The stack grows towards lower addresses, and sp points to what was put there last. PUSH is `stmdb sp!`, POP is `ldmia sp!`, of
 * any set of registers; the lowest number has the lowest address. At a call of a function that others wrote sp has to be a
 * multiple of 8. What is below sp is nobody's: a signal handler may overwrite it at any time.
 *
 * Arm ARM DDI 0406, A8.8, "PUSH", "POP (ARM)"; AAPCS32, "The Stack".
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, %function
main:
	push	{r4, lr}

	mov	r4, sp
	mov	r0, #1
	mov	r1, #2
	push	{r0, r1}
	sub	r2, r4, sp
	ASSERT_EQ(r2, 8)

	/* r0 is below r1. */
	ldr	r2, [sp]
	ASSERT_EQ(r2, 1)
	ldr	r2, [sp, #4]
	ASSERT_EQ(r2, 2)

	/* Into other registers. */
	pop	{r2, r3}
	ASSERT_EQ(r2, 1)
	ASSERT_EQ(r3, 2)
	sub	r2, r4, sp
	ASSERT_EQ(r2, 0)

	/* Two names, one instruction. */
	ASSERT_MEMEQ(first, second, 4)
first:	push	{r0, r1}
second:	stmdb	sp!, {r0, r1}
	ldmia	sp!, {r2, r3}
	pop	{r2, r3}
	sub	r2, r4, sp
	ASSERT_EQ(r2, 0)

	mov	r0, #0
	pop	{r4, pc}
