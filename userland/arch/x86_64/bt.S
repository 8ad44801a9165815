/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Look at one bit of a number.
 *
 * BT copies a bit into CF and leaves ZF alone; the other flags mean nothing. Its number counts from the lowest bit, modulo the
 * size of a register; in memory it may be any, also a negative one, and then the bit is looked for in the neighbourhood: the
 * address is that of a long string of bits. BTS, BTR and BTC then set, clear or flip it, after CF has got the old one: with
 * LOCK before them that is test-and-set.
 *
 * Intel SDM volume 2A, "BT"; AMD APM volume 3, "BT". See also btc.S, btr.S and bts.S.
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, @function
main:
	mov	$0b1010, %rax
	bt	$1, %rax
	ASSERT_FLAGS(C)
	bt	$2, %rax
	ASSERT_FLAGS(c)
	bt	$1 + 64, %rax		/* the assembler takes it, the processor takes it modulo 64 */
	ASSERT_FLAGS(C)

	/* Bit 100 of a string of bits is bit 36 of its second word. */
	mov	$100, %ecx
	bt	%rcx, bits(%rip)
	ASSERT_FLAGS(C)
	mov	$-64, %rcx
	bt	%rcx, bits+8(%rip)
	ASSERT_FLAGS(C)

	xor	%eax, %eax
	ret

	.data
	.balign	8
bits:	.quad	1
	.quad	1 << 36
