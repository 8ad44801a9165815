/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Clear one bit of a number, and learn what it was.
 *
 * CF is the old bit.
 *
 * Intel SDM volume 2A, "BTR"; AMD APM volume 3, "BTR". See also bt.S.
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, @function
main:
	mov	$0b1010, %rax
	btr	$1, %rax
	ASSERT_FLAGS(C)
	ASSERT_EQ(%rax, 0b1000)
	btr	$1, %rax
	ASSERT_FLAGS(c)
	ASSERT_EQ(%rax, 0b1000)

	/* Take the lowest bit out of a set until it is empty: BSF finds it, and sets ZF if there is none. */
	mov	$0x8000000000000110, %rax
	xor	%edx, %edx		/* sum of the numbers of the bits */
1:	bsf	%rax, %rcx
	jz	2f
	btr	%rcx, %rax
	add	%rcx, %rdx
	jmp	1b
2:	ASSERT_EQ(%rdx, 4 + 8 + 63)

	xor	%eax, %eax
	ret
