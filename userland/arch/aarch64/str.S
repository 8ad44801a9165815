/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Store and load: sizes, address modes, and pairs.
 *
 * Only loads and stores reach memory; all other instructions work on registers. An address is a register, plus
 *
 * - a constant: `[x0, #8]`
 * - another register, which may be shifted by the size of what is accessed, or extended: `[x0, x1, lsl #3]`, `[x0, w1, sxtw]`
 * - a constant that is added to the register for good, before the access (pre-index, `[x0, #8]!`) or after it (post-index, `[x0],
 *   #8`)
 *
 * STP and LDP take two registers at once; with a pre-index and a post-index they are what PUSH and POP are elsewhere. The stack
 * pointer must be a multiple of 16 whenever it is the base of an access, hence a pair even where one register has to be kept.
 *
 * Bytes are in little-endian order: the lowest byte of the number has the lowest address.
 *
 * Arm ARM DDI 0487, C1.3.3, "Load/Store addressing modes"; C6.2, "STR", "STRB", "STRH", "STP", "LDP".
 */
#include "../check.h"

	.data
	.balign	16
numbers:
	.quad	0x1111111111111111, 0x2222222222222222, 0x3333333333333333, 0x4444444444444444
scratch:
	.quad	0, 0

	.text
	.globl	main
	.type	main, %function
main:
	stp	x29, x30, [sp, #-16]!

	adrp	x9, scratch
	add	x9, x9, :lo12:scratch
	adrp	x10, numbers
	add	x10, x10, :lo12:numbers

	/* 8, 4, 2 and 1 bytes. A load into a W register clears the upper half of the X register. */
	ldr	x0, =0x123456789abcdef0
	str	x0, [x9]
	ldr	x0, [x9]
	ASSERT_EQ(x0, 0x123456789abcdef0)
	mov	x0, #-1
	ldr	w0, [x9]
	ASSERT_EQ(x0, 0x9abcdef0)
	ldrh	w0, [x9]
	ASSERT_EQ(x0, 0xdef0)
	ldrb	w0, [x9]
	ASSERT_EQ(x0, 0xf0)

	/* The highest byte of the number is the last one. */
	ldrb	w0, [x9, #7]
	ASSERT_EQ(x0, 0x12)

	/* A store of one byte leaves its neighbours. */
	mov	w0, #0
	strb	w0, [x9, #1]
	ldr	x0, [x9]
	ASSERT_EQ(x0, 0x123456789abc00f0)
	strh	wzr, [x9, #6]
	ldr	x0, [x9]
	ASSERT_EQ(x0, 0x56789abc00f0)

	/* Base and constant: the base stays. */
	mov	x11, x10
	ldr	x0, [x11, #8]
	ASSERT_EQ(x0, 0x2222222222222222)
	ASSERT_EQ(x11, numbers)

	/* Base and index, as in `numbers[3]`. */
	mov	x1, #3
	ldr	x0, [x10, x1, lsl #3]
	ASSERT_EQ(x0, 0x4444444444444444)

	/* A 32-bit index with a sign: `end[-1]`. */
	add	x2, x10, #32
	mov	w1, #-1
	ldr	x0, [x2, w1, sxtw #3]
	ASSERT_EQ(x0, 0x4444444444444444)

	/* Pre-index: first the addition, then the access. */
	mov	x11, x10
	ldr	x12, [x11, #8]!
	sub	x11, x11, x10
	ASSERT_EQ(x12, 0x2222222222222222)
	ASSERT_EQ(x11, 8)

	/* Post-index: first the access. */
	mov	x11, x10
	ldr	x12, [x11], #8
	sub	x11, x11, x10
	ASSERT_EQ(x12, 0x1111111111111111)
	ASSERT_EQ(x11, 8)

	/* Onto the stack and back, in the other order: an exchange. */
	mov	x0, #1
	mov	x1, #2
	stp	x0, x1, [sp, #-16]!
	ldp	x12, x11, [sp], #16
	ASSERT_EQ(x11, 2)
	ASSERT_EQ(x12, 1)

	mov	w0, #0
	ldp	x29, x30, [sp], #16
	ret
