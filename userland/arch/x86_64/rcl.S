/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rotate through the carry: 65 bits in a circle.
 *
 * RCL takes the old carry in at the lowest bit and puts the highest one there; RCR the other way round. One after the other
 * they shift numbers of any length by one place, as ADC adds them.
 *
 * Intel SDM volume 2B, "RCL/RCR/ROL/ROR"; AMD APM volume 3, "RCL" and "RCR".
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, @function
main:
	mov	$0x8000000000000000, %rax
	clc
	rcl	$1, %rax
	ASSERT_EQ(%rax, 0)
	ASSERT_FLAGS(C)
	rcl	$1, %rax
	ASSERT_EQ(%rax, 1)
	ASSERT_FLAGS(c)
	rcr	$1, %rax
	ASSERT_EQ(%rax, 0)
	ASSERT_FLAGS(C)
	rcr	$1, %rax
	ASSERT_EQ(%rax, 0x8000000000000000)
	ASSERT_FLAGS(c)

	/* RDX:RAX, 128 bits, twice as much. */
	mov	$0x8000000000000003, %rax
	mov	$5, %rdx
	shl	$1, %rax
	rcl	$1, %rdx
	ASSERT_EQ(%rax, 6)
	ASSERT_EQ(%rdx, 11)

	xor	%eax, %eax
	ret
