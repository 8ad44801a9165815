/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Push a number from memory.
 *
 * No floating-point instruction takes a constant: the assembler makes its bits with .float, .double and .tfloat (4, 8 and 10
 * bytes), and FLD reads them; the suffix is s, l or t. All become 80 bits. FST rounds to what the memory holds; all
 * 10 bytes can be stored by FSTP only, which also pops.
 *
 * Intel SDM volume 2A, "FLD", "FST/FSTP"; AMD APM volume 5; GNU as manual, "i386-Float".
 */
#include "x87.h"

	.text
	.globl	main
	.type	main, @function
main:
	flds	single(%rip)
	ASSERT_ST0(1.5)
	fldl	double(%rip)
	ASSERT_ST0(-2.25)
	fldt	extended(%rip)
	ASSERT_ST0(0.1)

	/* 0.1 has no end in binary: as a float it is another number than as a double. */
	fsts	rounded(%rip)
	flds	rounded(%rip)
	fcomip	%st(1), %st
	ASSERT_COND(ne)

	/* 1e4000 is too large for a double, which becomes infinite. */
	fldt	huge(%rip)
	fstpl	rounded(%rip)
	ASSERT_EQ(rounded(%rip), 0x7ff0000000000000)
	.rept	3
	fstp	%st(0)
	.endr

	xor	%eax, %eax
	ret

	.section .rodata
	.balign	16
single:	.float	1.5
	.balign	8
double:	.double	-2.25
extended:
	.tfloat	0.1
	.balign	16
huge:	.tfloat	1e4000

	.bss
	.balign	8
rounded:
	.skip	8
