/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Name a place in memory, in all ways there are.
 *
 * An address is BASE + INDEX * SCALE + DISPLACEMENT: two registers, 1, 2, 4 or 8, and a constant of 32 bits; each of them may
 * be left out. AT&T's syntax writes it DISPLACEMENT(BASE, INDEX, SCALE). RSP cannot be the index. In place of registers there
 * may be RIP, the address of the next instruction: the shortest form for variables, and it works wherever the program is
 * loaded.
 *
 * Intel SDM volume 1, 3.7.5, "Specifying an Offset"; volume 2A, 2.1.5; GNU as manual, "i386-Memory".
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, @function
main:
	mov	array(%rip), %rax		/* relative to the instruction */
	ASSERT_EQ(%rax, 10)
	mov	array, %rax			/* absolute: the address has 32 bits */
	ASSERT_EQ(%rax, 10)
	movabs	array, %rax			/* absolute with 64 bits: for RAX alone */
	ASSERT_EQ(%rax, 10)

	lea	array(%rip), %rdi
	mov	(%rdi), %rax			/* base */
	ASSERT_EQ(%rax, 10)
	mov	8(%rdi), %rax			/* base and displacement: a member of a structure */
	ASSERT_EQ(%rax, 20)
	mov	$3, %ecx
	mov	(%rdi,%rcx,8), %rax		/* base and scaled index: an element of an array */
	ASSERT_EQ(%rax, 40)
	mov	-8(%rdi,%rcx,8), %rax		/* everything */
	ASSERT_EQ(%rax, 30)
	mov	array(,%rcx,8), %rax		/* no base: an array at a known address */
	ASSERT_EQ(%rax, 40)

	/* FS and GS have a base of their own. At that of FS lie thread-local variables; the first word there is its address. */
	mov	%fs:0, %rax
	mov	%fs:0, %rdx
	sub	(%rax), %rdx
	ASSERT_EQ(%rdx, 0)

	/* The stack. */
	push	$5
	push	$6
	ASSERT_EQ((%rsp), 6)
	ASSERT_EQ(8(%rsp), 5)
	add	$16, %rsp

	xor	%eax, %eax
	ret

	.section .rodata
	.balign	8
array:	.quad	10, 20, 30, 40
