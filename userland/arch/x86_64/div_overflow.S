/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Divide, and handle the exception of a quotient that does not fit.
 *
 * (2^64 * 2) / 2 needs 65 bits. The processor raises the same exception as for a division by zero, and the kernel sends SIGFPE.
 * Here it has a handler, which does not return: the division would be repeated. It jumps out of the signal with what setjmp()
 * has kept.
 *
 * The smallest signed number divided by -1 is the other case: C leaves it undefined for that reason.
 *
 * Intel SDM volume 2A, "DIV" and "IDIV"; sigaction(2), sigsetjmp(3).
 */
#include "../check.h"

#define SIGFPE 8

	.text
	.globl	main
	.type	main, @function
main:
	push	%rbx
	mov	$SIGFPE, %edi
	mov	$handler, %esi
	call	signal

	mov	$place, %edi
	mov	$1, %esi		/* with the signals that are blocked */
	call	__sigsetjmp
	test	%eax, %eax
	jnz	signed
	mov	$2, %rdx
	xor	%eax, %eax
	mov	$2, %rcx
	div	%rcx
	FAIL("the quotient has 65 bits")

signed:
	mov	$place, %edi
	mov	$1, %esi
	call	__sigsetjmp
	test	%eax, %eax
	jnz	out
	mov	$0x8000000000000000, %rax
	cqto
	mov	$-1, %rcx
	idiv	%rcx
	FAIL("2^63 is no signed number")

out:
	ASSERT_EQ(signals(%rip), 2)
	xor	%eax, %eax
	pop	%rbx
	ret

	.type	handler, @function
handler:
	incq	signals(%rip)
	mov	$place, %edi
	mov	$1, %esi
	sub	$8, %rsp
	call	siglongjmp

	.bss
	.balign	16
place:	.skip	512			/* jmp_buf: 200 bytes in glibc */
signals:
	.skip	8
