/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Set one bit of a number, and learn what it was.
 *
 * CF is the old bit. Two processors that do this at the same time must not both find it clear: LOCK makes the reading and the
 * writing one. The kernel's test_and_set_bit() is this instruction (arch/x86/include/asm/bitops.h).
 *
 * Intel SDM volume 2A, "BTS", "LOCK"; AMD APM volume 3, "BTS". See also bt.S.
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, @function
main:
	xor	%eax, %eax
	bts	$3, %rax
	ASSERT_FLAGS(c)
	ASSERT_EQ(%rax, 0b1000)
	bts	$3, %rax
	ASSERT_FLAGS(C)
	ASSERT_EQ(%rax, 0b1000)

	lock btsq	$63, taken(%rip)
	ASSERT_FLAGS(c)
	lock btsq	$63, taken(%rip)
	ASSERT_FLAGS(C)
	ASSERT_EQ(taken(%rip), 1 << 63)

	xor	%eax, %eax
	ret

	.bss
	.balign	8
taken:	.skip	8
