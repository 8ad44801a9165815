/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Say with an S that an instruction is to set the flags.
 *
 * Most instructions leave the flags alone unless S is appended. So a comparison can be used long after it was made, and a loop
 * can keep a carry over its own counting. CMP, CMN, TST and TEQ have no use without flags, and need no S. In the 16-bit forms of
 * T32 it is the other way round: many always set the flags outside an IT block, and the assembler wants the S to be written
 * (thumb.S).
 *
 * Arm ARM DDI 0406, A8.1, "Format of instruction descriptions"; A2.4, "The Application Program Status Register (APSR)".
 */
#include "../check.h"

	.data
	.balign	4
number:
	.word	0xffffffff, 0x80000000, 1
doubled:
	.word	0xfffffffe, 1, 3

	.text
	.globl	main
	.type	main, %function
main:
	push	{r4, lr}

	/* Without S the comparison's result stays. */
	mov	r0, #5
	cmp	r0, #5
	mov	r1, #7
	sub	r1, r1, #8
	ASSERT_EQ(r1, -1)
	ASSERT_FLAGS(nZCv)

	/* With S it is that of the subtraction. */
	subs	r1, r0, #6
	ASSERT_EQ(r1, -1)
	ASSERT_FLAGS(Nzcv)

	/* Double a number of 96 bits, word by word: LDR, STR and TEQ leave the carry for the next ADCS. */
	ldr	r0, =number
	add	r2, r0, #12
	cmn	r0, #0			/* clears C: nothing is added */
1:	ldr	r3, [r0]
	adcs	r3, r3, r3
	str	r3, [r0], #4
	teq	r0, r2
	bne	1b
	ASSERT_MEMEQ(number, doubled, 12)

	mov	r0, #0
	pop	{r4, pc}
