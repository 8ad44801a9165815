/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Subtract two numbers of 128 bits.
 *
 * SBB subtracts CF as well: the borrow that the subtraction of the lower halves left there. `sbb %rax, %rax` makes a mask of
 * the carry: all zeros or all ones, whatever RAX was.
 *
 * Intel SDM volume 2B, "SBB"; AMD APM volume 3, "SBB".
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, @function
main:
	/* RDX:RAX = 2^64 * 5, minus 2^64 * 2 + 1. */
	mov	$0, %rax
	mov	$5, %rdx
	sub	$1, %rax
	sbb	$2, %rdx
	ASSERT_EQ(%rax, -1)
	ASSERT_EQ(%rdx, 2)
	ASSERT_FLAGS(c)

	stc
	sbb	%rax, %rax
	ASSERT_EQ(%rax, -1)
	clc
	sbb	%rax, %rax
	ASSERT_EQ(%rax, 0)

	xor	%eax, %eax
	ret
