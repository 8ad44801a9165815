/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Invert all bits of a number.
 *
 * ~x is -x - 1. Among the instructions that calculate NOT is the only one that leaves all flags alone.
 *
 * Intel SDM volume 2B, "NOT"; AMD APM volume 3, "NOT". See also neg.S.
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, @function
main:
	mov	$41, %rax
	not	%rax
	ASSERT_EQ(%rax, -42)

	xor	%eax, %eax		/* ZF */
	not	%eax
	ASSERT_EQ(%rax, 0xffffffff)
	ASSERT_FLAGS(osZc)

	not	%al
	ASSERT_EQ(%rax, 0xffffff00)

	xor	%eax, %eax
	ret
