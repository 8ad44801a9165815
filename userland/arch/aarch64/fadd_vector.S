/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Add vectors of floating-point numbers.
 *
 * Four numbers of single precision (`.4s`) or two of double precision (`.2d`) in one instruction. FADDP adds neighbours, of both
 * operands one after the other; FMLA multiplies and adds, and rounds only once, at the end. A comparison (FCMGT) cannot set flags
 * for each element: it makes an element of all ones or of zeros, and BSL chooses by those bits.
 *
 * Arm ARM DDI 0487, C7.2, "FADD (vector)", "FADDP (vector)", "FMLA (vector)", "FCMGT (register)", "BSL".
 */
#include "../check.h"

	.data
	.balign	16
a:
	.float	1.5, 2.5, 3.5, -4.5
b:
	.float	0.5, 0.25, 0.125, 5.0
expected:
	.float	2.0, 2.75, 3.625, 0.5
doubles:
	.double	1.5, -2.5
expected_doubles:
	.double	3.0, -5.0
pairs:
	.float	4.0, -1.0, 0.75, 5.125
fused:
	.float	1.25, 0.875, 0.5625, -17.5
larger:
	.float	1.5, 2.5, 3.5, 5.0
result:
	.skip	16

	.text
	.globl	main
	.type	main, %function
main:
	stp	x29, x30, [sp, #-16]!

	adrp	x9, a
	add	x9, x9, :lo12:a
	adrp	x10, b
	add	x10, x10, :lo12:b
	adrp	x11, result
	add	x11, x11, :lo12:result

	ld1	{v0.4s}, [x9]
	ld1	{v1.4s}, [x10]
	fadd	v2.4s, v0.4s, v1.4s
	st1	{v2.4s}, [x11]
	ASSERT_MEMEQ(result, expected, 16)

	adrp	x0, doubles
	add	x0, x0, :lo12:doubles
	ld1	{v0.2d}, [x0]
	fadd	v0.2d, v0.2d, v0.2d
	st1	{v0.2d}, [x11]
	ASSERT_MEMEQ(result, expected_doubles, 16)

	/* Neighbours: 1.5 + 2.5, 3.5 - 4.5, 0.5 + 0.25, 0.125 + 5. */
	ld1	{v0.4s}, [x9]
	ld1	{v1.4s}, [x10]
	faddp	v2.4s, v0.4s, v1.4s
	st1	{v2.4s}, [x11]
	ASSERT_MEMEQ(result, pairs, 16)

	/* b + a * b: 0.5 + 1.5 * 0.5 = 1.25, 0.25 + 2.5 * 0.25 = 0.875, ... */
	ld1	{v0.4s}, [x9]
	ld1	{v1.4s}, [x10]
	mov	v2.16b, v1.16b
	fmla	v2.4s, v0.4s, v1.4s
	st1	{v2.4s}, [x11]
	ASSERT_MEMEQ(result, fused, 16)

	/* The larger of each pair: a mask and a choice. */
	ld1	{v0.4s}, [x9]
	ld1	{v1.4s}, [x10]
	fcmgt	v2.4s, v0.4s, v1.4s
	bsl	v2.16b, v0.16b, v1.16b
	st1	{v2.4s}, [x11]
	ASSERT_MEMEQ(result, larger, 16)

	mov	w0, #0
	ldp	x29, x30, [sp], #16
	ret
