/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Take a field of bits out of a register.
 *
 * `ubfx xd, xn, #FIRST, #WIDTH` puts WIDTH bits, beginning with bit FIRST, into the lowest bits of xd and clears the others: a
 * shift and a mask in one. SBFX takes the field's highest bit for its sign. This is how the members of a C struct with
 * bit-fields, and the fields of a system register, are read.
 *
 * Arm ARM DDI 0487, C6.2, "UBFX", "SBFX". bfi.S writes fields, ubfm.S shows what is behind both.
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, %function
main:
	stp	x29, x30, [sp, #-16]!

	ldr	x9, =0x1122334455667788

	ubfx	x0, x9, #8, #16
	ASSERT_EQ(x0, 0x6677)
	ubfx	x0, x9, #60, #4
	ASSERT_EQ(x0, 1)

	/* One bit: bit 7 is set, bit 6 is not. */
	ubfx	x0, x9, #7, #1
	ASSERT_EQ(x0, 1)
	ubfx	x0, x9, #6, #1
	ASSERT_EQ(x0, 0)

	/* The same with a shift and a mask. */
	lsr	x0, x9, #8
	and	x0, x0, #0xffff
	ASSERT_EQ(x0, 0x6677)

	/* With a sign: the four bits 1000 are -8. */
	sbfx	x0, x9, #4, #4
	ASSERT_EQ(x0, -8)

	mov	w0, #0
	ldp	x29, x30, [sp], #16
	ret
