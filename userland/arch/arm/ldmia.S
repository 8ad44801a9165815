/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Load and store several registers at once.
 *
 * LDM and STM take a set of registers. The lowest number always has the lowest address, in whatever order they are written. IA
 * ("increment after") goes upwards from the base, DB ("decrement before") downwards from below it; IB and DA are the other two.
 * With `!` the base ends up where the access ended: `ldmia r0!, {r1, r2}` walks through an array. push.S is a special case.
 *
 * A64 has LDP and STP for two registers, and nothing for more.
 *
 * Arm ARM DDI 0406, A8.8, "LDM/LDMIA/LDMFD (ARM)", "STMDB (STMFD)".
 */
#include "../check.h"

	.data
	.balign	4
source:
	.word	1, 2, 3, 4
copy:
	.skip	16

	.text
	.globl	main
	.type	main, %function
main:
	push	{r4, lr}

	ldr	r0, =source
	ldmia	r0, {r1, r2, r3}
	ASSERT_EQ(r1, 1)
	ASSERT_EQ(r2, 2)
	ASSERT_EQ(r3, 3)
	ASSERT_EQ(r0, source)

	/* The base goes on. */
	ldmia	r0!, {r1, r2}
	ASSERT_EQ(r0, source + 8)
	ldmia	r0!, {r1, r2}
	ASSERT_EQ(r1, 3)
	ASSERT_EQ(r2, 4)

	/* Copy 16 bytes. */
	ldr	r0, =source
	ldr	r12, =copy
	ldmia	r0, {r1, r2, r3, r4}
	stmia	r12, {r1, r2, r3, r4}
	ASSERT_MEMEQ(copy, source, 16)

	/* Downwards from the end: the order in memory is the same. */
	mov	r1, #1
	mov	r2, #2
	ldr	r0, =copy + 16
	stmdb	r0!, {r1, r2}
	ASSERT_EQ(r0, copy + 8)
	ASSERT_MEMEQ(copy + 8, source, 8)

	mov	r0, #0
	pop	{r4, pc}
