/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Add two numbers of 128 bits.
 *
 * ADC adds CF as well: the carry that the addition of the lower halves left there. A chain of ADC adds numbers of any length,
 * as long as nothing in between touches CF: MOV and LEA do not change flags, INC and DEC leave CF alone.
 *
 * Intel SDM volume 2A, "ADC"; AMD APM volume 3, "ADC".
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, @function
main:
	/* CF decides. */
	clc
	mov	$1, %rax
	adc	$2, %rax
	ASSERT_EQ(%rax, 3)
	stc
	mov	$1, %rax
	adc	$2, %rax
	ASSERT_EQ(%rax, 4)

	/* RDX:RAX = 2^64 * 5 + 2^64 - 1; and the sum with 2^64 * 7 + 1. */
	mov	$-1, %rax
	mov	$5, %rdx
	add	$1, %rax
	adc	$7, %rdx
	ASSERT_EQ(%rax, 0)
	ASSERT_EQ(%rdx, 13)

	/* The carry goes through a word that is all ones. */
	mov	$-1, %rax
	mov	$-1, %rdx
	mov	$0, %ecx
	add	$1, %rax
	adc	$0, %rdx
	adc	$0, %rcx
	ASSERT_EQ(%rax, 0)
	ASSERT_EQ(%rdx, 0)
	ASSERT_EQ(%rcx, 1)

	xor	%eax, %eax
	ret
