/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reverse the bytes of a register.
 *
 * x86 stores the lowest byte first, network protocols the highest: ntohl() is BSWAP. 16 bits are reversed by `rol $8`. MOVBE
 * reads or writes and reverses in one; processors before 2013 do not have it (CPUID leaf 1, bit 22 of ECX).
 *
 * Intel SDM volume 2A, "BSWAP", "MOVBE"; AMD APM volume 3, the same.
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, @function
main:
	mov	$0x0123456789abcdef, %rax
	bswap	%rax
	ASSERT_EQ(%rax, 0xefcdab8967452301)
	bswap	%eax
	ASSERT_EQ(%rax, 0x01234567)

	/* 192.168.0.1 as it comes from the network. */
	mov	address(%rip), %eax
	ASSERT_EQ(%rax, 0x0100a8c0)
	bswap	%eax
	ASSERT_EQ(%rax, 0xc0a80001)

	xor	%eax, %eax
	ret

	.section .rodata
	.balign	4
address:
	.byte	192, 168, 0, 1
