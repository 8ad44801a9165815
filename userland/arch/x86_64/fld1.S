/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Push a constant on the x87 unit's stack.
 *
 * The older floating-point unit has eight registers of 80 bits, which are a stack: every load pushes, ST(0) is the top, ST(1)
 * what was there before. FLD1, FLDZ, FLDPI, FLDL2E, FLDL2T, FLDLG2 and FLDLN2 push 1, 0, pi and four logarithms, with 64 bits
 * of mantissa where a double has 53. A ninth value on the stack is an error. Functions find it empty and leave it so, but for
 * results of type `long double`.
 *
 * Intel SDM volume 2A, "FLD1/FLDL2T/..."; volume 1, 8.1.2, "x87 FPU Data Registers"; AMD APM volume 5.
 */
#include "x87.h"

	.text
	.globl	main
	.type	main, @function
main:
	fld1
	ASSERT_ST0(1)
	fldpi
	ASSERT_ST0(3.14159265358979323846)
	fldl2e				/* log2(e) */
	ASSERT_ST0(1.44269504088896340736)
	fldl2t				/* log2(10) */
	ASSERT_ST0(3.32192809488736234787)
	fldlg2				/* log10(2) */
	ASSERT_ST0(0.30102999566398119521)
	fldln2				/* ln(2) */
	ASSERT_ST0(0.69314718055994530942)

	/* The last one that was pushed comes off first: FSTP stores and pops. */
	.rept	5
	fstp	%st(0)
	.endr
	ASSERT_ST0(1)
	fstp	%st(0)

	/* All 80 bits of pi: the exponent, and a mantissa whose leading one is not left out. */
	fldpi
	fstpt	all(%rip)
	ASSERT_EQ(all(%rip), 0xc90fdaa22168c235)
	movzwl	all+8(%rip), %eax
	ASSERT_EQ(%rax, 16383 + 1)

	xor	%eax, %eax
	ret

	.bss
	.balign	16
all:	.skip	10
