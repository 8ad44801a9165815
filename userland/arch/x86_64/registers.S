/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Use all sixteen general registers, and their parts.
 *
 * The eight old ones have names, the eight newer ones numbers. RAX, EAX, AX, AL are its 64, 32, 16 and 8 lower bits, AH is the
 * second byte, which only A, B, C and D have; the newer ones are R8, R8D, R8W, R8B. All are the same for most instructions;
 * some have theirs: RAX and RDX multiply and divide, RCX counts, RSI and RDI point to strings, RSP to the stack.
 *
 * By the System V ABI the first six arguments of a function come in RDI, RSI, RDX, RCX, R8, R9, and the result in RAX. RBX,
 * RBP, RSP and R12 to R15 have to be as before when a function returns; the others may be changed.
 *
 * Intel SDM volume 1, 3.4.1, "General-Purpose Registers"; System V ABI for AMD64, 3.2.1. Under GDB: info registers.
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, @function
main:
	.irp	register, rbx, rbp, r12, r13, r14, r15
	push	%\register
	.endr

	/* Each gets a number of its own, and their sum is 1 + 2 + ... + 15. */
	.set	number, 0
	.irp	register, rax, rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15
	.set	number, number + 1
	mov	$number, %\register
	.endr
	.irp	register, rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15
	add	%\register, %rax
	.endr
	ASSERT_EQ(%rax, 120)

	/* Parts of one. */
	mov	$0x1122334455667788, %r9
	movzbl	%r9b, %eax
	ASSERT_EQ(%rax, 0x88)
	movzwl	%r9w, %eax
	ASSERT_EQ(%rax, 0x7788)
	mov	%r9d, %eax
	ASSERT_EQ(%rax, 0x55667788)
	movzbl	%ah, %eax
	ASSERT_EQ(%rax, 0x77)

	/* An argument and a result. */
	mov	$-42, %edi
	call	abs
	ASSERT_EQ(%rax, 42)

	.irp	register, r15, r14, r13, r12, rbp, rbx
	pop	%\register
	.endr
	xor	%eax, %eax
	ret
