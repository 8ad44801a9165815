/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Get a random number from the processor.
 *
 * RDRAND sets CF if there was one. If there was none, the register is 0: the generator is shared by all processors and may be
 * exhausted, so one tries again, ten times by Intel's advice. RDSEED is for those who seed a generator of their own. The kernel
 * mixes it with other sources: programs better ask that, by getrandom(2).
 *
 * Intel SDM volume 2B, "RDRAND"; volume 1, "Random Number Generator Instructions"; AMD APM volume 3, "RDRAND".
 *
 * [lkmc]
 * machine = { cpu-model = "max" }
 * [/lkmc]
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, @function
main:
	push	%rbx
	mov	$1, %eax
	cpuid
	bt	$30, %ecx
	jnc	absent

	mov	$10, %ecx
1:	rdrand	%rsi
	jc	2f
	loop	1b
	FAIL("no random number in ten attempts")
2:	ASSERT_FLAGS(oszapC)

	/* Another one is not the same, but once in 2^64 times. */
	mov	$10, %ecx
3:	rdrand	%rdi
	jc	4f
	loop	3b
	FAIL("no random number in ten attempts")
4:	cmp	%rsi, %rdi
	ASSERT_COND(ne)
	pop	%rbx
	xor	%eax, %eax
	ret

absent:
	FAIL("this processor has no RDRAND")
