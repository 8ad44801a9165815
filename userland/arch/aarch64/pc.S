/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Read the program counter, which is no register that an instruction can name.
 *
 * On 32-bit Arm the program counter is r15, and any instruction can read or write it. In A64 only some can: ADR and ADRP add to
 * it, LDR (literal) loads from an address relative to it, BL leaves it, plus 4, in x30, and branches write it. What they read is
 * the address of the instruction itself, not one that lies 8 bytes ahead.
 *
 * `ldr x0, label` reaches 1 MiB in both directions. `ldr x0, =CONSTANT` is this instruction too; the assembler makes the label.
 *
 * Arm ARM DDI 0487, C1.2.5, "Register names"; C6.2, "ADR", "LDR (literal)".
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, %function
main:
	stp	x29, x30, [sp, #-16]!

	/* Two instructions are four bytes apart. */
	adr	x0, .
	adr	x1, .
	sub	x0, x1, x0
	ASSERT_EQ(x0, 4)

	/* BL leaves the address of the instruction behind it. */
	bl	behind
behind:
	ASSERT_EQ(x30, behind)

	/* A branch to an address in a register writes it. */
	mov	x0, #1
	adr	x1, 2f
	br	x1
	mov	x0, #2
2:
	ASSERT_EQ(x0, 1)

	/* A load relative to it. */
	ldr	x0, 3f
	ASSERT_EQ(x0, 0x1122334455667788)
	b	4f
	.balign	8
3:	.quad	0x1122334455667788
4:

	mov	w0, #0
	ldp	x29, x30, [sp], #16
	ret
