/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Copy: constants, registers, memory.
 *
 * MOV changes no flag. One of its operands may be memory, never both (movs.S). A constant has up to 32 bits and is extended by
 * its sign; only a register can get one of 64 bits, with an instruction of ten bytes that is also called MOVABS. What is
 * written to a register of 32 bits clears the upper half of the 64; 8 and 16 bits leave the rest as it was.
 *
 * Intel SDM volume 2B, "MOV"; volume 1, 3.4.1.1 on the halves of registers; AMD APM volume 3, "MOV".
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, @function
main:
	mov	$-1, %rax		/* 7 bytes: 32 bits, extended */
	ASSERT_EQ(%rax, 0xffffffffffffffff)
	mov	$1, %eax		/* 5 bytes: the way to load a small number */
	ASSERT_EQ(%rax, 1)
	mov	$0x123456789abcdef0, %rax
	ASSERT_EQ(%rax, 0x123456789abcdef0)

	mov	%rax, %rdx
	mov	%edx, %edx
	ASSERT_EQ(%rdx, 0x9abcdef0)

	/* Parts of RAX: AX is the lower 16 bits, AL and AH are the halves of those. */
	mov	$0x1111, %ax
	ASSERT_EQ(%rax, 0x123456789abc1111)
	mov	$0x22, %al
	mov	$0x33, %ah
	ASSERT_EQ(%rax, 0x123456789abc3322)
	mov	$0x44, %r8b		/* the lowest byte of the eight newer registers */

	/* Memory. A constant does not say how long it is; a suffix does: b, w, l, q are 1, 2, 4, 8 bytes. */
	mov	%rax, number(%rip)
	ASSERT_EQ(number(%rip), 0x123456789abc3322)
	movb	$0x55, number(%rip)
	ASSERT_EQ(number(%rip), 0x123456789abc3355)
	movq	$-2, number(%rip)
	ASSERT_EQ(number(%rip), -2)
	mov	number(%rip), %eax
	ASSERT_EQ(%rax, 0xfffffffe)

	/* No flag. */
	cmp	%eax, %eax
	mov	$1, %eax
	ASSERT_FLAGS(oZc)

	xor	%eax, %eax
	ret

	.bss
	.balign	8
number:	.skip	8
