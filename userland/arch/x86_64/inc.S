/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Count up by one, and keep the carry.
 *
 * INC sets the flags as `add $1` does, but for CF, which stays as it is: so a loop over a long number can count with INC
 * between one ADC and the next.
 *
 * Intel SDM volume 2A, "INC"; AMD APM volume 3, "INC". See also dec.S.
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, @function
main:
	mov	$41, %rax
	inc	%rax
	ASSERT_EQ(%rax, 42)
	incq	counter(%rip)
	ASSERT_EQ(counter(%rip), 8)

	/* The carry is not that of this addition. */
	clc
	mov	$-1, %rax
	inc	%rax
	ASSERT_EQ(%rax, 0)
	ASSERT_FLAGS(Zc)
	stc
	inc	%rax
	ASSERT_FLAGS(zC)

	/* The overflow is. */
	mov	$0x7fffffff, %eax
	inc	%eax
	ASSERT_EQ(%rax, 0x80000000)
	ASSERT_FLAGS(OS)

	xor	%eax, %eax
	ret

	.data
	.balign	8
counter:
	.quad	7
