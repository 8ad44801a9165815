/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Compare memory with memory.
 *
 * CMPS compares what RSI points to with what RDI does, in this order, and both move on. REPE repeats it while they are equal:
 * memcmp(). The flags are those of the last comparison, so a conditional jump can follow at once; if RCX was 0 there was none,
 * and they are as before.
 *
 * Intel SDM volume 2A, "CMPS/CMPSB/CMPSW/CMPSD/CMPSQ"; AMD APM volume 3, "CMPS".
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, @function
main:
	lea	first(%rip), %rsi
	lea	same(%rip), %rdi
	mov	$5, %ecx
	repe cmpsb
	ASSERT_COND(e)
	ASSERT_EQ(%rcx, 0)

	/* The fourth letter is the first that differs: l is less than p. */
	lea	first(%rip), %rsi
	lea	other(%rip), %rdi
	mov	$5, %ecx
	repe cmpsb
	ASSERT_COND(b)
	ASSERT_EQ(%rcx, 1)
	cmpb	$'l', -1(%rsi)
	ASSERT_COND(e)
	cmpb	$'p', -1(%rdi)
	ASSERT_COND(e)

	/* Nothing to be compared. */
	xor	%ecx, %ecx
	stc
	repe cmpsq
	ASSERT_FLAGS(C)

	xor	%eax, %eax
	ret

	.section .rodata
first:	.ascii	"hello"
same:	.ascii	"hello"
other:	.ascii	"help!"
