/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shift and rotate.
 *
 * LSL fills with zeros from the right, LSR from the left, ASR with the sign, ROR with what falls out on the other side. By a
 * constant they are names for UBFM, SBFM and EXTR (ubfm.S); by a register they are LSLV and so on, where only the lowest 6 bits
 * of the number count (5 for a W register): a shift by 64 is one by 0. On 32-bit Arm it gives zero. C cannot tell, since such a
 * shift is undefined in it. None of them sets flags, and there is no way through the carry.
 *
 * The last operand of ADD, AND and their like can be shifted at once, by a constant. EXTR takes 64 bits out of the 128 of two
 * registers.
 *
 * Arm ARM DDI 0487, C6.2, "LSL (immediate)", "LSL (register)", "ASR (immediate)", "ROR (immediate)", "EXTR".
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, %function
main:
	stp	x29, x30, [sp, #-16]!

	mov	x0, #0xff
	lsl	x1, x0, #4
	ASSERT_EQ(x1, 0xff0)
	lsr	x1, x0, #4
	ASSERT_EQ(x1, 0xf)

	/* -16 / 4, with and without the sign. */
	mov	x0, #-16
	asr	x1, x0, #2
	ASSERT_EQ(x1, -4)
	lsr	x1, x0, #2
	ASSERT_EQ(x1, 0x3ffffffffffffffc)

	/* Round. */
	ldr	x0, =0x123456789abcdef0
	ror	x1, x0, #8
	ASSERT_EQ(x1, 0xf0123456789abcde)
	ror	w1, w0, #8
	ASSERT_EQ(x1, 0xf09abcde)

	/* By a register: modulo 64, or 32. */
	mov	x0, #1
	mov	x1, #68
	lsl	x2, x0, x1
	ASSERT_EQ(x2, 16)
	mov	w1, #33
	lsl	w2, w0, w1
	ASSERT_EQ(x2, 2)

	/* As part of an addition: 3 + 3 * 8. */
	mov	x0, #3
	add	x1, x0, x0, lsl #3
	ASSERT_EQ(x1, 27)

	/* Shift 128 bits left by 8: 0x00000000000000ab_cd00000000000001. */
	mov	x0, #0xab
	ldr	x1, =0xcd00000000000001
	extr	x2, x0, x1, #56
	lsl	x3, x1, #8
	ASSERT_EQ(x2, 0xabcd)
	ASSERT_EQ(x3, 0x100)

	mov	w0, #0
	ldp	x29, x30, [sp], #16
	ret
