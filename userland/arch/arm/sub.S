/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Subtract, with a borrow, and in reverse.
 *
 * After SUBS the carry flag means "no borrow": C is set if the first operand was not below the second, as unsigned numbers. (On
 * x86 it is the other way round.) SBC subtracts one more if C is clear, which makes a subtraction of 64 bits out of two. RSB
 * ("reverse subtract") takes the first operand from the second, since only the second can be a constant or shifted: `rsb r0, r1,
 * #0` is -r1, and NEG is its other name. CMP is SUBS that keeps the flags only.
 *
 * Arm ARM DDI 0406, A8.8, "SUB (immediate, ARM)", "SBC (register)", "RSB (immediate)", "CMP (immediate)".
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, %function
main:
	push	{r4, lr}

	mov	r0, #5
	sub	r0, r0, #3
	ASSERT_EQ(r0, 2)

	/* No borrow: C. */
	mov	r0, #5
	subs	r0, r0, #5
	ASSERT_EQ(r0, 0)
	ASSERT_FLAGS(nZCv)

	/* A borrow: no C. */
	mov	r0, #5
	subs	r0, r0, #6
	ASSERT_EQ(r0, -1)
	ASSERT_FLAGS(Nzcv)

	/* The smallest signed number less one has the wrong sign: V. */
	mov	r0, #0x80000000
	subs	r0, r0, #1
	ASSERT_EQ(r0, 0x7fffffff)
	ASSERT_FLAGS(nzCV)

	/* 64 bits: 0x5_00000000 - 0x1_00000001 = 0x3_ffffffff. */
	mov	r0, #0
	mov	r1, #5
	subs	r0, r0, #1
	sbc	r1, r1, #1
	ASSERT_EQ(r0, 0xffffffff)
	ASSERT_EQ(r1, 3)

	/* In reverse: 100 - 4 * 8. */
	mov	r0, #4
	rsb	r1, r0, #100
	ASSERT_EQ(r1, 96)
	rsb	r1, r0, r0, lsl #3
	ASSERT_EQ(r1, 28)
	neg	r1, r0
	ASSERT_EQ(r1, -4)

	cmp	r0, #4
	ASSERT_COND(eq)
	ASSERT_EQ(r0, 4)

	mov	r0, #0
	pop	{r4, pc}
