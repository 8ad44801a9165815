/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Branch, always.
 *
 * B adds a constant of 24 bits times 4 to the program counter: 32 MiB in both directions. BX branches to the address in a
 * register, and changes to T32 if its lowest bit is set. A write to pc by another instruction is a branch as well.
 *
 * Arm ARM DDI 0406, A8.8, "B", "BX".
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, %function
main:
	push	{r4, lr}

	b	1f
	FAIL("behind b")
1:
	/* Backwards. */
	b	3f
2:	b	4f
3:	b	2b
	FAIL("behind b backwards")
4:
	ldr	r0, =5f
	bx	r0
	FAIL("behind bx")
5:
	ldr	pc, =6f
	FAIL("behind ldr pc")
6:

	mov	r0, #0
	pop	{r4, pc}
