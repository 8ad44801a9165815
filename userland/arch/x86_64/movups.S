/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Copy 16 bytes at once, at any address.
 *
 * Where memory is aligned anyway MOVUPS is as fast as MOVAPS (movaps.S) on processors of the last fifteen years; an access
 * across a cache line costs more, across a page much more. MOVDQU is the same for integers: the difference matters to some
 * processors' inside only.
 *
 * Intel SDM volume 2B, "MOVUPS", "MOVDQU"; AMD APM volume 4, the same.
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, @function
main:
	movups	bytes+1(%rip), %xmm0
	movups	%xmm0, copy+3(%rip)
	ASSERT_MEMEQ(copy, expected, 20)

	/* The same, as integers. */
	movdqu	bytes(%rip), %xmm1
	movdqu	%xmm1, copy(%rip)
	ASSERT_MEMEQ(copy, bytes, 16)

	xor	%eax, %eax
	ret

	.section .rodata
	.balign	16
bytes:	.ascii	"0123456789abcdefg"
expected:
	.ascii	"\0\0\0" "123456789abcdefg" "\0"

	.bss
	.balign	16
copy:	.skip	20
