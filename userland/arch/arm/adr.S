/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Make the address of something near.
 *
 * ADR is ADD or SUB of a constant and pc, which A32 reads as the address of the instruction plus 8; so it reaches what such a
 * constant can express: 255 bytes, or farther at multiples. ADRL is two of them, which reach 64 KiB. Both work wherever the code
 * was loaded, and need nothing of the linker. `ldr r0, =label` reaches everything, but has the address itself in memory.
 *
 * Arm ARM DDI 0406, A8.8, "ADR"; GNU as manual, "ARM Opcodes".
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, %function
main:
	push	{r4, lr}

	adr	r0, data
	ASSERT_EQ(r0, data)
	ldr	r1, [r0]
	ASSERT_EQ(r1, 0x12345678)

	adrl	r0, far
	ASSERT_EQ(r0, far)

	/* What it is made of: pc is 8 bytes ahead. */
	add	r0, pc, #0
1:	ASSERT_EQ(r0, 1b + 4)
	b	2f
data:
	.word	0x12345678
	.skip	0x2468
far:
2:

	mov	r0, #0
	pop	{r4, pc}
