/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Widen the number in RAX to twice its size.
 *
 * One opcode in three sizes: cbtw from AL to AX, cwtl from AX to EAX, cltq from EAX to RAX. Intel calls them CBW, CWDE and
 * CDQE.
 *
 * Intel SDM volume 2A, "CBW/CWDE/CDQE"; AMD APM volume 3, the same; GNU as manual, "i386-Mnemonics". Into RDX: cqto.S; from any
 * register: movsx.S.
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, @function
main:
	mov	$0x1111111111111180, %rax
	cbtw
	ASSERT_EQ(%rax, 0x111111111111ff80)
	cwtl
	ASSERT_EQ(%rax, 0xffffff80)
	cltq
	ASSERT_EQ(%rax, -128)

	mov	$0x7fffffff, %eax
	cltq
	ASSERT_EQ(%rax, 0x7fffffff)

	xor	%eax, %eax
	ret
