/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Load a number that is smaller than the register, with its sign.
 *
 * LDRSW loads 32 bits and copies the highest of them into the upper half, so that -1 stays -1. LDR of a W register fills the
 * upper half with zeros: the same bits are 4294967295 then. LDRSH and LDRSB do it for 16 and 8 bits, into an X or a W register.
 * There is no store with a sign, since the narrower number is in the lowest bits either way; and there is no LDRSW into a W
 * register, which has nothing to extend into.
 *
 * SXTW, SXTH and SXTB do the same between registers.
 *
 * Arm ARM DDI 0487, C6.2, "LDRSW", "LDRSH", "LDRSB", "SXTW".
 */
#include "../check.h"

	.section .rodata
	.balign	4
word:
	.word	0xfffffffe

	.text
	.globl	main
	.type	main, %function
main:
	stp	x29, x30, [sp, #-16]!

	adrp	x9, word
	add	x9, x9, :lo12:word

	ldr	w0, [x9]
	ASSERT_EQ(x0, 0xfffffffe)
	ldrsw	x0, [x9]
	ASSERT_EQ(x0, -2)
	ldrsh	x0, [x9]
	ASSERT_EQ(x0, -2)
	ldrsb	x0, [x9]
	ASSERT_EQ(x0, -2)

	/* Into a W register: 32 bits with the sign, and zeros above them. */
	ldrsb	w0, [x9]
	ASSERT_EQ(x0, 0xfffffffe)

	/* Of a positive number nothing changes. */
	mov	x1, #0x7fffffff
	sxtw	x0, w1
	ASSERT_EQ(x0, 0x7fffffff)
	mov	w1, #0x80
	sxtb	x0, w1
	ASSERT_EQ(x0, -128)

	mov	w0, #0
	ldp	x29, x30, [sp], #16
	ret
