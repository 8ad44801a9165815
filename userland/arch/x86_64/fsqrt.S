/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Take a square root.
 *
 * FSQRT gives the representable number that is nearest to the root: IEEE 754 demands that of it as of the four basic
 * operations. A negative number has no root: the result is no number (NaN), and bit 0 of the status word, "invalid operation",
 * stays set until somebody clears it.
 *
 * Intel SDM volume 2A, "FSQRT"; AMD APM volume 5. From C: inline_asm/sqrt_x87.c.
 */
#include "x87.h"

	.text
	.globl	main
	.type	main, @function
main:
	fldl	nine(%rip)
	fsqrt
	ASSERT_ST0(3)
	fstp	%st(0)
	fildl	two(%rip)
	fsqrt
	ASSERT_ST0(1.41421356237309504880)

	fnclex
	fchs
	fsqrt
	fcomi	%st(0), %st		/* it is not equal to itself */
	ASSERT_COND(p)
	fnstsw	%ax
	test	$1, %al
	ASSERT_COND(nz)
	fstp	%st(0)
	fnclex

	xor	%eax, %eax
	ret

	.section .rodata
	.balign	8
nine:	.double	9
two:	.long	2
