/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fill memory: a string instruction writes and moves on.
 *
 * STOS writes AL, AX, EAX or RAX to where RDI points, and then adds the size to RDI; if DF is set, it subtracts it. With REP
 * before it that happens RCX times: memset() in one instruction, which newer processors do in whole cache lines. DF is clear
 * wherever a function begins; who sets it clears it again.
 *
 * Intel SDM volume 2B, "STOS/STOSB/STOSW/STOSD/STOSQ"; AMD APM volume 3, "STOS". The others: lods.S, movs.S, scas.S, cmps.S;
 * rep.S.
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, @function
main:
	lea	buffer(%rip), %rdi
	mov	$0x1122334455667788, %rax
	stosb
	stosw
	stosl
	sub	$buffer, %rdi
	ASSERT_EQ(%rdi, 7)
	ASSERT_MEMEQ(buffer, written, 8)

	/* Ten words. */
	lea	buffer(%rip), %rdi
	mov	$-1, %rax
	mov	$10, %ecx
	rep stosq
	ASSERT_EQ(%rcx, 0)
	ASSERT_EQ(buffer+72(%rip), -1)
	ASSERT_EQ(buffer+80(%rip), 0)

	/* Downwards: the first word written is the last one. */
	lea	buffer+72(%rip), %rdi
	mov	$5, %eax
	std
	stosq
	stosq
	cld
	ASSERT_EQ(buffer+72(%rip), 5)
	ASSERT_EQ(buffer+64(%rip), 5)
	ASSERT_EQ(buffer+56(%rip), -1)

	xor	%eax, %eax
	ret

	.section .rodata
	.balign	8
written:
	.byte	0x88, 0x88, 0x77, 0x88, 0x77, 0x66, 0x55, 0

	.bss
	.balign	8
buffer:	.skip	88
