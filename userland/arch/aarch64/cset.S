/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Turn a condition into a number or a choice, without a branch.
 *
 * CSET writes 1 if the condition holds and 0 if not; CSETM writes all ones instead of 1. CSEL takes one of two registers. CSINC,
 * CSINV and CSNEG take the first, or the second plus one, inverted or negated; CSET, CINC and CNEG are names for uses of them.
 * A64 has no other conditional instructions than these, branches, and comparisons (CCMP), where on 32-bit Arm almost every
 * instruction could have a condition. What has no branch cannot be predicted wrongly.
 *
 * CCMP compares only if its condition holds, and otherwise sets the flags to the constant that it is given: `a == 1 && b == 2`.
 *
 * Arm ARM DDI 0487, C6.2, "CSET", "CSEL", "CSINC", "CSNEG", "CCMP (immediate)"; C1.2.4, "Condition code".
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, %function
main:
	stp	x29, x30, [sp, #-16]!

	/* Equal, and not. */
	mov	x0, #5
	cmp	x0, #5
	cset	x2, eq
	cset	x3, ne
	csetm	x4, eq
	ASSERT_EQ(x2, 1)
	ASSERT_EQ(x3, 0)
	ASSERT_EQ(x4, -1)

	/* -1 < 1 as signed numbers (lt), but the largest of all unsigned ones (hi). */
	mov	x0, #-1
	cmp	x0, #1
	cset	x2, lt
	cset	x3, hi
	cset	x4, lo
	ASSERT_EQ(x2, 1)
	ASSERT_EQ(x3, 1)
	ASSERT_EQ(x4, 0)

	/* The larger of two. */
	mov	x0, #3
	mov	x1, #7
	cmp	x0, x1
	csel	x2, x0, x1, gt
	ASSERT_EQ(x2, 7)

	/* The absolute value. */
	mov	x0, #-9
	cmp	x0, #0
	cneg	x0, x0, lt
	ASSERT_EQ(x0, 9)

	/* Count only if. */
	mov	x0, #10
	cmp	x0, #10
	cinc	x2, x0, eq
	cinc	x3, x0, ne
	ASSERT_EQ(x2, 11)
	ASSERT_EQ(x3, 10)

	/* x0 == 1 && x1 == 2. If the first does not hold, the flags become 0, where Z is not set. */
	mov	x0, #1
	mov	x1, #2
	cmp	x0, #1
	ccmp	x1, #2, #0, eq
	cset	x2, eq
	cmp	x0, #3
	ccmp	x1, #2, #0, eq
	cset	x3, eq
	ASSERT_EQ(x2, 1)
	ASSERT_EQ(x3, 0)

	mov	w0, #0
	ldp	x29, x30, [sp], #16
	ret
