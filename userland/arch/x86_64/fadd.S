/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Add floating-point numbers on the x87 unit.
 *
 * FADD adds ST(i) to ST(0), ST(0) to ST(i), or a number of memory to ST(0). FSUB, FMUL and FDIV have the same forms; FSUBR and
 * FDIVR take their operands the other way round.
 *
 * Intel SDM volume 2A, "FADD/FADDP/FIADD"; AMD APM volume 5. With a pop: faddp.S.
 */
#include "x87.h"

	.text
	.globl	main
	.type	main, @function
main:
	fldl	a(%rip)
	fldl	b(%rip)
	fadd	%st(1), %st		/* ST(0) = 2.5 + 1.5 */
	ASSERT_ST0(4)
	fadd	%st, %st(1)		/* ST(1) = 1.5 + 4 */
	ASSERT_ST0(4)
	faddl	a(%rip)
	ASSERT_ST0(5.5)
	fiadds	two(%rip)		/* an integer of 16 bits */
	ASSERT_ST0(7.5)
	fstp	%st(0)
	ASSERT_ST0(5.5)

	/* 10 - 5.5 = 4.5; 4.5 / 2 = 2.25; 2 / 2.25. */
	fsubrl	ten(%rip)
	ASSERT_ST0(4.5)
	fidivs	two(%rip)
	ASSERT_ST0(2.25)
	fidivrs	two(%rip)
	ASSERT_ST0(0.8888888888888888888)
	fstp	%st(0)

	xor	%eax, %eax
	ret

	.section .rodata
	.balign	8
a:	.double	1.5
b:	.double	2.5
ten:	.double	10
two:	.short	2
