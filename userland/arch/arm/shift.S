/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shift and rotate, alone or as part of another instruction.
 *
 * The last operand of most instructions can be a register that is shifted on the way, by a constant or by another register: LSL
 * left, LSR right with zeros, ASR right with the sign, ROR round; RRX goes round by one through the carry flag, 33 bits in all.
 * What is called a shift instruction is MOV with such an operand. With S the last bit that was thrown out is in C.
 *
 * A shift by a register takes its lowest byte: 32 and more give zero (or the sign), where x86 would count modulo 32.
 *
 * Arm ARM DDI 0406, A8.4, "Shifts applied to a register"; A8.8, "LSL (immediate)", "ASR (immediate)", "RRX".
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, %function
main:
	push	{r4, lr}

	mov	r0, #0xff
	lsl	r1, r0, #4
	ASSERT_EQ(r1, 0xff0)
	lsr	r1, r0, #4
	ASSERT_EQ(r1, 0xf)

	/* -16 / 4, with and without the sign. */
	mvn	r0, #15
	asr	r1, r0, #2
	ASSERT_EQ(r1, -4)
	lsr	r1, r0, #2
	ASSERT_EQ(r1, 0x3ffffffc)

	/* Round. */
	movw	r0, #0x5678
	movt	r0, #0x1234
	ror	r1, r0, #8
	ASSERT_EQ(r1, 0x78123456)

	/* Round through the carry: C comes in at the top, bit 0 goes out into C. */
	mov	r0, #3
	cmp	r0, r0			/* sets C */
	rrxs	r1, r0
	ASSERT_EQ(r1, 0x80000001)
	ASSERT_FLAGS(C)

	/* Two names, one instruction. */
	ASSERT_MEMEQ(first, second, 4)
first:	lsl	r1, r0, #4
second:	mov	r1, r0, lsl #4

	/* In an addition: r0 + r0 * 8. */
	add	r1, r0, r0, lsl #3
	ASSERT_EQ(r1, 27)

	/* By a register: 32 throws all out. */
	mov	r2, #32
	lsl	r1, r0, r2
	ASSERT_EQ(r1, 0)
	mov	r2, #1
	add	r1, r0, r0, lsl r2
	ASSERT_EQ(r1, 9)

	/* The bit that fell out. */
	lsrs	r1, r0, #1
	ASSERT_EQ(r1, 1)
	ASSERT_FLAGS(C)

	mov	r0, #0
	pop	{r4, pc}
