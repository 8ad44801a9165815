/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Branch if a register is zero, or if one of its bits is: the comparison is in the branch.
 *
 * CBZ and CBNZ look at a whole register and reach 1 MiB in both directions. TBZ and TBNZ look at one bit and reach 32 KiB. None
 * of them reads or writes the flags, so that a loop can count with CBNZ and keep the flags (a carry, for example) for its body.
 *
 * Arm ARM DDI 0487, C6.2, "CBZ", "CBNZ", "TBZ", "TBNZ".
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, %function
main:
	stp	x29, x30, [sp, #-16]!

	mov	x0, #0
	cbz	x0, 1f
	FAIL("cbz: not taken")
1:
	cbnz	x0, bad
	mov	x0, #1
	cbz	x0, bad

	/* A W register: only the lower half counts. */
	mov	x0, #1 << 32
	cbnz	w0, bad
	cbz	x0, bad

	/* Bit 3 of 8 is set, bit 2 is not; the sign is bit 63. */
	mov	x0, #8
	tbz	x0, #3, bad
	tbnz	x0, #2, bad
	mov	x0, #-1
	tbz	x0, #63, bad

	/* Add up 5 + 4 + 3 + 2 + 1; the flags come out of the loop as they went in. */
	mov	x9, #0
	mov	x0, #5
	mov	x1, #5 << 28
	msr	nzcv, x1
2:	add	x9, x9, x0
	sub	x0, x0, #1
	cbnz	x0, 2b
	ASSERT_EQ(x9, 15)
	ASSERT_FLAGS(nZcV)
	b	3f
bad:
	FAIL("a branch was taken that should not be")
3:

	mov	w0, #0
	ldp	x29, x30, [sp], #16
	ret
