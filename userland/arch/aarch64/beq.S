/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Branch on the flags.
 *
 * CMP is SUBS whose result nobody keeps: it sets N, Z, C and V, and `b.COND` looks at them. Which comparison is meant, that of
 * signed or of unsigned numbers, is in the condition, not in CMP:
 *
 *              signed   unsigned
 *     <        lt       lo (cc)
 *     <=       le       ls
 *     >        gt       hi
 *     >=       ge       hs (cs)
 *     ==, !=   eq, ne   eq, ne
 *
 * After a subtraction C means "no borrow", the opposite of x86's carry. TST is ANDS without a result, CMN is ADDS without one.
 *
 * Arm ARM DDI 0487, C1.2.4, "Condition code"; C6.2, "B.cond", "CMP (immediate)", "TST (immediate)".
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, %function
main:
	stp	x29, x30, [sp, #-16]!

	/* Taken. */
	mov	x0, #1
	cmp	x0, #1
	b.eq	1f
	FAIL("eq: not taken")
1:
	/* Not taken. */
	b.ne	bad

	/* -1 and 1: less as signed numbers, higher as unsigned ones. */
	mov	x0, #-1
	cmp	x0, #1
	b.ge	bad
	b.ls	bad
	b.lt	2f
	FAIL("lt: not taken")
2:	b.hi	3f
	FAIL("hi: not taken")
3:
	/* 2 - 1: no borrow, so C is set. 1 - 2: a borrow. */
	mov	x0, #2
	cmp	x0, #1
	b.cc	bad
	mov	x0, #1
	cmp	x0, #2
	b.cs	bad

	/* A sum that overflows: V. */
	mov	x0, #0x7fffffffffffffff
	cmn	x0, #1
	b.vc	bad

	/* Bits that both have. */
	mov	x0, #6
	tst	x0, #1
	b.ne	bad
	tst	x0, #2
	b.eq	bad

	/* A loop: 10 + 9 + ... + 1. */
	mov	x9, #0
	mov	x0, #10
4:	add	x9, x9, x0
	subs	x0, x0, #1
	b.ne	4b
	ASSERT_EQ(x9, 55)
	b	5f
bad:
	FAIL("a branch was taken that should not be")
5:

	mov	w0, #0
	ldp	x29, x30, [sp], #16
	ret
