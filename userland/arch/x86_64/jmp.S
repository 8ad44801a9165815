/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Go on somewhere else.
 *
 * The operand is a distance from the next instruction: of 8 bits if the assembler finds that enough, else of 32. In the GNU
 * assembler labels that are numbers can be used again and again: `1f` is the next one forwards, `1b` the last one backwards.
 *
 * Intel SDM volume 2A, "JMP"; AMD APM volume 3, "JMP (Near)". To an address in a register or in memory: jmp_indirect.S.
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, @function
main:
	jmp	1f
	FAIL("this is jumped over")
1:	jmp	2f
1:	jmp	3f
2:	jmp	1b
	FAIL("all ways lead past this")
3:
	/* The distance of a short jump is the second of its two bytes. */
short:	jmp	next
next:	movzwl	short(%rip), %eax
	ASSERT_EQ(%rax, 0x00eb)

	xor	%eax, %eax
	ret
