/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Widen a signed number: fill up with its sign.
 *
 * Intel's MOVSX is in AT&T's syntax MOVS and two letters, for the source's size and the destination's: movsbl, movslq. The last
 * one is called MOVSXD in the manuals. The instructions cltq and cqto do the same within RAX and into RDX: cltq.S, cqto.S.
 *
 * Intel SDM volume 2B, "MOVSX/MOVSXD"; AMD APM volume 3, "MOVSX", "MOVSXD"; GNU as manual, "i386-Mnemonics". Without a sign:
 * movzx.S.
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, @function
main:
	mov	$0x80, %edx
	movsbq	%dl, %rax
	ASSERT_EQ(%rax, -128)
	mov	$0x7f, %edx
	movsbq	%dl, %rax
	ASSERT_EQ(%rax, 127)

	mov	$0xfffe, %edx
	movswl	%dx, %eax		/* 32 bits, and the upper half is cleared */
	ASSERT_EQ(%rax, 0xfffffffe)
	movswq	%dx, %rax
	ASSERT_EQ(%rax, -2)

	mov	$0x80000000, %edx
	movslq	%edx, %rax
	ASSERT_EQ(%rax, -0x80000000)

	movsbl	byte(%rip), %eax
	ASSERT_EQ(%rax, 0xfffffffd)

	xor	%eax, %eax
	ret

	.section .rodata
byte:	.byte	-3
