/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Make a stack frame, and take it down.
 *
 * ENTER pushes RBP, lets it point there, and lowers RSP by as much as its first operand says: room for local variables. LEAVE
 * takes all of that back. Compilers write the same in single instructions, which are faster, and use only LEAVE. The second
 * operand is for languages whose functions lie within others; for C it is 0. Through the saved RBPs a debugger finds the
 * callers.
 *
 * Intel SDM volume 2A, "ENTER", "LEAVE"; volume 1, 6.6, "Procedure Calls for Block-Structured Languages"; AMD APM volume 3, the
 * same.
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, @function
main:
	push	%rbp
	mov	$0x1234, %ebp
	mov	%rsp, %rdx

	enter	$32, $0
	ASSERT_EQ((%rbp), 0x1234)	/* the caller's */
	mov	%rdx, %rax
	sub	%rbp, %rax
	ASSERT_EQ(%rax, 8)
	sub	%rsp, %rdx
	ASSERT_EQ(%rdx, 8 + 32)
	movq	$5, -8(%rbp)		/* a local variable */
	leave
	ASSERT_EQ(%rbp, 0x1234)

	/* The same by hand. */
	mov	%rsp, %rdx
	push	%rbp
	mov	%rsp, %rbp
	sub	$32, %rsp
	ASSERT_EQ((%rbp), 0x1234)
	mov	%rbp, %rsp
	pop	%rbp
	sub	%rsp, %rdx
	ASSERT_EQ(%rdx, 0)
	ASSERT_EQ(%rbp, 0x1234)

	pop	%rbp
	xor	%eax, %eax
	ret
