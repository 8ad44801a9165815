/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Multiply: 64 bits, 128 bits, and added to something.
 *
 * MUL is MADD with the zero register: `madd xd, xn, xm, xa` is xa + xn * xm, MSUB subtracts. The lower 64 bits of a product are
 * the same for signed and unsigned numbers; the upper 64 bits are not, and come from UMULH and SMULH. UMULL and SMULL multiply
 * two W registers to 64 bits. None of them sets flags: whether a product fits, one sees in the upper half.
 *
 * Arm ARM DDI 0487, C6.2, "MUL", "MADD", "MSUB", "UMULH", "SMULH", "SMULL".
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, %function
main:
	stp	x29, x30, [sp, #-16]!

	mov	x0, #7
	mov	x1, #-6
	mul	x2, x0, x1
	ASSERT_EQ(x2, -42)

	/* 100 + 7 * 6 and 100 - 7 * 6. */
	mov	x1, #6
	mov	x3, #100
	madd	x2, x0, x1, x3
	ASSERT_EQ(x2, 142)
	msub	x2, x0, x1, x3
	ASSERT_EQ(x2, 58)
	mneg	x2, x0, x1
	ASSERT_EQ(x2, -42)

	/* 128 bits: (2^64 - 1) * 2 without a sign is 1_fffffffffffffffe, -1 * 2 is -2. */
	mov	x0, #-1
	mov	x1, #2
	mul	x2, x0, x1
	ASSERT_EQ(x2, -2)
	umulh	x2, x0, x1
	ASSERT_EQ(x2, 1)
	smulh	x2, x0, x1
	ASSERT_EQ(x2, -1)

	/* W registers: 32 bits in, 32 or 64 bits out. */
	mov	w0, #0x10000
	mul	w2, w0, w0
	ASSERT_EQ(x2, 0)
	umull	x2, w0, w0
	ASSERT_EQ(x2, 0x100000000)
	mov	w0, #-3
	mov	w1, #5
	smull	x2, w0, w1
	ASSERT_EQ(x2, -15)

	mov	w0, #0
	ldp	x29, x30, [sp], #16
	ret
