/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Divide, and live with what cannot be divided.
 *
 * UDIV and SDIV round towards zero. The remainder has no instruction of its own: it is the dividend minus the quotient times the
 * divisor, which is one MSUB. Nothing here is an exception: a division by zero gives zero, and the smallest number divided by -1,
 * which does not fit, gives itself. On x86 both end the program; C leaves both undefined, so a compiler need not check for them
 * here.
 *
 * How long it takes depends on the numbers: processors stop when all digits are there.
 *
 * Arm ARM DDI 0487, C6.2, "UDIV", "SDIV".
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, %function
main:
	stp	x29, x30, [sp, #-16]!

	/* 43 / 6 = 7, remainder 1. */
	mov	x0, #43
	mov	x1, #6
	udiv	x2, x0, x1
	msub	x3, x2, x1, x0
	ASSERT_EQ(x2, 7)
	ASSERT_EQ(x3, 1)

	/* -43 / 6 = -7, remainder -1: towards zero. */
	mov	x0, #-43
	sdiv	x2, x0, x1
	msub	x3, x2, x1, x0
	ASSERT_EQ(x2, -7)
	ASSERT_EQ(x3, -1)

	/* Without a sign the same bits are a large number. */
	udiv	x2, x0, x1
	ASSERT_EQ(x2, 3074457345618258595)

	/* By zero. */
	udiv	x2, x0, xzr
	ASSERT_EQ(x2, 0)
	sdiv	x2, x0, xzr
	ASSERT_EQ(x2, 0)

	/* The smallest number by -1. */
	mov	x0, #0x8000000000000000
	mov	x1, #-1
	sdiv	x2, x0, x1
	ASSERT_EQ(x2, 0x8000000000000000)

	mov	w0, #0
	ldp	x29, x30, [sp], #16
	ret
