/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Push an integer.
 *
 * FILD reads 16, 32 or 64 bits of memory (suffix s, l, ll), always with a sign, and makes a floating-point number of them. 64
 * bits fit into the mantissa, so nothing is rounded, as it would be in a double. FISTP goes back and rounds; FISTTP cuts off.
 *
 * Intel SDM volume 2A, "FILD", "FIST/FISTP", "FISTTP"; AMD APM volume 5.
 */
#include "x87.h"

	.text
	.globl	main
	.type	main, @function
main:
	filds	short(%rip)
	ASSERT_ST0(-3)
	fildl	long(%rip)
	ASSERT_ST0(1000000)
	fstp	%st(0)
	fstp	%st(0)

	/* 2^63 - 1 there and back. A double has 53 bits: it would be 2^63. */
	fildll	longest(%rip)
	fistpll	result(%rip)
	ASSERT_EQ(result(%rip), 0x7fffffffffffffff)
	fildll	longest(%rip)
	ASSERT_ST0(9223372036854775808)
	fstp	%st(0)

	/* 2.5 to the nearest even number, and towards zero. */
	flds	half(%rip)
	fistpll	result(%rip)
	ASSERT_EQ(result(%rip), 2)
	flds	half+4(%rip)
	fistpll	result(%rip)
	ASSERT_EQ(result(%rip), 4)
	flds	half+4(%rip)
	fisttpll result(%rip)
	ASSERT_EQ(result(%rip), 3)

	xor	%eax, %eax
	ret

	.section .rodata
	.balign	8
longest:
	.quad	0x7fffffffffffffff
long:	.long	1000000
half:	.float	2.5, 3.5
short:	.short	-3

	.bss
	.balign	8
result:	.skip	8
