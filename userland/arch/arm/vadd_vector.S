/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Add many numbers at once: Advanced SIMD, also called NEON.
 *
 * q0 to q15 have 128 bits each and are pairs of d registers: q0 is d0 and d1. What is in them, the instruction says: i8, i16,
 * i32, i64, f32. (Double precision is not among them: that came with A64.) VQADD stops at the largest number instead of wrapping
 * round. A `!` behind the address of VLD1 lets it go on by what was loaded.
 *
 * Unlike VFP this arithmetic always rounds to nearest and takes numbers too small to be normal for zero, so a compiler uses it
 * for float only if that is allowed (-ffast-math).
 *
 * Arm ARM DDI 0406, A8.8, "VADD (integer)", "VADD (floating-point)", "VQADD", "VLD1 (multiple single elements)".
 */
#include "../check.h"

	.fpu	neon-vfpv4

	.data
	.balign	16
words:
	.word	1, 2, 3, 0xffffffff
	.word	10, 20, 30, 1
expected_words:
	.word	11, 22, 33, 0
bytes:
	.byte	1, 2, 3, 100, 127, 128, 200, 255
expected_bytes:
	.byte	2, 4, 6, 200, 254, 0, 144, 254
expected_saturated:
	.byte	2, 4, 6, 200, 254, 255, 255, 255
floats:
	.float	1.5, 2.5, 3.5, -4.5
	.float	0.5, 0.25, 0.125, 5.0
expected_floats:
	.float	2.0, 2.75, 3.625, 0.5
result:
	.skip	16

	.text
	.globl	main
	.type	main, %function
main:
	push	{r4, lr}

	/* Four words. */
	ldr		r0, =words
	ldr		r1, =result
	vld1.32		{q0}, [r0]!
	vld1.32		{q1}, [r0]!
	vadd.i32	q2, q0, q1
	vst1.32		{q2}, [r1]
	ASSERT_MEMEQ(result, expected_words, 16)
	ASSERT_EQ(r0, words + 32)

	/* Eight bytes in a d register: they wrap round, or stop. */
	ldr		r0, =bytes
	vld1.8		{d0}, [r0]
	vadd.i8		d1, d0, d0
	vst1.8		{d1}, [r1]
	ASSERT_MEMEQ(result, expected_bytes, 8)
	vqadd.u8	d1, d0, d0
	vst1.8		{d1}, [r1]
	ASSERT_MEMEQ(result, expected_saturated, 8)

	/* Four floats. */
	ldr		r0, =floats
	vld1.32		{q0, q1}, [r0]
	vadd.f32	q2, q0, q1
	vst1.32		{q2}, [r1]
	ASSERT_MEMEQ(result, expected_floats, 16)

	/* A sum across: neighbours, twice. 1.5 + 2.5 + 3.5 - 4.5. */
	vadd.f32	d0, d0, d1
	vpadd.f32	d0, d0, d0
	vmov		r0, s0
	ASSERT_EQ(r0, 0x40400000)	/* 3.0 */

	mov	r0, #0
	pop	{r4, pc}
