/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Repeat something as often as RCX says.
 *
 * LOOP takes one from RCX and jumps unless that is 0 now; no flag is changed. LOOPE goes on only while ZF is set, LOOPNE while
 * it is clear. An RCX that is 0 at the beginning is 2^64 rounds: JRCXZ guards against that. DEC and JNZ do the same faster on
 * most processors (dec.S).
 *
 * Intel SDM volume 2A, "LOOP/LOOPcc", "Jcc"; AMD APM volume 3, "LOOPcc".
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, @function
main:
	xor	%eax, %eax
	mov	$10, %ecx
1:	add	%rcx, %rax
	loop	1b
	ASSERT_EQ(%rax, 55)
	ASSERT_EQ(%rcx, 0)

	/* Where does the text end? The last letter compared is counted, too. */
	lea	text(%rip), %rdi
	mov	$100, %ecx
1:	inc	%rdi
	cmpb	$0, -1(%rdi)
	loopne	1b
	ASSERT_COND(e)
	ASSERT_EQ(%rcx, 100 - 6)

	/* A guard does not jump with 94, and does with 0. */
	jrcxz	2f
	xor	%ecx, %ecx
	jrcxz	3f
2:	FAIL("RCX is 94, then 0")
3:
	xor	%eax, %eax
	ret

	.section .rodata
text:	.asciz	"hello"
