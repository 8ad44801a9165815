/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Widen an unsigned number: fill up with zeros.
 *
 * Intel's MOVZX is in AT&T's syntax MOVZ and two letters, for the source's size and the destination's: movzbl, movzwq. There is
 * none from 32 to 64 bits, because every MOV to a register of 32 bits does that. `movzbl` is preferred to `movzbq`: it is one
 * byte shorter and the result is the same.
 *
 * Intel SDM volume 2B, "MOVZX"; AMD APM volume 3, "MOVZX"; GNU as manual, "i386-Mnemonics". With a sign: movsx.S.
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, @function
main:
	mov	$0x1234567890abcdef, %rdx
	mov	$-1, %rax
	movzbl	%dl, %eax
	ASSERT_EQ(%rax, 0xef)
	movzbl	%dh, %eax
	ASSERT_EQ(%rax, 0xcd)
	movzwq	%dx, %rax
	ASSERT_EQ(%rax, 0xcdef)
	mov	%edx, %eax
	ASSERT_EQ(%rax, 0x90abcdef)

	/* 8 bits of memory into 16 of a register; the rest of that stays. */
	mov	$-1, %rax
	movzbw	byte(%rip), %ax
	ASSERT_EQ(%rax, 0xffffffffffff00fe)

	xor	%eax, %eax
	ret

	.section .rodata
byte:	.byte	0xfe
