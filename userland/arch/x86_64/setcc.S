/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Make a number of a condition: 1 if it holds, else 0.
 *
 * SETcc writes one byte and leaves the rest of the register alone; MOVZX, or XOR before the comparison, clears that. It is how
 * compilers translate `a == b` where no jump follows. The conditions are those of jcc.S.
 *
 * Intel SDM volume 2B, "SETcc"; AMD APM volume 3, "SETcc".
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, @function
main:
	mov	$-1, %rax
	cmp	$-1, %rax
	sete	%al
	ASSERT_EQ(%rax, 0xffffffffffffff01)
	setne	%al
	ASSERT_EQ(%rax, 0xffffffffffffff00)

	/* (7 > 5) + (7 > 6) + (7 > 7), without a jump. XOR comes first, because it changes the flags. */
	mov	$7, %edx
	xor	%ecx, %ecx
	.irp	number, 5, 6, 7
	xor	%eax, %eax
	cmp	$\number, %edx
	setg	%al
	add	%eax, %ecx
	.endr
	ASSERT_EQ(%rcx, 2)

	/* Memory. */
	cmp	%edx, %edx
	setz	byte(%rip)
	movzbl	byte(%rip), %eax
	ASSERT_EQ(%rax, 1)

	xor	%eax, %eax
	ret

	.bss
byte:	.skip	1
