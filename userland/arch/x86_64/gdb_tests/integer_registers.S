/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Look at general registers in a debugger.
 *
 * Every general register gets a number of its own before `loaded`. There GDB shows them: `info registers` all of them, `p $rax`
 * one, `p/x $eax` and `p $al` its parts. A part may be signed where the whole is not: `p $al` is a signed byte.
 *
 *	./lkmc demo debug userland/arch/x86_64/gdb_tests/integer_registers.S loaded
 *
 * GDB manual, "Registers". tests/debuggee/integer_registers.py is such a session.
 */
	.text
	.globl	main
	.type	main, @function
main:
	.irp	register, rbx, rbp, r12, r13, r14, r15
	push	%\register
	.endr

	.set	number, 0x1111111111111100
	.irp	register, rax, rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15
	.set	number, number + 1
	mov	$number, %\register
	.endr
loaded:
	movabs	$0xfedcba98765432ff, %rax
	xor	%ecx, %ecx		/* ZF and PF */

	.irp	register, r15, r14, r13, r12, rbp, rbx
	pop	%\register
	.endr
	xor	%eax, %eax
	ret
