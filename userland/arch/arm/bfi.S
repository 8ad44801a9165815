/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Write, clear and read a field of bits.
 *
 * `bfi rd, rn, #FIRST, #WIDTH` puts the lowest WIDTH bits of rn into rd from bit FIRST on and leaves the others. BFC clears the
 * field, UBFX and SBFX take it out, without and with its sign. Mind what comes first: FIRST and WIDTH, not two bits.
 *
 * Arm ARM DDI 0406, A8.8, "BFI", "BFC", "UBFX", "SBFX".
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, %function
main:
	push	{r4, lr}

	movw	r0, #0x5678
	movt	r0, #0x1234
	movw	r1, #0xabcd
	mov	r2, r0
	bfi	r2, r1, #8, #16
	ASSERT_EQ(r2, 0x12abcd78)

	/* Of rn only WIDTH bits count. */
	mov	r2, #0
	bfi	r2, r1, #4, #4
	ASSERT_EQ(r2, 0xd0)

	mov	r2, r0
	bfc	r2, #4, #8
	ASSERT_EQ(r2, 0x12345008)

	ubfx	r2, r1, #8, #8
	ASSERT_EQ(r2, 0xab)
	sbfx	r2, r1, #8, #8
	ASSERT_EQ(r2, 0xffffffab)

	mov	r0, #0
	pop	{r4, pc}
