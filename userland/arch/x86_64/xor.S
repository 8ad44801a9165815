/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Flip some bits of a number: XOR with a mask.
 *
 * What is flipped twice is as before. A register XORed with itself is 0, whatever was in it: the shortest way to clear it (`xor
 * %eax, %eax` has two bytes, `mov $0, %eax` five), which processors recognise and do not even execute. It changes the flags;
 * MOV does not.
 *
 * Intel SDM volume 2D, "XOR"; AMD APM volume 3, "XOR". The idiom: Intel Optimization Reference Manual, "Clearing Registers and
 * Dependency Breaking Idioms".
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, @function
main:
	mov	$0b1100, %rax
	stc
	xor	$0b1010, %rax
	ASSERT_EQ(%rax, 0b0110)
	ASSERT_FLAGS(oszc)
	xor	$0b1010, %rax
	ASSERT_EQ(%rax, 0b1100)

	mov	$-1, %rax
	xor	%eax, %eax
	ASSERT_EQ(%rax, 0)
	ASSERT_FLAGS(oZc)

	/* Exchange two registers without a third. XCHG does the same: xchg.S. */
	mov	$3, %rax
	mov	$5, %rdx
	xor	%rdx, %rax
	xor	%rax, %rdx
	xor	%rdx, %rax
	ASSERT_EQ(%rax, 5)
	ASSERT_EQ(%rdx, 3)

	xor	%eax, %eax
	ret
