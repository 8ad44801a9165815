/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Take the sign off a floating-point number.
 *
 * FABS clears one bit.
 *
 * Intel SDM volume 2A, "FABS"; AMD APM volume 5. See also fchs.S; on XMM registers it is an ANDPD with all other bits.
 */
#include "x87.h"

	.text
	.globl	main
	.type	main, @function
main:
	fldl	number(%rip)
	fabs
	ASSERT_ST0(1.5)
	fabs
	ASSERT_ST0(1.5)
	fstp	%st(0)

	/* The same in an XMM register. */
	movsd	number(%rip), %xmm0
	andpd	others(%rip), %xmm0
	movq	%xmm0, %rax
	ASSERT_EQ(%rax, 0x3ff8000000000000)

	xor	%eax, %eax
	ret

	.section .rodata
	.balign	16
others:	.quad	~(1 << 63), 0
number:	.double	-1.5
