/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Turn round the order of the bytes.
 *
 * REV is htonl(3) of a little-endian machine: the highest byte becomes the lowest. REV16 does it within each half, REVSH with the
 * lower half, whose sign it extends. On 32-bit Arm SETEND can switch the byte order of all loads and stores for a while; it is
 * deprecated in Armv8.
 *
 * Arm ARM DDI 0406, A8.8, "REV", "REV16", "REVSH".
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, %function
main:
	push	{r4, lr}

	movw	r0, #0xccdd
	movt	r0, #0xaabb
	rev	r1, r0
	ASSERT_EQ(r1, 0xddccbbaa)
	rev16	r1, r0
	ASSERT_EQ(r1, 0xbbaaddcc)

	/* 0xccdd becomes 0xddcc, a negative number of 16 bits. */
	revsh	r1, r0
	ASSERT_EQ(r1, 0xffffddcc)

	/* As memory has it: the first byte is the lowest. */
	push	{r0}
	ldrb	r1, [sp]
	add	sp, sp, #4
	ASSERT_EQ(r1, 0xdd)

	mov	r0, #0
	pop	{r4, pc}
