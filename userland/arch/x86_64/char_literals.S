/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Write a letter where a number is wanted.
 *
 * 'A is 65, and so is 'A'; after a constant's $ as anywhere else. '\n, '\\ and '\'' are what they are in C. A file with the
 * ending .S goes through C's preprocessor first, which wants its quotes in pairs: there 'A' is the safer form.
 *
 * GNU as manual, "Characters".
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, @function
main:
	mov	$'A', %eax
	ASSERT_EQ(%rax, 65)
	ASSERT_EQ(%rax, 0x41)
	mov	$'\n', %eax
	ASSERT_EQ(%rax, 10)
	mov	$'\\', %eax
	ASSERT_EQ(%rax, 92)

	/* It is a number: one can calculate with it. */
	mov	$'A' + 2, %eax
	ASSERT_EQ(%rax, 'C')
	mov	$'7' - '0', %eax
	ASSERT_EQ(%rax, 7)

	/* And it can be data. */
	cmpb	$'B', letters+1(%rip)
	ASSERT_COND(e)

	xor	%eax, %eax
	ret

	.section .rodata
letters:
	.byte	'A', 'B', 0
