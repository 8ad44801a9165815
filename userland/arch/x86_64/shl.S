/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shift bits to the left and to the right, and see the last one in the carry.
 *
 * SHL and SHR fill up with zeros: a multiplication and an unsigned division by a power of two. CF is the last bit that was
 * shifted out. OF means something for shifts by one only: whether the highest bit has changed. The number of places is a
 * constant or CL, modulo 64 (32 for operands of up to 32 bits): a shift by 64 changes nothing, not even a flag.
 *
 * Intel SDM volume 2B, "SAL/SAR/SHL/SHR" and "SHLD"; AMD APM volume 3, the same. Shifts with a sign: sal.S.
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, @function
main:
	mov	$0b1011, %rax
	shl	$1, %rax
	ASSERT_EQ(%rax, 0b10110)
	ASSERT_FLAGS(oc)
	shr	$2, %rax
	ASSERT_EQ(%rax, 0b101)
	ASSERT_FLAGS(C)

	/* The highest bit goes into the carry, and the next one takes its place. */
	mov	$0xc000000000000000, %rax
	shl	$1, %rax
	ASSERT_FLAGS(oSC)
	shl	$1, %rax
	ASSERT_EQ(%rax, 0)
	ASSERT_FLAGS(OZC)

	/* By a register. */
	mov	$1, %rax
	mov	$40, %ecx
	shl	%cl, %rax
	ASSERT_EQ(%rax, 1 << 40)

	/* 64 is 0. */
	mov	$5, %rax
	mov	$64, %ecx
	stc
	shl	%cl, %rax
	ASSERT_EQ(%rax, 5)
	ASSERT_FLAGS(C)

	/* Two registers in one: the bits that come in are those of the first. */
	mov	$0xabcd000000000000, %rdx
	mov	$0x1234, %rax
	shld	$16, %rdx, %rax
	ASSERT_EQ(%rax, 0x1234abcd)
	ASSERT_EQ(%rdx, 0xabcd000000000000)

	xor	%eax, %eax
	ret
