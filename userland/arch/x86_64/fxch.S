/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Exchange two registers of the x87 unit's stack.
 *
 * Most instructions work on ST(0), so whatever is to be worked on has to come to the top: FXCH brings it there. Without an
 * operand it exchanges with ST(1).
 *
 * Intel SDM volume 2A, "FXCH"; AMD APM volume 5.
 */
#include "x87.h"

	.text
	.globl	main
	.type	main, @function
main:
	fldpi
	fldz
	fld1				/* 1, 0, pi */
	fxch
	ASSERT_ST0(0)
	fxch	%st(2)			/* pi, 1, 0 */
	ASSERT_ST0(3.14159265358979323846)
	fstp	%st(0)
	ASSERT_ST0(1)
	fstp	%st(0)
	ASSERT_ST0(0)
	fstp	%st(0)

	xor	%eax, %eax
	ret
