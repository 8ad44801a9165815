/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Change the sign of a number.
 *
 * NEG subtracts from zero: it inverts all bits and adds one. CF is set unless the number was 0, OF if it was the smallest one,
 * which has no counterpart and stays as it is. NEG of the lower half, ADC of 0 and NEG of the upper half negate 128 bits.
 *
 * Intel SDM volume 2B, "NEG"; AMD APM volume 3, "NEG". See also not.S.
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, @function
main:
	mov	$5, %rax
	neg	%rax
	ASSERT_EQ(%rax, -5)
	ASSERT_FLAGS(oSzC)
	neg	%rax
	ASSERT_EQ(%rax, 5)

	xor	%eax, %eax
	neg	%rax
	ASSERT_EQ(%rax, 0)
	ASSERT_FLAGS(oZc)

	mov	$0x8000000000000000, %rax
	neg	%rax
	ASSERT_EQ(%rax, 0x8000000000000000)
	ASSERT_FLAGS(OSC)

	/* -(2^64 * 1 + 2) */
	mov	$2, %rax
	mov	$1, %rdx
	neg	%rax
	adc	$0, %rdx
	neg	%rdx
	ASSERT_EQ(%rax, -2)
	ASSERT_EQ(%rdx, -2)

	xor	%eax, %eax
	ret
