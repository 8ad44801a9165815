/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Take all flags off the stack, and put them there.
 *
 * PUSHF is the one way to see them all, POPF the one to set them: bit 0 CF, 2 PF, 4 AF, 6 ZF, 7 SF, 8 TF, 9 IF, 10 DF, 11 OF;
 * bit 1 is always set. A program that tries to change IF, whether interrupts are taken, is ignored: no exception, the bit
 * stays. LAHF and SAHF have the lower byte of them in AH and are much faster.
 *
 * Intel SDM volume 2B, "PUSHF/PUSHFD/PUSHFQ", "POPF"; volume 1, 3.4.3, "EFLAGS Register"; AMD APM volume 3, the same.
 */
#include "../check.h"

#define CF	(1 << 0)
#define ALWAYS	(1 << 1)
#define ZF	(1 << 6)
#define IF	(1 << 9)
#define DF	(1 << 10)
#define ID	(1 << 21)

	.text
	.globl	main
	.type	main, @function
main:
	/* 0 - 0: ZF; then CF is set as well. */
	xor	%eax, %eax
	stc
	pushf
	pop	%rax
	and	$CF | ALWAYS | ZF | IF | DF, %rax
	ASSERT_EQ(%rax, CF | ALWAYS | ZF | IF)

	/* The other way: overflow without a calculation. */
	push	$1 << 11
	popf
	ASSERT_FLAGS(Oszapc)

	/* Interrupts stay on. */
	pushf
	pop	%rax
	test	$IF, %eax
	ASSERT_COND(nz)

	/* Where bit 21 can be changed, the processor has CPUID (cpuid.S). */
	pushf
	xorq	$ID, (%rsp)
	mov	(%rsp), %rdx
	popf
	pushf
	pop	%rax
	xor	%rdx, %rax
	test	$ID, %eax
	ASSERT_COND(z)

	/* AH: the lower byte. */
	stc
	lahf
	ASSERT_COND(c)
	and	$0, %ah
	sahf
	ASSERT_FLAGS(szapc)

	xor	%eax, %eax
	ret
