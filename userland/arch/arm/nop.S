/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Do nothing.
 *
 * NOP is a hint of its own since Armv6K, four bytes in A32 and two or four in T32. Before, `mov r0, r0` served, and still does:
 * `.balign` in code fills with the one that the assembler was told the processor knows. It need not take time: a processor may
 * drop it before it is executed.
 *
 * Arm ARM DDI 0406, A8.8, "NOP".
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, %function
main:
	push	{r4, lr}

	ldr	r0, =second
	ldr	r1, =first
	sub	r0, r0, r1
	ASSERT_EQ(r0, 4)

	/* Registers and flags come out as they went in. */
	mov	r0, #1
	cmp	r0, #1
first:	nop
second:	mov	r0, r0
	ASSERT_EQ(r0, 1)
	ASSERT_FLAGS(nZCv)

	mov	r0, #0
	pop	{r4, pc}
