/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Try what only the kernel may do.
 *
 * A program runs in ring 3, and the processor refuses it what would get it out of the kernel's hands: stopping the processor
 * (HLT), masking interrupts (CLI), reading a control register or a model-specific one (RDMSR). The exception is #GP, and the
 * kernel sends SIGSEGV, although no memory is involved. The module kernel_modules/ring0.c does these things where they are
 * allowed.
 *
 * Intel SDM volume 3A, "Privileged Instructions"; "Interrupt 13 - General Protection Exception (#GP)".
 */
#include "../check.h"

#define SIGSEGV 11

	/* An instruction that must not come through. */
	.macro	forbidden instruction:vararg
	mov	$place, %edi
	mov	$1, %esi		/* with the signals that are blocked */
	call	__sigsetjmp
	test	%eax, %eax
	jnz	1f
	mov	$0x1b, %ecx		/* for RDMSR: the APIC's address */
	\instruction
	FAIL("\instruction works")
1:
	.endm

	.text
	.globl	main
	.type	main, @function
main:
	sub	$8, %rsp
	mov	$SIGSEGV, %edi
	mov	$handler, %esi
	call	signal

	forbidden hlt
	forbidden cli
	forbidden rdmsr
	forbidden mov %cr3, %rax
	forbidden lidt place(%rip)
	ASSERT_EQ(refused(%rip), 5)

	/* Segment registers may be read: the two lowest bits of CS are the ring. */
	mov	%cs, %eax
	and	$3, %eax
	ASSERT_EQ(%rax, 3)

	xor	%eax, %eax
	add	$8, %rsp
	ret

	.type	handler, @function
handler:
	sub	$8, %rsp
	incq	refused(%rip)
	mov	$place, %edi
	mov	$1, %esi
	call	siglongjmp

	.bss
	.balign	16
place:	.skip	512			/* sigjmp_buf: 200 bytes in glibc */
refused:
	.skip	8
