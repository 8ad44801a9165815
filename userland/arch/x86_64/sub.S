/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Subtract, and read in the flags which number was larger.
 *
 * `sub $2, %rax` is rax = rax - 2. CF is the borrow: it is set if the number that is subtracted is larger, as unsigned numbers.
 * As signed numbers it is larger if SF and OF differ: the sign of the difference, corrected if it did not fit. These are the
 * conditions b ("below") and l ("less") of jumps.
 *
 * Intel SDM volume 2B, "SUB"; AMD APM volume 3, "SUB". The conditions: SDM volume 1, appendix B.
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, @function
main:
	mov	$5, %rax
	sub	$2, %rax
	ASSERT_EQ(%rax, 3)
	ASSERT_FLAGS(oszac)

	mov	$3, %rax
	sub	%rax, %rax
	ASSERT_EQ(%rax, 0)
	ASSERT_FLAGS(osZac)

	/* A borrow out of the highest bit, and one out of the lowest four. */
	mov	$2, %rax
	sub	$3, %rax
	ASSERT_EQ(%rax, -1)
	ASSERT_FLAGS(oSzAC)
	ASSERT_COND(b)
	ASSERT_COND(l)

	/* The smallest signed number is less than 1; without a sign it is larger. */
	mov	$0x8000000000000000, %rax
	sub	$1, %rax
	ASSERT_EQ(%rax, 0x7fffffffffffffff)
	ASSERT_FLAGS(Oszc)
	ASSERT_COND(ae)
	ASSERT_COND(l)

	xor	%eax, %eax
	ret
