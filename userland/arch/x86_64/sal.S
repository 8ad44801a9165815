/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shift signed numbers.
 *
 * SAR fills up with the sign: a division by a power of two that rounds down, where IDIV rounds towards zero (idiv.S). To the
 * left there is no difference: SAL and SHL are two names of one instruction; OF after a shift by one says whether the sign has
 * been lost.
 *
 * Intel SDM volume 2B, "SAL/SAR/SHL/SHR"; AMD APM volume 3, the same. See also shl.S.
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, @function
main:
	mov	$-5, %rax
	sal	$1, %rax
	ASSERT_EQ(%rax, -10)
	ASSERT_FLAGS(oSC)

	sar	$2, %rax
	ASSERT_EQ(%rax, -3)		/* -10 / 4 is -2.5 */
	ASSERT_FLAGS(C)

	mov	$-1, %rax
	sar	$63, %rax
	ASSERT_EQ(%rax, -1)
	mov	$-1, %rax
	shr	$63, %rax
	ASSERT_EQ(%rax, 1)

	/* Twice the largest number has the wrong sign. */
	mov	$0x7fffffffffffffff, %rax
	sal	$1, %rax
	ASSERT_EQ(%rax, -2)
	ASSERT_FLAGS(OSc)

	xor	%eax, %eax
	ret
