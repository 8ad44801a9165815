/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Go on at an address that was calculated.
 *
 * AT&T's syntax has a star before the operand that the address is in: a register, or memory. A `switch` of C becomes a jump
 * through a table of addresses, a function pointer a CALL of the same form.
 *
 * Intel SDM volume 2A, "JMP", "CALL"; AMD APM volume 3, the same.
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, @function
main:
	/* A register. */
	lea	1f(%rip), %rax
	jmp	*%rax
	FAIL("this is jumped over")
1:
	/* A table: case 1 of three. */
	mov	$1, %ecx
	jmp	*table(,%rcx,8)
zero:	FAIL("case 0")
one:	mov	$10, %edx
	jmp	end
two:	FAIL("case 2")
end:	ASSERT_EQ(%rdx, 10)

	/* A function by its pointer. */
	sub	$8, %rsp
	mov	$41, %edi
	call	*pointer(%rip)
	ASSERT_EQ(%rax, 42)
	add	$8, %rsp

	xor	%eax, %eax
	ret

	.type	successor, @function
successor:
	lea	1(%rdi), %rax
	ret

	.section .rodata
	.balign	8
table:	.quad	zero, one, two
pointer:
	.quad	successor
