/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which constants fit into an instruction.
 *
 * A32 has 12 bits for one: 8 bits, and 4 bits that say by how many pairs of bits they are rotated right. So 0xff, 0xff0,
 * 0xff000000 and 0xf000000f fit; 0x1fe (8 bits at an odd place), 0x101 and 0xfff do not. Where the negative or the complement
 * fits, the assembler takes the opposite instruction: ADD becomes SUB, MOV becomes MVN, AND becomes BIC. MOVW takes any 16 bits
 * (movw.S), `ldr r0, =` anything (ldr_pseudo.S). If nothing fits, the assembler says "invalid constant (...) after fixup".
 *
 * T32 has other ones: 8 bits at any rotation, and a byte repeated, as in 0x00ff00ff.
 *
 * Arm ARM DDI 0406, A5.2.4, "Modified immediate constants in ARM instructions"; A6.3.2 for T32.
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, %function
main:
	push	{r4, lr}

	mov	r0, #0
	add	r0, r0, #0xff
	add	r0, r0, #0xff00
	add	r0, r0, #0xff000000
	ASSERT_EQ(r0, 0xff00ffff)

	/* Round the end of the register. */
	mov	r0, #0xf000000f
	ASSERT_EQ(r0, 0xf000000f)

	/* The opposite instruction. */
	ASSERT_MEMEQ(first, second, 4)
first:	add	r0, r0, #-15
second:	sub	r0, r0, #15
	ASSERT_EQ(r0, 0xefffffff - 14)
	mov	r0, #0xffffff00
	ASSERT_EQ(r0, 0xffffff00)

	/* 0x101 in two parts. */
	mov	r0, #0x100
	orr	r0, r0, #0x001
	ASSERT_EQ(r0, 0x101)

	/* Loads and stores: 12 bits as they are, and a sign. */
	sub	sp, sp, #4096
	mov	r0, #42
	str	r0, [sp, #4092]
	add	r1, sp, #4096
	ldr	r2, [r1, #-4]
	add	sp, sp, #4096
	ASSERT_EQ(r2, 42)

	/* T32: a byte repeated. */
	blx	repeated
	ASSERT_EQ(r0, 0x00ff00ff)
	b	1f

	.thumb
	.thumb_func
repeated:
	mov	r0, #0x00ff00ff
	bx	lr
	.arm
1:

	mov	r0, #0
	pop	{r4, pc}
