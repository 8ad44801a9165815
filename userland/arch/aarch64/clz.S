/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Count bits, and turn their order round.
 *
 * CLZ counts the zeros above the highest set bit, 64 for zero; CLS counts the bits behind the sign that are equal to it, how many
 * a signed number could be shifted left. RBIT turns round the bits: RBIT and CLZ count the zeros below the lowest set bit. REV
 * turns round the bytes, REV32 and REV16 those of each half or quarter. How many bits are set only a vector register can tell,
 * byte by byte: CNT, and ADDV for the sum. (Armv8.9 has CNT for general registers.)
 *
 * Arm ARM DDI 0487, C6.2, "CLZ", "CLS", "RBIT", "REV", "REV16"; C7.2, "CNT", "ADDV".
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, %function
main:
	stp	x29, x30, [sp, #-16]!

	mov	x0, #1
	clz	x1, x0
	ASSERT_EQ(x1, 63)
	clz	x1, xzr
	ASSERT_EQ(x1, 64)
	clz	w1, w0
	ASSERT_EQ(x1, 31)

	/* log2(1000) = 9, rounded down. */
	mov	x0, #1000
	clz	x1, x0
	mov	x2, #63
	sub	x1, x2, x1
	ASSERT_EQ(x1, 9)

	/* -2 has 62 ones behind its sign. */
	mov	x0, #-2
	cls	x1, x0
	ASSERT_EQ(x1, 62)

	/* Zeros below the lowest bit of 0b101000. */
	mov	x0, #40
	rbit	x1, x0
	clz	x1, x1
	ASSERT_EQ(x1, 3)

	/* Bytes. */
	ldr	x0, =0x1122334455667788
	rev	x1, x0
	ASSERT_EQ(x1, 0x8877665544332211)
	rev32	x1, x0
	ASSERT_EQ(x1, 0x4433221188776655)
	rev16	x1, x0
	ASSERT_EQ(x1, 0x2211443366558877)

	/* Set bits: 8 sums, and their sum. */
	fmov	d0, x0
	cnt	v0.8b, v0.8b
	addv	b0, v0.8b
	fmov	w1, s0
	ASSERT_EQ(x1, 26)

	mov	w0, #0
	ldp	x29, x30, [sp], #16
	ret
