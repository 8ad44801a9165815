/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Calculate an address without going there.
 *
 * LEA has the operand of a memory access (address_modes.S) and puts the address itself into a register. As that is base + index
 * * 1, 2, 4 or 8 + constant, compilers calculate with it as well: a sum with three terms and a destination of its own, and no
 * flag is changed.
 *
 * Intel SDM volume 2A, "LEA"; AMD APM volume 3, "LEA".
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, @function
main:
	/* &array[2]: the address that the next line's access would be at. */
	lea	array(%rip), %rdi
	mov	$2, %ecx
	lea	(%rdi,%rcx,8), %rsi
	ASSERT_EQ((%rsi), 30)
	sub	%rdi, %rsi
	ASSERT_EQ(%rsi, 16)

	/* 100 + 7 * 4 + 3, and 7 * 9. */
	mov	$100, %eax
	mov	$7, %ecx
	cmp	%eax, %eax
	lea	3(%rax,%rcx,4), %rdx
	ASSERT_EQ(%rdx, 131)
	lea	(%rcx,%rcx,8), %rdx
	ASSERT_EQ(%rdx, 63)
	ASSERT_FLAGS(Z)

	/* The address may be nonsense: nothing is read. */
	xor	%eax, %eax
	lea	-1(%rax), %rdx
	ASSERT_EQ(%rdx, -1)

	xor	%eax, %eax
	ret

	.section .rodata
	.balign	8
array:	.quad	10, 20, 30
