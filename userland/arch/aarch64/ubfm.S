/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Move a field of bits: one instruction behind a dozen names.
 *
 * UBFM (unsigned bit-field move) `ubfm xd, xn, #r, #s` does one of two things:
 *
 * - r <= s: bits r to s of xn go to the lowest bits of xd. This is UBFX, and, with s = 63, LSR by a constant.
 * - r > s: bits 0 to s go to where bit 0 lands when it is rotated right by r, that is to bit 64 - r. This is UBFIZ, and LSL.
 *
 * All other bits become zero. SBFM copies the field's highest bit upwards instead (SBFX, ASR, SXTB, SXTH, SXTW), BFM leaves the
 * rest of xd as it was (BFI, BFXIL). A disassembler prints the name that fits; this is why `objdump -d` shows none of the two
 * UBFM below as such.
 *
 * Arm ARM DDI 0487, C6.2, "UBFM", "SBFM", "BFM".
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, %function
main:
	stp	x29, x30, [sp, #-16]!

	ldr	x9, =0x1122334455667788

	/* r <= s: bits 8 to 23 down. */
	ubfm	x0, x9, #8, #23
	ASSERT_EQ(x0, 0x6677)
	ubfx	x0, x9, #8, #16
	ASSERT_EQ(x0, 0x6677)

	/* r > s: bits 0 to 7 up to bit 64 - 48 = 16. */
	ubfm	x0, x9, #48, #7
	ASSERT_EQ(x0, 0x880000)
	ubfiz	x0, x9, #16, #8
	ASSERT_EQ(x0, 0x880000)

	/* Shifts by a constant are the same instruction. */
	ubfm	x0, x9, #4, #63
	ASSERT_EQ(x0, 0x0112233445566778)
	lsr	x0, x9, #4
	ASSERT_EQ(x0, 0x0112233445566778)
	ubfm	x0, x9, #60, #59
	ASSERT_EQ(x0, 0x1223344556677880)
	lsl	x0, x9, #4
	ASSERT_EQ(x0, 0x1223344556677880)

	/* With the sign: 0x88 is -120. */
	sbfm	x0, x9, #0, #7
	ASSERT_EQ(x0, -120)
	sxtb	x0, w9
	ASSERT_EQ(x0, -120)

	mov	w0, #0
	ldp	x29, x30, [sp], #16
	ret
