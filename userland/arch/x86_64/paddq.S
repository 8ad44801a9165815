/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Add vectors of integers.
 *
 * The last letter is the elements' size: PADDB 16 bytes, PADDW 8 words, PADDD 4 of 32 bits, PADDQ 2 of 64. What does not fit is
 * cut off, and no flag tells; PADDUSB and PADDSB stop at the largest number instead, which is what one wants of the brightness
 * of a picture.
 *
 * Intel SDM volume 2B, "PADDB/PADDW/PADDD/PADDQ", "PADDUSB/PADDUSW"; AMD APM volume 4, the same. From C: intrinsics/paddq.c.
 */
#include "../check.h"

	.macro	sum instruction, expected
	movdqa	first(%rip), %xmm0
	\instruction second(%rip), %xmm0
	movdqa	%xmm0, result(%rip)
	ASSERT_MEMEQ(result, \expected, 16)
	.endm

	.text
	.globl	main
	.type	main, @function
main:
	sum	paddq, quads
	sum	paddd, doubles
	sum	paddb, bytes
	sum	paddusb, saturated
	xor	%eax, %eax
	ret

	.section .rodata
	.balign	16
first:	.quad	0x00000000ffffffff, 0x0102030405060708
second:	.quad	0x0000000000000001, 0xff00000000000001
/* Each size has another place where carries end. */
quads:	.quad	0x0000000100000000, 0x0002030405060709
doubles:
	.quad	0x0000000000000000, 0x0002030405060709
bytes:	.quad	0x00000000ffffff00, 0x0002030405060709
saturated:
	.quad	0x00000000ffffffff, 0xff02030405060709

	.bss
	.balign	16
result:	.skip	16
