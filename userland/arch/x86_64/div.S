/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Divide without signs: 128 bits by 64 bits.
 *
 * DIV divides RDX:RAX by its operand; RAX becomes the quotient and RDX the remainder. So before a division of 64 bits RDX has
 * to be cleared. The flags mean nothing afterwards. What cannot be divided ends in an exception: div_zero.S, div_overflow.S.
 *
 * Intel SDM volume 2A, "DIV"; AMD APM volume 3, "DIV".
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, @function
main:
	mov	$47, %rax
	xor	%edx, %edx
	mov	$10, %rcx
	div	%rcx
	ASSERT_EQ(%rax, 4)
	ASSERT_EQ(%rdx, 7)

	/* (2^64 * 1 + 5) / 2 */
	mov	$1, %rdx
	mov	$5, %rax
	mov	$2, %rcx
	div	%rcx
	ASSERT_EQ(%rax, 0x8000000000000002)
	ASSERT_EQ(%rdx, 1)

	/* With 8 bits it is AX that is divided: AL is the quotient, AH the remainder. */
	mov	$1000, %eax
	mov	$7, %cl
	div	%cl
	ASSERT_EQ(%rax, 6 << 8 | 142)

	xor	%eax, %eax
	ret
