/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Write a field of bits in a register, and leave the bits around it.
 *
 * `bfi xd, xn, #FIRST, #WIDTH` (bit-field insert) puts the lowest WIDTH bits of xn into xd from bit FIRST on. xd is read as well
 * as written. BFXIL ("extract and insert low") goes the other way: a field from the middle of xn into the lowest bits of xd.
 *
 * BFC, which clears a field, came with Armv8.2 as a name for BFI of the zero register.
 *
 * Arm ARM DDI 0487, C6.2, "BFI", "BFXIL", "BFC".
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, %function
main:
	stp	x29, x30, [sp, #-16]!

	ldr	x0, =0x1122334455667788
	mov	x1, #0xabcd
	bfi	x0, x1, #8, #16
	ASSERT_EQ(x0, 0x1122334455abcd88)

	/* Of xn only WIDTH bits count. */
	mov	x0, #0
	mov	x1, #-1
	bfi	x0, x1, #4, #2
	ASSERT_EQ(x0, 0x30)

	/* Clear a field. */
	mov	x0, #-1
	bfi	x0, xzr, #8, #48
	ASSERT_EQ(x0, 0xff000000000000ff)

	/* The other way. */
	ldr	x0, =0x1122334455667788
	ldr	x1, =0xaaaabbbbccccdddd
	bfxil	x0, x1, #32, #16
	ASSERT_EQ(x0, 0x112233445566bbbb)

	mov	w0, #0
	ldp	x29, x30, [sp], #16
	ret
