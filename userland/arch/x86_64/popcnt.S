/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Count the bits that are set.
 *
 * ZF says whether there is none; the other flags are cleared. LZCNT and TZCNT count the zeros above the highest and below the
 * lowest one; on processors without them the same bytes are BSR and BSF, which give other results. CPUID says what there is:
 * POPCNT is bit 23 of ECX in leaf 1.
 *
 * Intel SDM volume 2B, "POPCNT"; AMD APM volume 3, "POPCNT".
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
	bt	$23, %ecx
	jnc	absent

	mov	$0xf0f0000000000001, %rcx
	popcnt	%rcx, %rax
	ASSERT_EQ(%rax, 9)
	ASSERT_FLAGS(oszapc)
	xor	%ecx, %ecx
	popcnt	%rcx, %rax
	ASSERT_EQ(%rax, 0)
	ASSERT_FLAGS(osZapc)

	/* The same without it: x & (x - 1) clears the lowest bit that is set. */
	mov	$0xf0f0000000000001, %rcx
	xor	%edx, %edx
1:	lea	-1(%rcx), %rax
	inc	%edx
	and	%rax, %rcx
	jnz	1b
	ASSERT_EQ(%rdx, 9)
	pop	%rbx
	xor	%eax, %eax
	ret

absent:
	FAIL("this processor has no POPCNT")
