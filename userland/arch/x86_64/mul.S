/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Multiply without signs: 64 bits by 64 bits are 128.
 *
 * MUL has one operand; the other is RAX, and the product is RDX:RAX. CF and OF are set if the upper half is not 0; SF, ZF, AF
 * and PF mean nothing. With 32 bits the registers are EAX and EDX:EAX, with 8 bits AL and AX.
 *
 * Intel SDM volume 2B, "MUL"; AMD APM volume 3, "MUL". See imul.S for signed numbers, and for products that fit.
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, @function
main:
	mov	$6, %rax
	mov	$7, %rcx
	mov	$-1, %rdx
	mul	%rcx
	ASSERT_EQ(%rax, 42)
	ASSERT_EQ(%rdx, 0)
	ASSERT_FLAGS(oc)

	/* (2^64 - 1)^2 = 2^128 - 2 * 2^64 + 1 */
	mov	$-1, %rax
	mul	%rax
	ASSERT_EQ(%rax, 1)
	ASSERT_EQ(%rdx, -2)
	ASSERT_FLAGS(OC)

	/* 255 * 255 in 16 bits. */
	mov	$0xff, %eax
	mul	%al
	ASSERT_EQ(%rax, 255 * 255)

	xor	%eax, %eax
	ret
