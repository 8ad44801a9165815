/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Read the time-stamp counter.
 *
 * RDTSC puts the counter's halves into EDX and EAX and clears the upper halves of both registers. It counts at a constant rate
 * on processors of the last fifteen years, whatever their clock does. Nothing keeps it from being executed before what stands
 * above it has ended: LFENCE does, so it stands before the first reading and, here, before the second one. (RDTSCP waits by
 * itself: rdtscp.S.)
 *
 * Intel SDM volume 2B, "RDTSC"; volume 3B, "Time-Stamp Counter"; AMD APM volume 3, "RDTSC".
 */
#include "../check.h"

	.macro	read register
	lfence
	rdtsc
	shl	$32, %rdx
	or	%rdx, %rax
	mov	%rax, \register
	.endm

	.text
	.globl	main
	.type	main, @function
main:
	read	%rsi
	mov	$1000, %ecx
1:	dec	%ecx
	jnz	1b
	read	%rdi
	cmp	%rsi, %rdi
	ASSERT_COND(a)

	/* Both halves are 32 bits in registers of 64. */
	mov	$-1, %rax
	mov	$-1, %rdx
	rdtsc
	shr	$32, %rax
	ASSERT_EQ(%rax, 0)
	shr	$32, %rdx
	ASSERT_EQ(%rdx, 0)

	xor	%eax, %eax
	ret
