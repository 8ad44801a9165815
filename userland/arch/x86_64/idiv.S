/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Divide signed numbers: the quotient is rounded towards zero.
 *
 * IDIV is DIV for signed numbers. CQTO makes RDX:RAX of RAX before, by repeating its sign in all of RDX (cqto.S). The remainder
 * has the sign of the dividend, as in C, so that quotient * divisor + remainder is the dividend. A shift to the right rounds
 * down instead: sal.S.
 *
 * Intel SDM volume 2A, "IDIV"; AMD APM volume 3, "IDIV".
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, @function
main:
	mov	$-47, %rax
	cqto
	mov	$10, %rcx
	idiv	%rcx
	ASSERT_EQ(%rax, -4)
	ASSERT_EQ(%rdx, -7)

	mov	$47, %rax
	cqto
	mov	$-10, %rcx
	idiv	%rcx
	ASSERT_EQ(%rax, -4)
	ASSERT_EQ(%rdx, 7)

	xor	%eax, %eax
	ret
