/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Say hello without a libc: two system calls and nothing else.
 *
 * The linker makes `_start` the entry point. The kernel jumps there with the arguments' number at the top of the stack and no
 * return address, so the only way out is exit(2). SYSCALL takes the call's number in RAX and its arguments in RDI, RSI, RDX,
 * R10, R8, R9; the result comes back in RAX, and RCX and R11 are lost: the processor keeps the return address and the flags
 * there.
 *
 * syscall(2), "Architecture calling conventions"; System V ABI for AMD64, A.2; Intel SDM volume 2B, "SYSCALL". The numbers:
 * arch/x86/entry/syscalls/syscall_64.tbl in the kernel.
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = "./hello"
 * stdout = "hello\n"
 * [/lkmc]
 */
#include <asm/unistd.h>

	.text
	.globl	_start
	.type	_start, @function
_start:
	mov	$__NR_write, %eax
	mov	$1, %edi		/* standard output */
	lea	text(%rip), %rsi
	mov	$size, %edx
	syscall

	mov	$__NR_exit, %eax
	xor	%edi, %edi
	syscall

	.section .rodata
text:	.ascii	"hello\n"
	.set	size, . - text
