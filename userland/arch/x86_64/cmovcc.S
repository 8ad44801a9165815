/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Copy on a condition, without a jump.
 *
 * CMOVcc always reads its source: from memory also when the condition does not hold, so a pointer that may be null cannot be
 * tested this way. There is nothing to be predicted, hence nothing to be predicted wrongly; but the result waits for both
 * operands. With 32 bits the upper half of the destination is cleared in any case.
 *
 * Intel SDM volume 2A, "CMOVcc"; AMD APM volume 3, "CMOVcc". The conditions are those of jcc.S.
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, @function
main:
	/* The larger one of two, and the smaller one. */
	mov	$3, %rax
	mov	$5, %rdx
	mov	%rax, %rcx
	cmp	%rdx, %rax
	cmovl	%rdx, %rax
	cmovg	%rdx, %rcx
	ASSERT_EQ(%rax, 5)
	ASSERT_EQ(%rcx, 3)

	/* 5 limited to 4: from memory; a constant it cannot be. */
	cmp	limit(%rip), %rax
	cmova	limit(%rip), %rax
	ASSERT_EQ(%rax, 4)

	/* Not taken, and the upper half is gone. */
	mov	$-1, %rax
	cmp	%eax, %eax
	cmovne	%edx, %eax
	ASSERT_EQ(%rax, 0xffffffff)

	xor	%eax, %eax
	ret

	.section .rodata
	.balign	8
limit:	.quad	4
