/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Copy one floating-point number.
 *
 * MOVSS is for a float, MOVSD for a double, in the lowest part of an XMM register. A copy from memory clears the rest of the
 * register; one between registers leaves it alone. To and from general registers, bit by bit: MOVD and MOVQ. (MOVSD without XMM
 * registers is a string instruction; AT&T's syntax calls that movsl.)
 *
 * Intel SDM volume 2B, "MOVSS", "MOVSD"; AMD APM volume 4, the same.
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, @function
main:
	movaps	ones(%rip), %xmm0
	movss	number(%rip), %xmm0
	movaps	%xmm0, result(%rip)
	ASSERT_MEMEQ(result, cleared, 16)

	movaps	ones(%rip), %xmm1
	movss	%xmm0, %xmm1
	movaps	%xmm1, result(%rip)
	ASSERT_MEMEQ(result, kept, 16)

	/* 1.5 + 1.5, and the bits of the sum. */
	addss	%xmm0, %xmm0
	movd	%xmm0, %eax
	ASSERT_EQ(%rax, 0x40400000)	/* 3.0: see ieee754.S */
	cvtss2sd %xmm0, %xmm0
	movq	%xmm0, %rax
	ASSERT_EQ(%rax, 0x4008000000000000)

	xor	%eax, %eax
	ret

	.section .rodata
	.balign	16
ones:	.float	1, 1, 1, 1
cleared:
	.float	1.5, 0, 0, 0
kept:	.float	1.5, 1, 1, 1
number:	.float	1.5

	.bss
	.balign	16
result:	.skip	16
