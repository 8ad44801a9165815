/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Multiply by a power of two.
 *
 * FSCALE adds ST(1), without what is behind its point, to the exponent of ST(0). FXTRACT goes the other way: it takes a number
 * apart into exponent and mantissa. With F2XM1, which knows 2^x - 1 for small x, powers of any number are made of it.
 *
 * Intel SDM volume 2A, "FSCALE", "FXTRACT", "F2XM1"; AMD APM volume 5.
 */
#include "x87.h"

	.text
	.globl	main
	.type	main, @function
main:
	/* 1.5 * 2^10; and divided by 2^11, where 11.9 is 11. */
	fildl	ten(%rip)
	fldl	number(%rip)
	fscale
	ASSERT_ST0(1536)
	fstp	%st(1)
	fldl	minus(%rip)
	fxch
	fscale
	ASSERT_ST0(0.75)
	fstp	%st(1)

	/* 0.75 = 1.5 * 2^-1 */
	fxtract
	ASSERT_ST0(1.5)
	fstp	%st(0)
	ASSERT_ST0(-1)
	fstp	%st(0)

	/* 2^2.5 = (2^0.5 - 1 + 1) * 2^2 */
	fldl	power(%rip)
	fld1
	fld	%st(1)
	fprem				/* the part of 2.5 behind the point */
	ASSERT_ST0(0.5)
	f2xm1
	faddp				/* + 1 */
	fscale
	ASSERT_ST0(5.65685424949238019520)
	fstp	%st(0)
	fstp	%st(0)

	xor	%eax, %eax
	ret

	.section .rodata
	.balign	8
number:	.double	1.5
minus:	.double	-11.9
power:	.double	2.5
ten:	.long	10
