/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keep some bits of a number: AND with a mask.
 *
 * AND, OR and XOR clear CF and OF, and set SF, ZF and PF by the result. A constant has 32 bits at most, which are extended by
 * their sign; a longer mask has to stand in a register or in memory.
 *
 * Intel SDM volume 2A, "AND"; AMD APM volume 3, "AND". TEST is AND without a result: test.S.
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, @function
main:
	mov	$0b1100, %rax
	stc
	and	$0b1010, %rax
	ASSERT_EQ(%rax, 0b1000)
	ASSERT_FLAGS(oszc)

	and	$0b0111, %rax
	ASSERT_FLAGS(Z)

	/* Down to the next multiple of 16: -16 is ...11110000. */
	mov	$1000, %rax
	and	$-16, %rax
	ASSERT_EQ(%rax, 992)

	/* The operands may be memory and a register, either way round. */
	mov	$0xff00, %rax
	and	%rax, number(%rip)
	ASSERT_EQ(number(%rip), 0x5600)

	/* One of 32 bits clears the upper half, whatever the mask. */
	mov	$-1, %rax
	and	$-1, %eax
	ASSERT_EQ(%rax, 0xffffffff)

	xor	%eax, %eax
	ret

	.data
	.balign	8
number:	.quad	0x345678
