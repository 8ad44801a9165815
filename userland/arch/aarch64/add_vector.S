/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Add many integers at once: Advanced SIMD, also called NEON.
 *
 * The 128 bits of v0 can be sixteen bytes, eight halfwords, four words or two doublewords, or the lower half of that: `.16b`,
 * `.8b`, `.8h`, `.4h`, `.4s`, `.2s`, `.2d`. The register does not know; each instruction says it. ADD adds element by element, no
 * carry goes from one to the next. UQADD and SQADD stop at the largest number instead of wrapping round ("saturate"), which is
 * what pixels and samples of sound want. ADDV adds the elements of one vector to a single sum.
 *
 * LD1 and ST1 load and store elements in their order; where the address of a vector is a multiple of is of no matter.
 *
 * Arm ARM DDI 0487, C7.2, "ADD (vector)", "UQADD", "ADDV", "LD1 (multiple structures)".
 */
#include "../check.h"

	.data
	.balign	16
words:
	.word	1, 2, 3, 0xffffffff
more:
	.word	10, 20, 30, 1
expected_s:
	.word	11, 22, 33, 0
bytes:
	.byte	0xff, 0xff, 0, 0, 1, 0, 0, 0, 0xfe, 0, 0, 0, 0, 0, 0, 0x80
ones:
	.fill	16, 1, 1
expected_b:
	.byte	0, 0, 1, 1, 2, 1, 1, 1, 0xff, 1, 1, 1, 1, 1, 1, 0x81
expected_h:
	.hword	0x0100, 0x0101, 0x0102, 0x0101, 0x01ff, 0x0101, 0x0101, 0x8101
expected_saturated:
	.byte	0xff, 0xff, 1, 1, 2, 1, 1, 1, 0xff, 1, 1, 1, 1, 1, 1, 0x81
result:
	.skip	16

	.text
	.globl	main
	.type	main, %function
main:
	stp	x29, x30, [sp, #-16]!

	/* Four words: the last one wraps round. */
	adrp	x0, words
	add	x0, x0, :lo12:words
	adrp	x1, more
	add	x1, x1, :lo12:more
	adrp	x2, result
	add	x2, x2, :lo12:result
	ld1	{v0.4s}, [x0]
	ld1	{v1.4s}, [x1]
	add	v2.4s, v0.4s, v1.4s
	st1	{v2.4s}, [x2]
	ASSERT_MEMEQ(result, expected_s, 16)

	/* Sixteen bytes. */
	adrp	x0, bytes
	add	x0, x0, :lo12:bytes
	adrp	x1, ones
	add	x1, x1, :lo12:ones
	adrp	x2, result
	add	x2, x2, :lo12:result
	ld1	{v0.16b}, [x0]
	ld1	{v1.16b}, [x1]
	add	v2.16b, v0.16b, v1.16b
	st1	{v2.16b}, [x2]
	ASSERT_MEMEQ(result, expected_b, 16)

	/* The same bits as eight halfwords: now there is a carry from a halfword's first byte to its second, as in the first one. */
	adrp	x0, bytes
	add	x0, x0, :lo12:bytes
	adrp	x1, ones
	add	x1, x1, :lo12:ones
	adrp	x2, result
	add	x2, x2, :lo12:result
	ld1	{v0.8h}, [x0]
	ld1	{v1.8h}, [x1]
	add	v2.8h, v0.8h, v1.8h
	st1	{v2.8h}, [x2]
	ASSERT_MEMEQ(result, expected_h, 16)

	/* Saturating: 255 + 1 = 255. */
	adrp	x0, bytes
	add	x0, x0, :lo12:bytes
	adrp	x1, ones
	add	x1, x1, :lo12:ones
	adrp	x2, result
	add	x2, x2, :lo12:result
	ld1	{v0.16b}, [x0]
	ld1	{v1.16b}, [x1]
	uqadd	v2.16b, v0.16b, v1.16b
	st1	{v2.16b}, [x2]
	ASSERT_MEMEQ(result, expected_saturated, 16)

	/* Across one vector: 10 + 20 + 30 + 1. */
	adrp	x1, more
	add	x1, x1, :lo12:more
	ld1	{v1.4s}, [x1]
	addv	s0, v1.4s
	fmov	w0, s0
	ASSERT_EQ(x0, 61)

	mov	w0, #0
	ldp	x29, x30, [sp], #16
	ret
