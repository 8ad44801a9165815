/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Copy from memory to memory.
 *
 * MOVS is LODS and STOS in one, and leaves RAX alone: from where RSI points to where RDI does, and both move on. With REP it is
 * memcpy(). Where source and destination overlap the direction matters: from the end towards the beginning (DF set) if the
 * destination is higher, as memmove() does.
 *
 * Intel SDM volume 2B, "MOVS/MOVSB/MOVSW/MOVSD/MOVSQ"; AMD APM volume 3, "MOVS". The name MOVSD is also one of SSE2's: movss.S.
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, @function
main:
	lea	source(%rip), %rsi
	lea	copy(%rip), %rdi
	movsq
	movsb
	ASSERT_MEMEQ(copy, source, 9)
	sub	$copy, %rdi
	ASSERT_EQ(%rdi, 9)

	lea	source(%rip), %rsi
	lea	copy(%rip), %rdi
	mov	$SIZE, %ecx
	rep movsb
	ASSERT_MEMEQ(copy, source, SIZE)

	/* Four letters two places up, from below: the first two come again and again. */
	lea	low(%rip), %rsi
	lea	low+2(%rip), %rdi
	mov	$4, %ecx
	rep movsb
	ASSERT_MEMEQ(low, repeated, 6)

	/* The same from above. */
	lea	high+3(%rip), %rsi
	lea	high+5(%rip), %rdi
	mov	$4, %ecx
	std
	rep movsb
	cld
	ASSERT_MEMEQ(high, moved, 6)

	xor	%eax, %eax
	ret

	.data
source:	.ascii	"the quick brown fox"
	.set	SIZE, . - source
low:	.ascii	"abcdef"
high:	.ascii	"abcdef"
repeated:
	.ascii	"ababab"
moved:	.ascii	"ababcd"

	.bss
copy:	.skip	SIZE
