/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Add to memory and get what was there before.
 *
 * XADD exchanges its operands and stores the sum. With LOCK it is atomic: a ticket dispenser, fetch_add() of C11 and
 * atomic_fetch_add() of the kernel. The flags are those of ADD.
 *
 * Intel SDM volume 2D, "XADD"; AMD APM volume 3, "XADD".
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, @function
main:
	mov	$3, %eax
	mov	$4, %edx
	xadd	%rdx, %rax
	ASSERT_EQ(%rax, 7)
	ASSERT_EQ(%rdx, 3)

	mov	$1, %eax
	lock xadd %rax, ticket(%rip)
	ASSERT_EQ(%rax, 100)
	mov	$1, %eax
	lock xadd %rax, ticket(%rip)
	ASSERT_EQ(%rax, 101)
	ASSERT_EQ(ticket(%rip), 102)

	mov	$-102, %rax
	lock xadd %rax, ticket(%rip)
	ASSERT_FLAGS(ZC)

	xor	%eax, %eax
	ret

	.data
	.balign	8
ticket:	.quad	100
