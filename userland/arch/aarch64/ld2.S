/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Take pairs apart while they are loaded.
 *
 * LD2 loads the first members of an array of pairs into one register and the second ones into the next: real and imaginary parts,
 * left and right samples. LD3 does it for triples (red, green, blue), LD4 for quadruples, and ST2, ST3 and ST4 put them together
 * again. The registers have consecutive numbers. LD1 with two registers, for comparison, loads them one after the other.
 *
 * ZIP1, ZIP2, UZP1 and UZP2 do the same between registers.
 *
 * Arm ARM DDI 0487, C7.2, "LD2 (multiple structures)", "ST2 (multiple structures)", "UZP1".
 */
#include "../check.h"

	.data
	.balign	16
pairs:
	.word	1, 10, 2, 20, 3, 30, 4, 40
first:
	.word	1, 2, 3, 4
second:
	.word	10, 20, 30, 40
one:
	.skip	16
other:
	.skip	16
together:
	.skip	32

	.text
	.globl	main
	.type	main, %function
main:
	stp	x29, x30, [sp, #-16]!

	adrp	x9, pairs
	add	x9, x9, :lo12:pairs
	adrp	x10, one
	add	x10, x10, :lo12:one
	adrp	x11, other
	add	x11, x11, :lo12:other

	/* Apart. */
	ld2	{v0.4s, v1.4s}, [x9]
	st1	{v0.4s}, [x10]
	st1	{v1.4s}, [x11]
	ASSERT_MEMEQ(one, first, 16)
	ASSERT_MEMEQ(other, second, 16)

	/* Together. */
	ld2	{v0.4s, v1.4s}, [x9]
	adrp	x0, together
	add	x0, x0, :lo12:together
	st2	{v0.4s, v1.4s}, [x0]
	ASSERT_MEMEQ(together, pairs, 32)

	/* One after the other, and apart between registers. */
	ld1	{v0.4s, v1.4s}, [x9]
	uzp1	v2.4s, v0.4s, v1.4s
	uzp2	v3.4s, v0.4s, v1.4s
	st1	{v2.4s}, [x10]
	st1	{v3.4s}, [x11]
	ASSERT_MEMEQ(one, first, 16)
	ASSERT_MEMEQ(other, second, 16)

	mov	w0, #0
	ldp	x29, x30, [sp], #16
	ret
