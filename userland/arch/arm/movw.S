/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Put any constant into a register with two instructions.
 *
 * MOVW writes 16 bits and clears the upper half; MOVT ("top") writes the upper half and leaves the lower one. They came with
 * Armv7 (and Armv6T2). `#:lower16:symbol` and `#:upper16:symbol` are the halves of an address, which the linker fills in: no
 * constant has to be loaded from memory, as it has for ldr_pseudo.S.
 *
 * Arm ARM DDI 0406, A8.8, "MOV (immediate)", "MOVT"; ELF for the Arm Architecture, R_ARM_MOVW_ABS_NC.
 */
#include "../check.h"

	.section .rodata
	.balign	4
number:
	.word	0x89abcdef

	.text
	.globl	main
	.type	main, %function
main:
	push	{r4, lr}

	movw	r0, #0x5678
	movt	r0, #0x1234
	ASSERT_EQ(r0, 0x12345678)

	/* MOVW clears the upper half, MOVT leaves the lower one. */
	mvn	r0, #0
	movw	r0, #0x1234
	ASSERT_EQ(r0, 0x1234)
	mvn	r0, #0
	movt	r0, #0
	ASSERT_EQ(r0, 0xffff)

	movw	r1, #:lower16:number
	movt	r1, #:upper16:number
	ASSERT_EQ(r1, number)
	ldr	r0, [r1]
	ASSERT_EQ(r0, 0x89abcdef)

	mov	r0, #0
	pop	{r4, pc}
