/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Add two numbers, and read in the flags whether the sum fits.
 *
 * The operands are written result first: `add x0, x1, x2` is x0 = x1 + x2. ADD leaves the flags alone; ADDS sets them: C if the
 * unsigned sum does not fit into the register, V if the signed one does not. The last operand may be a constant of 12 bits, a
 * register that is shifted, or a narrow register that is extended. A result in a W register clears the upper half of its X
 * register.
 *
 * Arm ARM DDI 0487, C6.2, "ADD" and "ADDS" (immediate, shifted register, extended register); the flags: C5.2, "NZCV".
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, %function
main:
	stp	x29, x30, [sp, #-16]!

	/* ADDS from here on, to have the flags known: ADD does not change them. */
	mov	x0, #1
	adds	x0, x0, #2
	ASSERT_EQ(x0, 3)
	ASSERT_FLAGS(nzcv)

	/* 2^64 - 1 and 1: a carry. As signed numbers: -1 + 1 = 0, which fits. */
	mov	x0, #-1
	adds	x0, x0, #1
	ASSERT_EQ(x0, 0)
	ASSERT_FLAGS(nZCv)

	/* The largest signed number and 1: the sum has the wrong sign, and is right without one. */
	mov	x0, #0x7fffffffffffffff
	adds	x1, x0, #1
	ASSERT_EQ(x1, 0x8000000000000000)
	ASSERT_FLAGS(NzcV)
	add	x1, x1, x1
	ASSERT_EQ(x1, 0)
	ASSERT_FLAGS(NzcV)

	/* 100 + 3 * 8, and 100 + the signed byte 0xff. */
	mov	x0, #100
	mov	x1, #3
	add	x2, x0, x1, lsl #3
	ASSERT_EQ(x2, 124)
	mov	w1, #0xff
	add	x2, x0, w1, sxtb
	ASSERT_EQ(x2, 99)

	mov	x0, #-1
	add	w0, w0, #1
	ASSERT_EQ(x0, 0)

	mov	w0, #0
	ldp	x29, x30, [sp], #16
	ret
