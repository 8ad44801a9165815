/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Read memory piece by piece.
 *
 * LODS reads what RSI points to into AL, AX, EAX or RAX, and adds the size to RSI (with DF set it subtracts it). It is of use
 * in loops that do something with each piece: with REP it would read all and keep the last.
 *
 * Intel SDM volume 2A, "LODS/LODSB/LODSW/LODSD/LODSQ"; AMD APM volume 3, "LODS". Writing: stos.S.
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, @function
main:
	lea	array(%rip), %rsi
	xor	%edx, %edx
	mov	$4, %ecx
1:	lodsq
	add	%rax, %rdx
	loop	1b
	ASSERT_EQ(%rdx, 100)
	sub	$array, %rsi
	ASSERT_EQ(%rsi, 32)

	/* One byte leaves the rest of RAX alone. */
	lea	array(%rip), %rsi
	mov	$-1, %rax
	lodsb
	ASSERT_EQ(%rax, 0xffffffffffffff0a)

	/* Capital letters: read, change, write. */
	lea	text(%rip), %rsi
	mov	%rsi, %rdi
2:	lodsb
	test	%al, %al
	jz	3f
	and	$~0x20, %al
	stosb
	jmp	2b
3:	ASSERT_MEMEQ(text, capitals, 6)

	xor	%eax, %eax
	ret

	.data
	.balign	8
array:	.quad	10, 20, 30, 40
text:	.asciz	"hello"
capitals:
	.asciz	"HELLO"
