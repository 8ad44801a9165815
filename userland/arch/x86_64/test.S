/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ask for some bits of a number: an AND of which only the flags are kept.
 *
 * ZF is set if none of the bits is. `test %rax, %rax` is how compilers compare with 0: it is shorter than CMP, and ZF and SF
 * are the same.
 *
 * Intel SDM volume 2B, "TEST"; AMD APM volume 3, "TEST".
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, @function
main:
	mov	$0b1100, %rax
	test	$0b0100, %rax
	ASSERT_FLAGS(oszc)
	ASSERT_EQ(%rax, 0b1100)
	test	$0b0011, %rax
	ASSERT_FLAGS(oZc)

	/* Zero, positive, negative. */
	test	%rax, %rax
	ASSERT_COND(nz)
	ASSERT_COND(ns)
	neg	%rax
	test	%rax, %rax
	ASSERT_COND(s)
	xor	%eax, %eax
	test	%eax, %eax
	ASSERT_COND(z)

	xor	%eax, %eax
	ret
