/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Multiply: 32 bits, 64 bits, and added to something.
 *
 * MUL gives the lower 32 bits of the product, which are the same for signed and unsigned numbers. UMULL and SMULL give all 64 in
 * two registers; MLA and UMLAL add the product to what is there, MLS takes it away. There is no division in Armv7-A's base: SDIV
 * and UDIV belong to the virtualization extensions' processors (Cortex-A15, not A9), and `/` of C calls a function of libgcc
 * unless the compiler is told otherwise.
 *
 * Arm ARM DDI 0406, A8.8, "MUL", "UMULL", "SMULL", "MLA", "MLS".
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, %function
main:
	push	{r4, lr}

	mov	r0, #7
	mov	r1, #6
	mul	r2, r0, r1
	ASSERT_EQ(r2, 42)

	/* Only the lower half: 0x10000 * 0x10000 = 2^32. */
	mov	r0, #0x10000
	mul	r2, r0, r0
	ASSERT_EQ(r2, 0)
	umull	r2, r3, r0, r0
	ASSERT_EQ(r2, 0)
	ASSERT_EQ(r3, 1)

	/* -1 * 2: the upper half differs. */
	mvn	r0, #0
	mov	r1, #2
	umull	r2, r3, r0, r1
	ASSERT_EQ(r2, -2)
	ASSERT_EQ(r3, 1)
	smull	r2, r3, r0, r1
	ASSERT_EQ(r2, -2)
	ASSERT_EQ(r3, -1)

	/* 100 + 7 * 6 and 100 - 7 * 6. */
	mov	r0, #7
	mov	r1, #6
	mov	r2, #100
	mla	r3, r0, r1, r2
	ASSERT_EQ(r3, 142)
	mls	r3, r0, r1, r2
	ASSERT_EQ(r3, 58)

	/* MULS sets N and Z. */
	mov	r0, #0
	muls	r3, r0, r1
	ASSERT_EQ(r3, 0)
	ASSERT_FLAGS(nZ)

	mov	r0, #0
	pop	{r4, pc}
