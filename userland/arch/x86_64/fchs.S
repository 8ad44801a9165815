/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Change the sign of a floating-point number.
 *
 * FCHS flips one bit, also that of a zero, of an infinite number and of what is no number. A subtraction from 0 would not: 0 -
 * 0 is 0.
 *
 * Intel SDM volume 2A, "FCHS"; AMD APM volume 5. See also fabs.S; on XMM registers it is an XORPD with the sign's bit.
 */
#include "x87.h"

	.text
	.globl	main
	.type	main, @function
main:
	fld1
	fchs
	ASSERT_ST0(-1)
	fchs
	ASSERT_ST0(1)
	fstp	%st(0)

	fldz
	fchs
	ASSERT_ST0(-0.0)
	fstp	%st(0)

	/* The same in an XMM register. */
	movsd	number(%rip), %xmm0
	xorpd	sign(%rip), %xmm0
	movq	%xmm0, %rax
	ASSERT_EQ(%rax, 0xbff8000000000000)

	xor	%eax, %eax
	ret

	.section .rodata
	.balign	16
sign:	.quad	1 << 63, 0
number:	.double	1.5
