/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Add the two upper numbers of the x87 unit's stack, and pop one.
 *
 * FADDP puts the sum into ST(1) and pops ST(0), so that the sum is on top: the way a pocket calculator with a stack works.
 * Expressions are evaluated without thinking of registers, as long as eight are enough.
 *
 * Intel SDM volume 2A, "FADD/FADDP/FIADD"; AMD APM volume 5.
 */
#include "x87.h"

	.text
	.globl	main
	.type	main, @function
main:
	/* (1.5 + 2.5) * (1.5 - 2.5) / 2.5 */
	fldl	b(%rip)
	fldl	a(%rip)
	fldl	b(%rip)
	faddp
	ASSERT_ST0(4)
	fldl	a(%rip)
	fsubl	b(%rip)
	fmulp
	ASSERT_ST0(-4)
	/* ST(0) / ST(1): AT&T's FDIVP is Intel's FDIVRP, and the other way round; FSUBP likewise. See GNU as manual, "i386-Bugs". */
	fdivp	%st, %st(1)
	ASSERT_ST0(-1.6)
	fstp	%st(0)

	xor	%eax, %eax
	ret

	.section .rodata
	.balign	8
a:	.double	1.5
b:	.double	2.5
