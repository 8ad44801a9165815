/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Compare two numbers: a subtraction of which only the flags are kept.
 *
 * Mind the order: AT&T's `cmp $2, %rax` compares RAX with 2, as `sub` would subtract, so that a following `jg` jumps if RAX is
 * greater. The conditions come twice: a(bove) and b(elow) for unsigned numbers, g(reater) and l(ess) for signed ones.
 *
 * Intel SDM volume 2A, "CMP"; AMD APM volume 3, "CMP". What can be done with the flags: jcc.S, setcc.S, cmovcc.S.
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, @function
main:
	mov	$3, %rax
	cmp	$2, %rax
	ASSERT_COND(g)
	ASSERT_COND(a)
	ASSERT_COND(ne)
	ASSERT_EQ(%rax, 3)

	cmp	$3, %rax
	ASSERT_COND(e)
	ASSERT_COND(ge)
	ASSERT_COND(be)

	/* -1 is less than 1; without a sign it is the largest number of all. */
	mov	$-1, %rax
	cmp	$1, %rax
	ASSERT_COND(l)
	ASSERT_COND(a)

	/* 8 bits of memory. */
	cmpb	$'l', text+2(%rip)
	ASSERT_COND(e)

	xor	%eax, %eax
	ret

	.section .rodata
text:	.asciz	"hello"
