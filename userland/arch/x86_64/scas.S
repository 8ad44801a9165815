/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Search memory for a value.
 *
 * SCAS compares AL, AX, EAX or RAX with what RDI points to, and moves on. REPNE repeats it until they are equal or RCX is 0,
 * REPE until they differ. Which of the two ended it ZF says. RDI then points behind the place; how many were looked at is what
 * is missing from RCX: strlen(). (Loops that look at 16 bytes at once are faster today: glibc does that.)
 *
 * Intel SDM volume 2B, "SCAS/SCASB/SCASW/SCASD"; AMD APM volume 3, "SCAS".
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, @function
main:
	/* strlen(): counted down from -1. */
	lea	text(%rip), %rdi
	xor	%eax, %eax
	mov	$-1, %rcx
	repne scasb
	ASSERT_COND(e)
	not	%rcx
	dec	%rcx
	ASSERT_EQ(%rcx, 11)

	/* The first blank. */
	lea	text(%rip), %rdi
	mov	$' ', %al
	mov	$11, %ecx
	repne scasb
	ASSERT_COND(e)
	sub	$text + 1, %rdi
	ASSERT_EQ(%rdi, 5)

	/* There is no x. */
	lea	text(%rip), %rdi
	mov	$'x', %al
	mov	$11, %ecx
	repne scasb
	ASSERT_COND(ne)
	ASSERT_EQ(%rcx, 0)

	/* The first word that is not 7. */
	lea	words(%rip), %rdi
	mov	$7, %eax
	mov	$4, %ecx
	repe scasq
	ASSERT_COND(ne)
	ASSERT_EQ(%rcx, 1)
	ASSERT_EQ(-8(%rdi), 8)

	xor	%eax, %eax
	ret

	.section .rodata
text:	.asciz	"hello world"
	.balign	8
words:	.quad	7, 7, 8, 7
