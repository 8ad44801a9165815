/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Look at the bits of floating-point numbers.
 *
 * A float has 1 bit of sign, 8 of the exponent and 23 of the mantissa; a double 1, 11 and 52. The value is +-1.MANTISSA *
 * 2^(EXPONENT - 127) (1023 for doubles): the leading one is not stored. Two exponents are special. All zeros: there is no
 * leading one, which gives 0 and the numbers next to it. All ones: infinite if the mantissa is 0, else no number (NaN).
 *
 * IEEE 754-2008, 3.4; Intel SDM volume 1, 4.2.2, "Floating-Point Data Types", and 4.8.3.
 */
#include "../check.h"

/* The bits of a float, from its parts. */
#define FLOAT(sign, exponent, mantissa) ((sign) << 31 | ((exponent) + 127) << 23 | (mantissa))
#define DOUBLE(sign, exponent, mantissa) ((sign) << 63 | ((exponent) + 1023) << 52 | (mantissa))

	.text
	.globl	main
	.type	main, @function
main:
	mov	one(%rip), %eax
	ASSERT_EQ(%rax, FLOAT(0, 0, 0))
	ASSERT_EQ(%rax, 0x3f800000)
	mov	minus_five(%rip), %eax		/* -1.25 * 2^2 */
	ASSERT_EQ(%rax, FLOAT(1, 2, 1 << 21))
	ASSERT_EQ(double(%rip), DOUBLE(1, 2, 1 << 50))

	/* 0.1 is periodic in binary: 1.100110011...01 * 2^-4, rounded up. */
	mov	tenth(%rip), %eax
	ASSERT_EQ(%rax, FLOAT(0, -4, 0x4ccccd))

	/* As integers positive numbers are in the same order: the next float is the next integer. */
	movss	one(%rip), %xmm0
	movd	%xmm0, %eax
	inc	%eax
	movd	%eax, %xmm1
	comiss	%xmm0, %xmm1
	ASSERT_COND(a)

	/* The largest one and the largest one. */
	movss	largest(%rip), %xmm0
	addss	%xmm0, %xmm0
	movd	%xmm0, %eax
	ASSERT_EQ(%rax, FLOAT(0, 128, 0))

	/* Infinite minus infinite is no number; x86 makes one with the sign and the mantissa's highest bit set. */
	subss	%xmm0, %xmm0
	movd	%xmm0, %eax
	ASSERT_EQ(%rax, FLOAT(1, 128, 1 << 22))
	ucomiss	%xmm0, %xmm0
	ASSERT_COND(p)

	/* The smallest number above 0 has one bit; half of it, rounded to even, is 0. */
	mov	$1, %eax
	movd	%eax, %xmm0
	addss	%xmm0, %xmm0
	movd	%xmm0, %eax
	ASSERT_EQ(%rax, 2)
	mov	$1, %eax
	movd	%eax, %xmm0
	mulss	half(%rip), %xmm0
	movd	%xmm0, %eax
	ASSERT_EQ(%rax, 0)

	xor	%eax, %eax
	ret

	.section .rodata
	.balign	8
double:	.double	-5
one:	.float	1
minus_five:
	.float	-5
tenth:	.float	0.1
half:	.float	0.5
largest:
	.long	0x7f7fffff
