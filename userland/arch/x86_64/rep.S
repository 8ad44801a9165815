/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Repeat a string instruction RCX times.
 *
 * REP stands before MOVS, STOS, LODS, INS and OUTS; REPE and REPNE before CMPS and SCAS, where they look at ZF as well. REP is
 * REPE by another name. It is one instruction, but it can be interrupted between two rounds: RCX, RSI and RDI then say how far
 * it is, and it goes on from there. So it also works when a page is missing in the middle: the page fault's handler returns to
 * the same instruction.
 *
 * Intel SDM volume 2B, "REP/REPE/REPZ/REPNE/REPNZ"; AMD APM volume 3, 1.2.6, "Repeat Prefixes". The instructions: movs.S,
 * stos.S, lods.S, scas.S, cmps.S.
 */
#include "../check.h"

#define PAGES 64
#define SIZE (PAGES * 4096)

	.text
	.globl	main
	.type	main, @function
main:
	/* No round at all. */
	xor	%ecx, %ecx
	xor	%edi, %edi		/* a null pointer, which is not followed */
	rep stosb
	ASSERT_EQ(%rdi, 0)

	/* None of these pages exists before it is written to: 64 page faults within one instruction. */
	lea	pages(%rip), %rdi
	mov	$'x', %al
	mov	$SIZE, %ecx
	rep stosb
	ASSERT_EQ(%rcx, 0)
	sub	$pages, %rdi
	ASSERT_EQ(%rdi, SIZE)

	/* All of it is x. */
	lea	pages(%rip), %rdi
	mov	$SIZE, %ecx
	repe scasb
	ASSERT_COND(e)
	ASSERT_EQ(%rcx, 0)

	xor	%eax, %eax
	ret

	.bss
	.balign	4096
pages:	.skip	SIZE
