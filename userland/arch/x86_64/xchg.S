/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Exchange two values.
 *
 * Between two registers XCHG is shorthand. With memory it is atomic, without LOCK: no other processor comes in between, which
 * makes it the simplest lock: who exchanges 1 and gets 0 has it. It costs accordingly. Exchanging EAX with itself is the
 * one-byte NOP (nop.S).
 *
 * Intel SDM volume 2D, "XCHG"; volume 3A, "Bus Locking"; AMD APM volume 3, "XCHG".
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, @function
main:
	mov	$1, %eax
	mov	$2, %edx
	xchg	%rax, %rdx
	ASSERT_EQ(%rax, 2)
	ASSERT_EQ(%rdx, 1)

	/* A lock. */
	mov	$1, %eax
	xchg	%rax, lock(%rip)
	ASSERT_EQ(%rax, 0)		/* it was free, and is ours */
	mov	$1, %eax
	xchg	%rax, lock(%rip)
	ASSERT_EQ(%rax, 1)		/* somebody has it */
	movq	$0, lock(%rip)		/* a plain write gives it back: stores are not reordered with earlier ones */

	/* The halves of AX. */
	mov	$0x1234, %eax
	xchg	%al, %ah
	ASSERT_EQ(%rax, 0x3412)

	xor	%eax, %eax
	ret

	.bss
	.balign	8
lock:	.skip	8
