/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Add two numbers, and read in the flags whether the sum fits.
 *
 * The processor does not know whether a register holds a signed number. ADD gives one sum, and judges it twice: CF is set if
 * the unsigned sum does not fit, OF if the signed one does not. A third flag, AF, is the carry out of the lowest four bits. The
 * operands are written source first, in the order of the GNU assembler: `add $2, %rax` is rax = rax + 2.
 *
 * Intel SDM volume 2A, "ADD"; AMD APM volume 3, "ADD". The flags: SDM volume 1, 3.4.3.1.
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, @function
main:
	mov	$1, %rax
	add	$2, %rax
	ASSERT_EQ(%rax, 3)
	ASSERT_FLAGS(oszac)

	/* Register and memory, in both directions. */
	add	two(%rip), %rax
	ASSERT_EQ(%rax, 5)
	add	%rax, two(%rip)
	ASSERT_EQ(two(%rip), 7)

	/* 2^64 - 1 and 1: no room for the carry. As signed numbers: -1 + 1 = 0, which fits. */
	mov	$-1, %rax
	add	$1, %rax
	ASSERT_EQ(%rax, 0)
	ASSERT_FLAGS(oZC)

	/* The largest signed number and 1: the sum has the wrong sign, and is right without one. */
	mov	$0x7fffffffffffffff, %rax
	add	$1, %rax
	ASSERT_EQ(%rax, 0x8000000000000000)
	ASSERT_FLAGS(OSzc)

	/* A result of 32 bits clears the upper half of its register; one of 8 or 16 bits leaves the rest alone. */
	mov	$-1, %rax
	add	$1, %eax
	ASSERT_EQ(%rax, 0)
	mov	$-1, %rax
	add	$1, %al
	ASSERT_EQ(%rax, -256)
	ASSERT_FLAGS(ZC)

	xor	%eax, %eax
	ret

	.data
	.balign	8
two:	.quad	2
