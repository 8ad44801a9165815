/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Do nothing, in one to nine bytes.
 *
 * The one-byte NOP, 0x90, is what XCHG of EAX with itself would be; but it does not clear the upper half of RAX, as that would.
 * Longer ones fill up to an address that the next instruction should have: the assembler makes them of `.balign` in code. The
 * kernel's own functions begin with one of five bytes, in whose place a tracer puts a call.
 *
 * Intel SDM volume 2B, "NOP", table "Recommended Multi-Byte Sequence of NOP Instruction"; AMD APM volume 3, "NOP".
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, @function
main:
	mov	$-1, %rax
	stc
one:	nop
after:	ASSERT_EQ(%rax, -1)
	ASSERT_FLAGS(C)
	movzbl	one(%rip), %eax
	ASSERT_EQ(%rax, 0x90)
	mov	$after - one, %eax
	ASSERT_EQ(%rax, 1)

	/* With an operand: nothing is read, whatever the address is. */
	xor	%ecx, %ecx
	nopw	0x1234(%rcx,%rcx,8)

	/* What the assembler fills up with can be executed. */
	.balign	32
	lea	1f(%rip), %rax
	jmp	1f
	.balign	16
1:	test	$15, %al
	ASSERT_COND(z)

	xor	%eax, %eax
	ret
