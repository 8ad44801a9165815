/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Replace a value if it is still the one that was seen: compare and swap.
 *
 * CMPXCHG compares RAX with the destination. If they are equal, the destination becomes the source and ZF is set; if not, RAX
 * becomes the destination, and ZF is clear. With LOCK it is atomic, and any change of a word can be made of it: read,
 * calculate, try, and try again if another processor was faster. CMPXCHG16B does it with 128 bits, so that a pointer can have a
 * counter beside it.
 *
 * Intel SDM volume 2A, "CMPXCHG", "CMPXCHG8B/CMPXCHG16B"; AMD APM volume 3, the same.
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, @function
main:
	push	%rbx
	/* It is what it was: replaced. */
	mov	$5, %eax
	mov	$7, %edx
	lock cmpxchg %rdx, word(%rip)
	ASSERT_FLAGS(Z)
	ASSERT_EQ(word(%rip), 7)
	ASSERT_EQ(%rax, 5)

	/* It is not: nothing happens but that we learn the new value. */
	lock cmpxchg %rdx, word(%rip)
	ASSERT_FLAGS(z)
	ASSERT_EQ(word(%rip), 7)
	ASSERT_EQ(%rax, 7)

	/* word *= 3, whoever else changes it. */
	mov	word(%rip), %rax
1:	lea	(%rax,%rax,2), %rdx
	lock cmpxchg %rdx, word(%rip)
	jne	1b
	ASSERT_EQ(word(%rip), 21)

	/* RDX:RAX is compared, RCX:RBX comes in place; the address must be a multiple of 16. */
	mov	$10, %eax
	mov	$20, %edx
	mov	$11, %ebx
	mov	$21, %ecx
	lock cmpxchg16b pair(%rip)
	ASSERT_FLAGS(Z)
	ASSERT_EQ(pair(%rip), 11)
	ASSERT_EQ(pair+8(%rip), 21)

	pop	%rbx
	xor	%eax, %eax
	ret

	.data
	.balign	16
pair:	.quad	10, 20
word:	.quad	5
