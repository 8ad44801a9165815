/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Make an integer of a floating-point number.
 *
 * CVTTSS2SI cuts off what is behind the point, as C does: the second T is for truncation. CVTSS2SI rounds as MXCSR says, to the
 * nearest and, halfway between two, to the even one. What does not fit, or is no number, becomes the smallest integer,
 * 0x80000000 or 0x8000000000000000, and sets a bit in MXCSR. The same from a double: CVTTSD2SI; the other way: CVTSI2SD.
 *
 * Intel SDM volume 2A, "CVTTSS2SI", "CVTSS2SI"; volume 1, "MXCSR Control and Status Register"; AMD APM volume 4.
 */
#include "../check.h"

	.macro	convert number, truncated, rounded
	.pushsection .rodata
1:	.float	\number
	.popsection
	cvttss2si 1b(%rip), %rax
	ASSERT_EQ(%rax, \truncated)
	cvtss2si 1b(%rip), %rax
	ASSERT_EQ(%rax, \rounded)
	.endm

	.text
	.globl	main
	.type	main, @function
main:
	convert	1.75, 1, 2
	convert	-1.75, -1, -2
	convert	2.5, 2, 2
	convert	3.5, 3, 4
	convert	1e30, 0x8000000000000000, 0x8000000000000000

	/* 2^31 has no room in 32 bits; 2^31 in 64 does. */
	mov	$0x4f000000, %eax
	movd	%eax, %xmm0
	cvttss2si %xmm0, %eax
	ASSERT_EQ(%rax, 0x80000000)
	cvttss2si %xmm0, %rax
	ASSERT_EQ(%rax, 0x80000000)

	/* Bit 0 of MXCSR: an invalid operation has happened since it was cleared. */
	stmxcsr	mxcsr(%rip)
	testb	$1, mxcsr(%rip)
	ASSERT_COND(nz)

	/* And back. */
	mov	$-3, %rax
	cvtsi2sd %rax, %xmm0
	movq	%xmm0, %rax
	ASSERT_EQ(%rax, 0xc008000000000000)

	xor	%eax, %eax
	ret

	.bss
	.balign	4
mxcsr:	.skip	4
