/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Flip one bit of a number, and learn what it was.
 *
 * CF is the old bit.
 *
 * Intel SDM volume 2A, "BTC"; AMD APM volume 3, "BTC". See also bt.S.
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, @function
main:
	mov	$0b1010, %rax
	btc	$1, %rax
	ASSERT_FLAGS(C)
	ASSERT_EQ(%rax, 0b1000)
	btc	$1, %rax
	ASSERT_FLAGS(c)
	ASSERT_EQ(%rax, 0b1010)

	/* The highest one is the sign of a floating-point number. */
	mov	minus_two(%rip), %rax
	btc	$63, %rax
	ASSERT_EQ(%rax, 2 << 61)	/* 2.0: see ieee754.S */

	xor	%eax, %eax
	ret

	.section .rodata
	.balign	8
minus_two:
	.double	-2.0
