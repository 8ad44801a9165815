/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rotate bits: what leaves at one end comes in at the other.
 *
 * ROL rotates to the left, ROR to the right; CF is the bit that came in last. The other flags, but for OF after a rotation by
 * one, stay as they are. A rotation of 16 bits by 8 exchanges two bytes. C has no operator for it; compilers recognise `x << n
 * | x >> (64 - n)`.
 *
 * Intel SDM volume 2B, "RCL/RCR/ROL/ROR"; AMD APM volume 3, "ROL" and "ROR". Through the carry: rcl.S.
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, @function
main:
	mov	$0x8000000000000001, %rax
	rol	$1, %rax
	ASSERT_EQ(%rax, 3)
	ASSERT_FLAGS(C)
	ror	$2, %rax
	ASSERT_EQ(%rax, 0xc000000000000000)
	ASSERT_FLAGS(C)
	rol	$4, %rax
	ASSERT_EQ(%rax, 0xc)
	ASSERT_FLAGS(c)

	mov	$0x1234, %eax
	rol	$8, %ax
	ASSERT_EQ(%rax, 0x3412)

	/* By a register; ZF is not touched. */
	mov	$0xf, %eax
	mov	$60, %ecx
	cmp	%ecx, %ecx
	rol	%cl, %rax
	ASSERT_EQ(%rax, 0xf000000000000000)
	ASSERT_FLAGS(Zc)

	xor	%eax, %eax
	ret
