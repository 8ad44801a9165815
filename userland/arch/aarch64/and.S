/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Combine registers bit by bit: and, or, exclusive or, and each with a complement.
 *
 * AND, ORR and EOR have a second form whose last operand is inverted first: BIC ("bit clear"), ORN and EON. That operand may be
 * shifted, too, or be a bitmask immediate (immediates.S); for the inverted forms there is no immediate, because the complement of
 * a mask is one as well. Only ANDS and BICS set flags, N and Z, and clear C and V. TST is ANDS without a result, MVN is ORN with
 * the zero register.
 *
 * Arm ARM DDI 0487, C6.2, "AND (shifted register)", "ANDS (shifted register)", "BIC (shifted register)", "ORN (shifted
 * register)".
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, %function
main:
	stp	x29, x30, [sp, #-16]!

	mov	x0, #0x0f
	mov	x1, #0x3c
	and	x2, x0, x1
	ASSERT_EQ(x2, 0x0c)
	orr	x2, x0, x1
	ASSERT_EQ(x2, 0x3f)
	eor	x2, x0, x1
	ASSERT_EQ(x2, 0x33)

	/* The last operand inverted: clear in 0x0f what 0x3c has. */
	bic	x2, x0, x1
	ASSERT_EQ(x2, 0x03)
	orn	x2, xzr, x0
	ASSERT_EQ(x2, ~0x0f)
	mvn	x2, x0
	ASSERT_EQ(x2, ~0x0f)
	eon	x2, x0, x0
	ASSERT_EQ(x2, -1)

	/* Shifted: two halves put together. */
	mov	x0, #0x1234
	mov	x1, #0x5678
	orr	x2, x1, x0, lsl #16
	ASSERT_EQ(x2, 0x12345678)

	/* Round down to a multiple of 16. */
	and	x2, x0, #~15
	ASSERT_EQ(x2, 0x1230)

	/* Flags: nothing in common; the sign. C and V are cleared. */
	cmp	x0, x0
	ASSERT_FLAGS(nZCv)
	tst	x0, #1
	ASSERT_FLAGS(nZcv)
	mov	x1, #-1
	tst	x1, x1
	ASSERT_FLAGS(Nzcv)

	mov	w0, #0
	ldp	x29, x30, [sp], #16
	ret
