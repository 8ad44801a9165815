/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fill RDX with the sign of RAX.
 *
 * What a signed division wants before it (idiv.S). One opcode in three sizes: cwtd from AX to DX:AX, cltd from EAX to EDX:EAX,
 * cqto from RAX to RDX:RAX. Intel calls them CWD, CDQ and CQO.
 *
 * Intel SDM volume 2A, "CWD/CDQ/CQO"; AMD APM volume 3, the same; GNU as manual, "i386-Mnemonics". Within RAX: cltq.S.
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, @function
main:
	mov	$-5, %rax
	cqto
	ASSERT_EQ(%rdx, -1)
	mov	$5, %rax
	cqto
	ASSERT_EQ(%rdx, 0)

	/* Bit 31 is the sign of EAX, and none of RAX. */
	mov	$0x80000000, %eax
	cqto
	ASSERT_EQ(%rdx, 0)
	cltd
	ASSERT_EQ(%rdx, 0xffffffff)

	mov	$0x8000, %eax
	mov	$-1, %rdx
	cwtd
	ASSERT_EQ(%rdx, -1)

	/* The absolute value without a jump: (x ^ sign) - sign. */
	mov	$-5, %rax
	cqto
	xor	%rdx, %rax
	sub	%rdx, %rax
	ASSERT_EQ(%rax, 5)

	xor	%eax, %eax
	ret
