/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Load and store bytes.
 *
 * LDRB fills the upper 24 bits with zeros, LDRSB with the byte's sign. STRB stores the lowest 8 bits, whatever stands above them;
 * there is no STRSB, because the sign makes no difference to them.
 *
 * Arm ARM DDI 0406, A8.8, "LDRB (immediate, ARM)", "LDRSB (immediate)", "STRB (immediate, ARM)".
 */
#include "../check.h"

	.data
	.balign	4
bytes:
	.byte	0xfe, 1, 2, 3
text:
	.asciz	"hello"

	.text
	.globl	main
	.type	main, %function
main:
	push	{r4, lr}

	ldr	r1, =bytes
	ldrb	r0, [r1]
	ASSERT_EQ(r0, 0xfe)
	ldrsb	r0, [r1]
	ASSERT_EQ(r0, -2)

	/* One byte among four. */
	ldr	r0, =0x12345678
	strb	r0, [r1, #1]
	ldr	r0, [r1]
	ASSERT_EQ(r0, 0x030278fe)

	/* Byte by byte through a string, with a post-index. */
	ldr	r1, =text
	mov	r2, #0
1:	ldrb	r0, [r1], #1
	cmp	r0, #0
	addne	r2, r2, #1
	bne	1b
	ASSERT_EQ(r2, 5)

	mov	r0, #0
	pop	{r4, pc}
