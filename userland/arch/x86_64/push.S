/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Put values on the stack and take them off again.
 *
 * PUSH lowers RSP by 8 and writes there; POP reads and raises it. The stack grows towards lower addresses, and what lies below
 * RSP is lost at the next signal, but for the 128 bytes that the ABI calls the red zone. CALL pushes the address of the next
 * instruction, RET takes it off. On 64 bits there are pushes of 8 and of 2 bytes, none of 4.
 *
 * Before a CALL RSP has to be a multiple of 16 (System V ABI for AMD64, 3.2.2): libraries use instructions that want their
 * memory aligned (movaps.S). At the entry of main() the return address has just been pushed, so it is 8 off.
 *
 * Intel SDM volume 2B, "PUSH", "POP"; volume 1, 6.2, "Stacks"; AMD APM volume 3, the same.
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, @function
main:
	/* RBX and RBP, and R12 to R15, are the caller's: a function gives them back as they were. */
	push	%rbx
	push	%rbp
	mov	%rsp, %rbp

	/* The last one that is pushed comes off first. */
	push	$1
	push	$2
	ASSERT_EQ((%rsp), 2)
	ASSERT_EQ(8(%rsp), 1)
	pop	%rax
	pop	%rdx
	ASSERT_EQ(%rax, 2)
	ASSERT_EQ(%rdx, 1)

	/* What PUSH does, in two instructions. */
	sub	$8, %rsp
	movq	$3, (%rsp)
	pop	%rax
	ASSERT_EQ(%rax, 3)

	/* 16 bits: the stack is not aligned meanwhile. */
	pushw	$4
	mov	%rbp, %rax
	sub	%rsp, %rax
	popw	%dx
	ASSERT_EQ(%rax, 2)

	/* PUSH of RSP stores the value from before, POP of it loads it after the increment: nothing has changed. */
	push	%rsp
	pop	%rsp
	mov	%rbp, %rax
	sub	%rsp, %rax
	ASSERT_EQ(%rax, 0)

	/* How a call sees the stack: its return address lies on top. */
	and	$-16, %rsp
	call	1f
back:	FAIL("the callee has not returned")
1:	pop	%rax
	lea	back(%rip), %rdx
	sub	%rdx, %rax
	ASSERT_EQ(%rax, 0)

	mov	%rbp, %rsp
	pop	%rbp
	pop	%rbx
	xor	%eax, %eax
	ret
