/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Store a word, load it again, and look at its bytes.
 *
 * Only loads and stores reach memory. Unlike in all other instructions the source comes first in a store: `str r0, [r1]`. The
 * lowest byte of the number has the lowest address ("little-endian"). LDRD and STRD take two registers with consecutive numbers,
 * of which the first is even.
 *
 * What an address can look like is in address_modes.S.
 *
 * Arm ARM DDI 0406, A8.8, "STR (immediate, ARM)", "LDR (immediate, ARM)", "STRD (immediate)"; A3.3, "Endian support".
 */
#include "../check.h"

	.data
	.balign	8
variable:
	.word	0, 0

	.text
	.globl	main
	.type	main, %function
main:
	push	{r4, lr}

	ldr	r1, =variable
	ldr	r0, =0x12345678
	str	r0, [r1]
	mov	r0, #0
	ldr	r0, [r1]
	ASSERT_EQ(r0, 0x12345678)

	ldrb	r0, [r1]
	ASSERT_EQ(r0, 0x78)
	ldrb	r0, [r1, #3]
	ASSERT_EQ(r0, 0x12)

	/* Two at once. */
	mov	r2, #1
	mov	r3, #2
	strd	r2, r3, [r1]
	ldr	r0, [r1]
	ASSERT_EQ(r0, 1)
	ldr	r0, [r1, #4]
	ASSERT_EQ(r0, 2)

	/* An address that is no multiple of 4 will do, for LDR and STR; LDRD would fault. */
	ldr	r0, =0xa1b2c3d4
	str	r0, [r1, #1]
	ldr	r0, [r1, #1]
	ASSERT_EQ(r0, 0xa1b2c3d4)
	ldr	r0, [r1]
	ASSERT_EQ(r0, 0xb2c3d401)

	mov	r0, #0
	pop	{r4, pc}
