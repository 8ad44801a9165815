/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Have the assembler find a way to put a constant into a register.
 *
 * `ldr r0, =VALUE` is no instruction. The assembler takes MOV or MVN if one of them can make the value; otherwise it puts the
 * value into a "literal pool" behind the code and makes a load relative to pc of it. A load reaches 4 KiB, so a long file needs
 * `.ltorg` where pools are to be put, at a place that is never executed. `ldr r0, label` without the sign loads what stands at
 * the label.
 *
 * `objdump -d` shows what has become of each. movw.S does without memory.
 *
 * Arm ARM DDI 0406, A8.8, "LDR (literal)"; GNU as manual, "ARM Opcodes", "ARM Machine Directives".
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, %function
main:
	push	{r4, lr}

	/* A MOV. */
	ldr	r0, =1
	ASSERT_EQ(r0, 1)
	/* An MVN. */
	ldr	r0, =-2
	ASSERT_EQ(r0, -2)
	/* A load. */
	ldr	r0, =0x12345678
	ASSERT_EQ(r0, 0x12345678)

	/* The load itself, and two ways to a symbol: its address, what is there. */
	ldr	r0, near
	ASSERT_EQ(r0, 0x89abcdef)
	ldr	r0, =near
	ASSERT_EQ(r0, near)
	ldr	r1, [r0]
	ASSERT_EQ(r1, 0x89abcdef)

	/* The pool stands here; nothing may run into it. */
	b	1f
	.ltorg
near:
	.word	0x89abcdef
1:

	mov	r0, #0
	pop	{r4, pc}
