/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Set some bits of a number: OR with a mask.
 *
 * `or %rax, %rax` changes nothing but the flags, as `test %rax, %rax` does. OR with -1 is the shortest way to set all bits,
 * three bytes shorter than MOV.
 *
 * Intel SDM volume 2B, "OR"; AMD APM volume 3, "OR". The flags are those of AND: and.S.
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, @function
main:
	mov	$0b1100, %rax
	stc
	or	$0b1010, %rax
	ASSERT_EQ(%rax, 0b1110)
	ASSERT_FLAGS(oszc)

	or	$-1, %rax
	ASSERT_EQ(%rax, -1)
	ASSERT_FLAGS(S)

	/* Part of a register. */
	xor	%eax, %eax
	or	$0x12, %al
	or	$0x34, %ah
	ASSERT_EQ(%rax, 0x3412)

	xor	%eax, %eax
	ret
