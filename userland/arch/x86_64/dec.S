/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Count down by one, and keep the carry.
 *
 * DEC sets the flags as `sub $1` does, but for CF, which stays as it is. ZF after it ends a loop; SF tells that zero was
 * passed.
 *
 * Intel SDM volume 2A, "DEC"; AMD APM volume 3, "DEC". See also inc.S and loop.S.
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, @function
main:
	clc
	mov	$2, %rax
	dec	%rax
	ASSERT_FLAGS(szc)
	dec	%rax
	ASSERT_FLAGS(sZc)
	dec	%rax
	ASSERT_FLAGS(Szc)
	ASSERT_EQ(%rax, -1)

	/* 1 + 2 + ... + 10 */
	xor	%eax, %eax
	mov	$10, %ecx
1:	add	%rcx, %rax
	dec	%ecx
	jnz	1b
	ASSERT_EQ(%rax, 55)
	ASSERT_EQ(%rcx, 0)

	xor	%eax, %eax
	ret
