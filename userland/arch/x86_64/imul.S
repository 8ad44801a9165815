/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Multiply signed numbers, in three forms.
 *
 * With one operand IMUL is MUL for signed numbers: RDX:RAX = RAX * operand. With two, the destination is multiplied by the
 * source; with three, a constant by the second, into the third. The latter two drop the upper half, which is the only one where
 * signs make a difference; so compilers use them for unsigned numbers, too. CF and OF are set if the product does not fit as a
 * signed number.
 *
 * Intel SDM volume 2A, "IMUL"; AMD APM volume 3, "IMUL".
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, @function
main:
	/* 128 bits: -3 has a long upper half. */
	mov	$-1, %rax
	mov	$3, %rcx
	imul	%rcx
	ASSERT_EQ(%rax, -3)
	ASSERT_EQ(%rdx, -1)
	ASSERT_FLAGS(oc)

	mov	$-6, %rax
	mov	$7, %rcx
	imul	%rcx, %rax
	ASSERT_EQ(%rax, -42)
	ASSERT_FLAGS(oc)

	imul	$100, %rcx, %rdx
	ASSERT_EQ(%rdx, 700)

	/* 2^63 needs 65 bits as a signed number. */
	mov	$1 << 62, %rax
	imul	$2, %rax, %rax
	ASSERT_EQ(%rax, 1 << 63)
	ASSERT_FLAGS(OC)

	xor	%eax, %eax
	ret
