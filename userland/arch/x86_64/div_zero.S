/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Divide by zero, and die of it.
 *
 * The processor raises #DE, exception 0; the kernel's handler (exc_divide_error() in arch/x86/kernel/traps.c) finds that it
 * came from a program and sends that SIGFPE, with the code FPE_INTDIV. No floating-point number is involved, whatever the
 * signal's name says. A shell shows a death by signal as 128 and its number: 128 + 8.
 *
 * Intel SDM volume 2A, "DIV"; volume 3A, "Interrupt 0 - Divide Error Exception (#DE)".
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = "./div_zero"
 * status = 136
 * dmesg = ["traps: div_zero[{dec}] trap divide error ip:{hex} sp:{hex} error:0 in div_zero[{any}]"]
 * [/lkmc]
 */

	.text
	.globl	main
	.type	main, @function
main:
	mov	$1, %rax
	xor	%edx, %edx
	xor	%ecx, %ecx
	div	%rcx
	xor	%eax, %eax		/* not reached */
	ret
