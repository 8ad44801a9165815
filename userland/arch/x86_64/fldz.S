/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Push zero, and see that there are two of them.
 *
 * 0.0 and -0.0 are equal, though their bits are not: comparisons of floating-point numbers are not comparisons of their bits.
 * FCOMI compares ST(0) and sets ZF, PF and CF as an unsigned comparison would; if one of them is no number, all three.
 *
 * Intel SDM volume 2A, "FLD1/.../FLDZ", "FCOMI"; AMD APM volume 5. See also fchs.S and ieee754.S.
 */
#include "x87.h"

	.text
	.globl	main
	.type	main, @function
main:
	fldz
	ASSERT_ST0(0)
	fldz
	fchs
	ASSERT_ST0(-0.0)
	fstl	minus(%rip)
	ASSERT_EQ(minus(%rip), 1 << 63)

	fcomi	%st(1), %st
	ASSERT_COND(e)
	ASSERT_COND(np)

	/* 0 / 0 is no number, and not equal to itself. */
	fdivp
	fcomi	%st(0), %st
	ASSERT_COND(p)
	fstp	%st(0)

	xor	%eax, %eax
	ret

	.bss
	.balign	8
minus:	.skip	8
